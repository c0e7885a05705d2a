import type { CommandModule } from 'yargs'
import type { Extras } from '../reports/sections.js'
import type { RunResult } from '../sim/result/schema.js'
import { FIGURES } from './figure-kinds.js'
import type { FigureKind } from './figure-kinds.js'
import { hasColour, note, print, printJson } from './output.js'
import type { OutputFolder } from './outputs.js'

interface Arguments {
  readonly result: string
  readonly out: string
  readonly figures: FigureKind[]
  readonly json: boolean
}

/**
 * Writes report.html, and each chart as files of its own, into a folder.
 * @returns the files written
 */
export async function writeReport(
  result: RunResult, out: OutputFolder, figures: readonly FigureKind[] = FIGURES.default, extras: Extras = {},
): Promise<string[]> {
  const [{ htmlReport }, { runCharts }, { writeFigures }] = await Promise.all([
    import('../reports/html.js'), import('../reports/charts/index.js'), import('./figures.js'),
  ])
  const page = await out.write('report.html', await htmlReport(result, undefined, extras))
  return [page, ...await writeFigures(runCharts(result), out, figures)]
}

/** `spikeloom report RESULT --out DIR`: a result file as a page and charts. */
export const command: CommandModule<object, Arguments> = {
  command: 'report <result>',
  describe: 'turn a result file into a page with charts',
  builder: (parser) => parser
    .positional('result', { type: 'string', demandOption: true, describe: 'result.json that run wrote' })
    .option('out', { type: 'string', default: 'out', describe: 'folder for report.html and charts/' })
    .option('figures', FIGURES)
    .option('json', { type: 'boolean', default: false, describe: 'print the names of the files as JSON only' }),
  handler: async ({ result: file, out, figures, json }) => {
    const { readResult } = await import('./result-file.js')
    const result = readResult(file)
    const { withOutputs } = await import('./outputs.js')
    const files = await withOutputs(out, ['report.html', 'charts/'], (folder) => writeReport(result, folder!, figures))
    if (json) return printJson({ files })
    const { textReport } = await import('../reports/index.js')
    print(textReport(result, { color: hasColour() }))
    note(`wrote ${files[0]!} and ${files.length - 1} files of charts beside it`)
  },
}
