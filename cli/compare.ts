import { existsSync } from 'node:fs'
import type { CommandModule } from 'yargs'
import type { Comparison } from '../reports/index.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import { FIGURES } from './figure-kinds.js'
import type { FigureKind } from './figure-kinds.js'
import { hasColour, note, print, printJson } from './output.js'
import type { OutputFolder } from './outputs.js'
import { refuseRunOptions } from './run-applies.js'
import { runOptions } from './run-options.js'
import type { RunArguments } from './run-options.js'

interface Arguments extends RunArguments {
  results: string[]
  out: string | undefined
  figures: FigureKind[]
  force: boolean
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
  if (chips.length === 0) refuseRunOptions(args)
  const runs = await runOnChips(chips, args)
  return words.map((word) => files.get(word) ?? runs.shift()!)
}

async function writeComparison(comparison: Comparison, version: string, out: OutputFolder, figures: readonly FigureKind[]): Promise<void> {
  const [{ comparisonHtml }, { COMPARISON_CHARTS }, { writeFigures }] = await Promise.all([
    import('../reports/compare-html.js'), import('../reports/charts/comparison.js'), import('./figures.js'),
  ])
  const page = await out.write('comparison.html', await comparisonHtml(comparison, version))
  await out.write('comparison.json', `${JSON.stringify(comparison, null, 2)}\n`)
  await writeFigures(COMPARISON_CHARTS.map((draw) => draw(comparison)), out, figures)
  note(`wrote ${page}`)
}

/** `spikeloom compare A B [C...]`: results side by side, from files or from chips that are run now. */
export const command: CommandModule<object, Arguments> = {
  command: 'compare <results..>',
  describe: 'set results side by side: absolutes, ratios, what differs',
  builder: (parser) => runOptions(parser
    .positional('results', { type: 'string', array: true, demandOption: true, describe: 'result files, or chips to simulate' })
    .option('out', { type: 'string', describe: 'folder for comparison.html, comparison.json and charts/' })
    .option('figures', FIGURES)
    .option('force', { type: 'boolean', default: false, describe: 'compare results of different models, weights or seeds too' })
    .option('json', { type: 'boolean', default: false, describe: 'print the comparison as JSON only' })),
  handler: async (args) => {
    const { results: words, out, json } = args
    if (words.length < 2) throw new InputError(`compare needs two results or more; only '${words[0]!}' was given.`)
    const [{ compareResults, comparisonText, distinctLabels, refuseIncomparable }, { refuseFailedChecks }, { withOutputs }] = await Promise.all([
      import('../reports/index.js'), import('./verdict.js'), import('./outputs.js'),
    ])
    await withOutputs(out, ['comparison.html', 'comparison.json', 'charts/'], async (folder) => {
      const results = await resultsOf(words, args)
      if (!args.force) refuseIncomparable(results)
      const labels = distinctLabels(results, words)
      const comparison = compareResults(results.map((result, at) => ({ result, label: labels[at]! })))
      if (json) printJson(comparison)
      else print(comparisonText(comparison, { color: hasColour(), width: process.stdout.columns ?? 100 }))
      if (folder !== undefined) await writeComparison(comparison, results[0]!.spikeloomVersion, folder, args.figures)
      return { results, labels }
    }).then(({ results, labels }) => refuseFailedChecks(results, labels))
  },
}
