import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DEFAULT_QUANTIZE_OPTIONS } from '../programs/quantize/index.js'
import { histogramWithMean } from '../programs/shapes/histogram.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { shapeModel } from '../programs/shapes/shape-model.js'
import { compareResults } from '../reports/compare.js'
import { COMPARISON_CHARTS } from '../reports/charts/comparison.js'
import { renderChart } from '../reports/svg.js'
import type { StatisticsRunOptions } from '../simulate/options.js'
import { simulateStatisticsOn } from '../simulate/statistics.js'
import { inOrder, withPool } from '../simulate/threads/pool.js'
import type { Pool } from '../simulate/threads/pool.js'
import { loadChip } from '../sim/config/load-chip.js'
import type { RunResult } from '../sim/result/schema.js'

/**
 * Runs LLaMA-2-7B's decode token on the three systems of docs/findings.md, and batches on those that fetch their weights,
 * and rewrites that page's tables (between the markers) and its figure. Takes about half an hour:
 * `npx tsx scripts/findings.ts`; less with `--workers 2`, which runs two at a time and changes no figure.
 */

const SYSTEMS = ['sram-64', 'hbm-board', 'edge-lpddr5']
const SPIKES_PER_ACTIVATION = 0.862
const CONTEXT = 1024

/** What goes through a system that fetches its weights. */
const BATCHES = [
  { what: 'one token', options: {} },
  { what: '16 tokens of a prompt, one by one', options: { promptTokens: 16, batch: 1 } },
  { what: '16 tokens of a prompt, together', options: { promptTokens: 16 } },
  { what: 'a token of 16 sequences, together', options: { sequences: 16 } },
]
const BATCH_SYSTEMS = ['hbm-board', 'edge-lpddr5']

type BatchRun = Pick<StatisticsRunOptions, 'promptTokens' | 'sequences' | 'batch'>

async function run(pool: Pool, system: string, more: BatchRun = {}): Promise<RunResult> {
  const chip = loadChip(readFileSync(`chips/${system}.yaml`, 'utf8'), `chips/${system}.yaml`)
  const result = await simulateStatisticsOn(pool, {
    model: shapeModel('llama-2-7b', MODEL_SHAPES['llama-2-7b']!, DEFAULT_QUANTIZE_OPTIONS),
    chip, context: CONTEXT, tokens: 1, seed: 1, ...more,
    statistics: { histograms: { '*': histogramWithMean(SPIKES_PER_ACTIVATION, 7, 'laplace') }, source: 'laplace' },
  })
  console.error(`${system}: ${(result.energy.perTokenPj / 1e9).toFixed(1)} mJ a token, ${result.wallSeconds.toFixed(1)} s`)
  return result
}

const mJ = (pj: number): string => {
  const value = pj / 1e9
  return value >= 10 ? value.toFixed(1) : value >= 0.01 ? value.toPrecision(2) : value === 0 ? '0' : value.toExponential(0)
}

/** Energy of a run if some prices were other, as factors by name. */
function repriced({ energy, constants }: RunResult, factors: Readonly<Record<string, number>>): number {
  return constants.reduce((sum, { name, energyPj }) => sum + energyPj * ((factors[name] ?? 1) - 1), energy.totalPj)
}

function componentTable(results: readonly RunResult[]): string {
  const components = Object.keys(results[0]!.energy.byComponent) as (keyof RunResult['energy']['byComponent'])[]
  const rows = components.map((component) => (
    `| ${component} | ${results.map(({ energy }) => mJ(energy.byComponent[component])).join(' | ')} |`
  ))
  const line = (name: string, value: (result: RunResult) => string) => `| ${name} | ${results.map(value).join(' | ')} |`
  return [
    `| mJ per token | ${results.map(({ chip }) => chip.name).join(' | ')} |`,
    `|---|${results.map(() => '---:|').join('')}`,
    ...rows,
    line('**whole chip**', ({ energy }) => `**${mJ(energy.perTokenPj)}**`),
    line('of it clock and leakage', ({ energy }) => `${((100 * energy.staticPj) / energy.totalPj).toFixed(0)} %`),
    line('additions alone (the paper\'s account, attention as MACs apart)', ({ energy }) => mJ(energy.paper.additionsPj)),
    line('multiply-accumulates that stay in attention, by the same account', ({ energy }) => mJ(energy.paper.macsPj)),
    line('chip over additions alone', ({ energy }) => `${(energy.totalPj / energy.paper.additionsPj).toFixed(0)}x`),
    line('chip over both', ({ energy }) => `${(energy.totalPj / energy.paper.totalPj).toFixed(0)}x`),
    line('latency, ms', ({ latency }) => (latency.seconds * 1000).toFixed(2)),
    line('flit-hops, millions', ({ activity }) => (activity.flitHops / 1e6).toFixed(1)),
  ].join('\n')
}

