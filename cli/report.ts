import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import type { RunResult } from '../sim/result/schema.js'
import { writeAtomically } from './files.js'
import { note, print, printJson } from './output.js'
import { readResult } from './result-file.js'

interface Arguments {
  readonly result: string
  readonly out: string
  readonly json: boolean
}

/**
 * Writes report.html, and each chart as an SVG file of its own, into a folder.
 * @returns the files written
 */
export async function writeReport(result: RunResult, folder: string): Promise<string[]> {
  const [{ htmlReport }, { RUN_CHARTS }, { renderChart }] = await Promise.all([
    import('../reports/html.js'), import('../reports/charts/index.js'), import('../reports/svg.js'),
  ])
  const files = [join(folder, 'report.html')]
  await writeAtomically(files[0]!, await htmlReport(result))
  for (const draw of RUN_CHARTS) {
    const chart = draw(result)
    const file = join(folder, 'charts', `${chart.name}.svg`)
    await writeAtomically(file, `${await renderChart(chart, true)}\n`)
    files.push(file)
  }
  return files
}

/** `spikeloom report RESULT --out DIR`: a result file as a page and charts. */
export const command: CommandModule<object, Arguments> = {
  command: 'report <result>',
  describe: 'turn a result file into a page with charts',
  builder: (parser) => parser
    .positional('result', { type: 'string', demandOption: true, describe: 'result.json that run wrote' })
    .option('out', { type: 'string', default: 'out', describe: 'folder for report.html and charts/*.svg' })
    .option('json', { type: 'boolean', default: false, describe: 'print the names of the files as JSON only' }),
  handler: async ({ result: file, out, json }) => {
    const result = readResult(file)
    const files = await writeReport(result, out)
    if (json) return printJson({ files })
    const { textReport } = await import('../reports/index.js')
    print(textReport(result, { color: process.stdout.isTTY === true }))
    note(`wrote ${files[0]!} and ${files.length - 1} charts beside it`)
  },
}
