import type { CommandModule } from 'yargs'
import { BENCHMARKS, reportRow } from '../bench/all.js'
import type { Benchmark, ReportedRow } from '../bench/all.js'
import { didYouMean, InputError } from '../sim/errors.js'
import { note, print, printJson, table } from './output.js'

interface BenchArguments {
  names: string[] | undefined
  list: boolean
  json: boolean
}

/** `spikeloom bench`: the seeded benchmarks, each figure beside a reference. */
export const command: CommandModule<object, BenchArguments> = {
  command: 'bench [names..]',
  describe: 'measure the simulator\'s speed and the mapper\'s savings, beside references',
  builder: (parser) => parser
    .positional('names', { type: 'string', array: true, describe: 'groups to run (default: all)' })
    .option('list', { type: 'boolean', default: false, describe: 'list the groups' })
    .option('json', { type: 'boolean', default: false, describe: 'print the rows as JSON only' }) as never,
  handler: async ({ names, list, json }) => {
    const chosen = chooseBenchmarks(names ?? [])
    if (list) {
      const groups = chosen.map(({ name, describe }) => ({ name, describe }))
      return json ? printJson(groups) : print(table(groups.map(({ name, describe }) => [name, describe])))
    }
    const rows: ReportedRow[] = []
    for (const { name, run } of chosen) {
      note(`${name} ...`)
      rows.push(...(await run()).map((row) => reportRow(name, row)))
    }
    if (json) printJson(rows)
    else print(benchTable(rows))
  },
}

/**
 * The groups of these names, in their own order; all for none.
 * @throws InputError for a name that is no group
 */
export function chooseBenchmarks(names: readonly string[]): Benchmark[] {
  const known = BENCHMARKS.map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    throw new InputError(`there is no benchmark '${name}'.${didYouMean(name, known)} Benchmarks: ${known.join(', ')}.`)
  }
  return BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name))
}

/** Rows for people: the figure, how far its repeats lie apart, and the ratio to its reference. */
export function benchTable(rows: readonly ReportedRow[]): string {
  return table([
    ['benchmark', 'value', 'unit', 'spread', 'ratio', 'reference'],
    ...rows.map(({ name, value, unit, spread, ratio, reference }) => [
      name, figure(value), unit, spread === null ? '' : `${(spread * 100).toFixed(0)} %`, `${Number(ratio.toPrecision(3))} x`,
      `${reference.what}: ${figure(reference.value)} (${reference.source})`,
    ]),
  ])
}

/** Four digits, thousands separated. */
function figure(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumSignificantDigits: 4 })
}