const SENSITIVITY: readonly { readonly what: string; readonly low: Record<string, number>; readonly high: Record<string, number> }[] = [
  { what: 'clock: a quarter .. as priced (fine-grained gating)', low: { coreClock: 0.25, routerClock: 0.25 }, high: {} },
  { what: 'SRAM leakage: half .. twice (cell flavour, temperature)', low: { sramLeakage: 0.5 }, high: { sramLeakage: 2 } },
  { what: 'external memory: 0.64 .. 1.25 of the price per bit', low: { dramBit: 0.64 }, high: { dramBit: 1.25 } },
]

function sensitivityTable(results: readonly RunResult[]): string {
  const rows = SENSITIVITY.map(({ what, low, high }) => (
    `| ${what} | ${results.map((result) => `${mJ(repriced(result, low))} .. ${mJ(repriced(result, high))}`).join(' | ')} |`
  ))
  const all = results.map((result) => {
    const low = repriced(result, Object.assign({}, ...SENSITIVITY.map((row) => row.low)))
    const high = repriced(result, Object.assign({}, ...SENSITIVITY.map((row) => row.high)))
    return `${mJ(low)} .. ${mJ(high)} (${(low / result.energy.paper.additionsPj).toFixed(0)}x .. ${(high / result.energy.paper.additionsPj).toFixed(0)}x)`
  })
  return [
    `| mJ per token | ${results.map(({ chip }) => chip.name).join(' | ')} |`, `|---|${results.map(() => '---:|').join('')}`, ...rows,
    `| **all three together** | ${all.join(' | ')} |`,
  ].join('\n')
}

function batchTable(results: readonly (readonly RunResult[])[]): string {
  const rows = BATCH_SYSTEMS.flatMap((system, column) => BATCHES.map(({ what }, row) => {
    const { energy, latency, throughput } = results[row]![column]!
    const dramPj = (energy.byComponent.dram * energy.perTokenPj) / energy.totalPj
    const firstMs = (latency.timeline[0]!.endCycle / latency.cycles) * latency.seconds * 1000
    return `| ${system} | ${what} | ${mJ(energy.perTokenPj)} | ${mJ(dramPj)} | ${firstMs.toFixed(1)} | ${throughput.tokensPerSecond.toFixed(0)} |`
  }))
  return [
    '| system | what | mJ per token | of it external memory | until the first token leaves, ms | tokens/s |',
    '|---|---|---:|---:|---:|---:|', ...rows,
  ].join('\n')
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function fill(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, end] = [page.indexOf(open), page.indexOf(close)]
  if (start < 0 || end < 0) throw new Error(`docs/findings.md has no ${open} .. ${close}`)
  return `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`
}

const { values: { workers } } = parseArgs({ options: { workers: { type: 'string', default: '1' } } })
const [results, batches] = await withPool(Number(workers), (pool) => Promise.all([
  inOrder(SYSTEMS.map((system) => run(pool, system))),
  inOrder(BATCHES.map(({ options }) => inOrder(BATCH_SYSTEMS.map((system) => run(pool, system, options))))),
]))
let page = readFileSync('docs/findings.md', 'utf8')
page = fill(page, 'components', componentTable(results))
page = fill(page, 'sensitivity', sensitivityTable(results))
page = fill(page, 'batches', batchTable(batches))
writeFileSync('docs/findings.md', page)
mkdirSync('docs/figures', { recursive: true })
const comparison = compareResults(results.map((result) => ({ result, label: result.chip.name })))
for (const draw of COMPARISON_CHARTS) {
  const chart = draw(comparison)
  writeFileSync(`docs/figures/findings-${chart.name}.svg`, `${await renderChart(chart, true)}\n`)
  console.error(`docs/figures/findings-${chart.name}.svg`)
}
