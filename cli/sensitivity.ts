import type { CommandModule } from 'yargs'
import { sensitivityText, tokensThrough } from '../reports/index.js'
import { sensitivity, type SensitivitySide } from '../sim/result/sensitivity.js'
import { writeAtomically } from './write.js'
import { note, print, printJson } from './output.js'
import { readResult } from './result-file.js'

interface Arguments {
  readonly result: string
  readonly second: string | undefined
  readonly svg: string | undefined
  readonly json: boolean
}

function sideOf(file: string): SensitivitySide {
  const result = readResult(file)
  return { rows: result.constants, tokens: tokensThrough(result) }
}

/** `spikeloom sensitivity RESULT [RESULT]`: which prices a total, or a ratio, hangs on. */
export const command: CommandModule<object, Arguments> = {
  command: 'sensitivity <result> [second]',
  describe: 'rank prices by what they do to a token\'s energy, or to the ratio of two results',
  builder: (parser) => parser
    .positional('result', { type: 'string', demandOption: true, describe: 'result.json that run wrote' })
    .positional('second', { type: 'string', describe: 'another: rank by the ratio of its energy to the first\'s' })
    .option('svg', { type: 'string', describe: 'file for the tornado chart' })
    .option('json', { type: 'boolean', default: false, describe: 'print the ranking as JSON only' }) as never,
  handler: async ({ result, second, svg, json }) => {
    const ranking = second === undefined ? sensitivity(sideOf(result)) : sensitivity(sideOf(result), sideOf(second))
    if (json) printJson({ schemaVersion: 1, kind: 'sensitivity', ...ranking })
    else print(sensitivityText(ranking))
    if (svg === undefined) return
    const [{ tornado }, { renderChart }] = await Promise.all([import('../reports/charts/tornado.js'), import('../reports/svg.js')])
    await writeAtomically(svg, `${await renderChart(tornado(ranking), true)}\n`)
    note(`wrote ${svg}`)
  },
}
