import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { compareResults, comparisonText, type Comparison, distinctLabels } from '../reports/index.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import { writeAtomically } from './files.js'
import { note, print, printJson } from './output.js'
import { readResult } from './result-file.js'

interface Arguments {
  readonly results: string[]
  readonly out: string | undefined
  readonly json: boolean
}

/** Simulates the default run on a chip, by preset name or chip file. */
export type RunChip = (chip: string) => Promise<RunResult>

function isResultFile(word: string): boolean {
  return word.endsWith('.json') || (existsSync(word) && !/\.ya?ml$/.test(word))
}

async function resultOf(word: string, runChip: RunChip | undefined): Promise<RunResult> {
  if (isResultFile(word)) return readResult(word)
  if (runChip === undefined) {
    throw new InputError(`'${word}' is no result file (.json): write one with spikeloom run --out DIR`)
  }
  return runChip(word)
}

async function writeComparison(comparison: Comparison, version: string, folder: string): Promise<string[]> {
  const [{ comparisonHtml }, { COMPARISON_CHARTS }, { renderChart }] = await Promise.all([
    import('../reports/compare-html.js'), import('../reports/charts/comparison.js'), import('../reports/svg.js'),
  ])
  const files = [join(folder, 'comparison.html'), join(folder, 'comparison.json')]
  await writeAtomically(files[0]!, await comparisonHtml(comparison, version))
  await writeAtomically(files[1]!, `${JSON.stringify(comparison, null, 2)}\n`)
  for (const draw of COMPARISON_CHARTS) {
    const chart = draw(comparison)
    files.push(join(folder, 'charts', `${chart.name}.svg`))
    await writeAtomically(files.at(-1)!, `${await renderChart(chart, true)}\n`)
  }
  return files
}

/**
 * `spikeloom compare A B [C...]`: results side by side.
 * @param runChip how to simulate a chip that is named instead of a result file; without it, only files are taken
 */
export function compareCommand(runChip?: RunChip): CommandModule<object, Arguments> {
  return {
    command: 'compare <results..>',
    describe: 'set results side by side: absolutes, ratios, what differs',
    builder: (parser) => parser
      .positional('results', {
        type: 'string', array: true, demandOption: true,
        describe: runChip === undefined ? 'result files' : 'result files, or chips to simulate',
      })
      .option('out', { type: 'string', describe: 'folder for comparison.html, comparison.json and charts/*.svg' })
      .option('json', { type: 'boolean', default: false, describe: 'print the comparison as JSON only' }),
    handler: async ({ results: words, out, json }) => {
      if (words.length < 2) throw new InputError(`compare needs two results or more; only '${words[0]!}' was given.`)
      const results: RunResult[] = []
      for (const word of words) results.push(await resultOf(word, runChip))
      const labels = distinctLabels(results.map(({ chip }) => chip.name), words)
      const comparison = compareResults(results.map((result, at) => ({ result, label: labels[at]! })))
      if (json) printJson(comparison)
      else print(comparisonText(comparison, { color: process.stdout.isTTY === true }))
      if (out === undefined) return
      const files = await writeComparison(comparison, results[0]!.spikeloomVersion, out)
      note(`wrote ${files[0]!}`)
    },
  }
}

export const command = compareCommand()
