import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import type { Comparison } from '../reports/index.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import { FIGURES } from './figure-kinds.js'
import type { FigureKind } from './figure-kinds.js'
import { note, print, printJson } from './output.js'
import { runOptions } from './run-options.js'
import type { RunArguments } from './run-options.js'

interface Arguments extends RunArguments {
  results: string[]
  out: string | undefined
  figures: FigureKind[]
  json: boolean
}

function isResultFile(word: string): boolean {
  return word.endsWith('.json') || (existsSync(word) && !/\.ya?ml$/.test(word))
}

/** Result files are read; all other words are chips to run the model on. Files come first: the runs may take long. */
async function resultsOf(words: readonly string[], args: RunArguments): Promise<RunResult[]> {
  const [{ readResult }, { runOnChips }] = await Promise.all([import('./result-file.js'), import('./run-on-chips.js')])
  const files = new Map(words.filter(isResultFile).map((word) => [word, readResult(word)]))
  const chips = words.filter((word) => !files.has(word))
  const runs = await runOnChips(chips, args)
  return words.map((word) => files.get(word) ?? runs.shift()!)
}

async function writeComparison(
  comparison: Comparison, version: string, { out: folder = 'out', figures }: Pick<Arguments, 'out' | 'figures'>,
): Promise<string[]> {
  const [{ comparisonHtml }, { COMPARISON_CHARTS }, { writeAtomically }, { writeFigures }] = await Promise.all([
    import('../reports/compare-html.js'), import('../reports/charts/comparison.js'), import('./files.js'), import('./figures.js'),
  ])
  const files = [join(folder, 'comparison.html'), join(folder, 'comparison.json')]
  await writeAtomically(files[0]!, await comparisonHtml(comparison, version))
  await writeAtomically(files[1]!, `${JSON.stringify(comparison, null, 2)}\n`)
  return [...files, ...await writeFigures(COMPARISON_CHARTS.map((draw) => draw(comparison)), folder, figures)]
}

/** `spikeloom compare A B [C...]`: results side by side, from files or from chips that are run now. */
export const command: CommandModule<object, Arguments> = {
  command: 'compare <results..>',
  describe: 'set results side by side: absolutes, ratios, what differs',
  builder: (parser) => runOptions(parser
    .positional('results', { type: 'string', array: true, demandOption: true, describe: 'result files, or chips to simulate' })
    .option('out', { type: 'string', describe: 'folder for comparison.html, comparison.json and charts/' })
    .option('figures', FIGURES)
    .option('json', { type: 'boolean', default: false, describe: 'print the comparison as JSON only' })),
  handler: async (args) => {
    const { results: words, out, json } = args
    if (words.length < 2) throw new InputError(`compare needs two results or more; only '${words[0]!}' was given.`)
    const [{ compareResults, comparisonText, distinctLabels }, { refuseFailedChecks }] = await Promise.all([
      import('../reports/index.js'), import('./verdict.js'),
    ])
    const results = await resultsOf(words, args)
    const labels = distinctLabels(results.map(({ chip }) => chip.name), words)
    const comparison = compareResults(results.map((result, at) => ({ result, label: labels[at]! })))
    if (json) printJson(comparison)
    else print(comparisonText(comparison, { color: process.stdout.isTTY === true }))
    if (out !== undefined) {
      const files = await writeComparison(comparison, results[0]!.spikeloomVersion, args)
      note(`wrote ${files[0]!}`)
    }
    refuseFailedChecks(results, labels)
  },
}
