import { COMPONENTS } from '../isa/actions.js'
import { InputError } from '../sim/errors.js'
import { type RatioSide, ratioInterval } from '../sim/result/intervals.js'
import type { RunResult } from '../sim/result/schema.js'
import { differences, identity, incomparable } from './comparable.js'
import { COMPONENT_LOOK } from './components.js'
import { headline, tokenLatencyCycles } from './view.js'
import { pathByPart, type Share, waitsByReason, workByUnit } from './why.js'

/** One result with the name it goes by in the comparison: its chip's, or its file's when two chips share a name. */
export interface Compared {
  readonly label: string
  readonly result: RunResult
}

export type MetricUnit = 'pJ' | 'W' | 'mm2' | 's' | 'cycles' | '1/s' | 'count' | 'ratio' | 'share'

export interface Metric {
  readonly name: string
  readonly unit: MetricUnit
  /** Over what the value is taken: 'mean of all tokens', 'whole run'. */
  readonly basis: string
  readonly values: readonly number[]
  /** Each value over the first; null where the first is 0. */
  readonly ratios: readonly (number | null)[]
}

/** A ratio of two energies, and what it may be as prices may be. */
export interface EnergyRatio {
  readonly name: string
  readonly value: number
  readonly low: number
  readonly high: number
}

/** A field that is not the same in all results. */
export interface Difference {
  readonly key: string
  readonly values: readonly (string | number | boolean)[]
}

export interface Comparison {
  readonly schemaVersion: 1
  readonly kind: 'comparison'
  readonly labels: readonly string[]
  readonly metrics: readonly Metric[]
  /** Energy of one token of each result over that of the first, with its interval: prices drawn alike on both sides. */
  readonly ratios: readonly EnergyRatio[]
  /** Energy of one token by component, pJ. */
  readonly components: readonly Metric[]
  /** Why it differs: the critical path by part, waits by reason, else what busy cores did; cycles. */
  readonly why: readonly Metric[]
  readonly chipDifferences: readonly Difference[]
  /** Model, encoding, seed, prompt: what should be equal for the ratios to mean the chip. */
  readonly runDifferences: readonly Difference[]
  readonly sameTokens: boolean
  readonly notes: readonly string[]
}

function metric(name: string, unit: MetricUnit, basis: string, values: readonly number[]): Metric {
  const first = values[0]!
  return { name, unit, basis, values, ratios: values.map((value) => (first === 0 ? null : value / first)) }
}

/** An end of the interval of a token's energy; the energy itself where a result says none. */
function intervalPerToken(result: RunResult, end: 'low' | 'high'): number {
  const { interval, totalPj } = result.energy
  const { chipPj } = headline(result)
  return interval === undefined || totalPj === 0 ? chipPj : interval[end] * (chipPj / totalPj)
}

const TOKENS = 'mean of all tokens, prompt included'
const RUN = 'whole run'
const AFTER_PROMPT = 'mean of tokens after the prompt; of all, where none came after it'

const METRICS: readonly (readonly [string, MetricUnit, string, (result: RunResult) => number])[] = [
  ['energy per token', 'pJ', TOKENS, (result) => headline(result).chipPj],
  ['at least, as prices may be', 'pJ', TOKENS, (result) => intervalPerToken(result, 'low')],
  ['at most', 'pJ', TOKENS, (result) => intervalPerToken(result, 'high')],
  ['of it clock and leakage', 'share', RUN, (result) => headline(result).staticShare],
  ['paper: additions', 'pJ', TOKENS, (result) => headline(result).additionsPj],
  ['paper: with MACs', 'pJ', TOKENS, (result) => headline(result).paperPj],
  ['chip over additions', 'ratio', TOKENS, (result) => headline(result).chipOverAdditions],
  ['chip over both', 'ratio', TOKENS, (result) => headline(result).chipOverPaper],
  ['power', 'W', RUN, (result) => headline(result).averageW],
  ['area', 'mm2', RUN, (result) => result.area?.totalMm2 ?? 0],
  ['cycles per token', 'cycles', AFTER_PROMPT, (result) => result.latency.cyclesPerToken],
  ['latency per token', 's', AFTER_PROMPT, (result) => tokenLatencyCycles(result) / (result.chip.spec.clockMHz * 1e6)],
  ['tokens per second', '1/s', RUN, (result) => result.throughput.tokensPerSecond],
  ['prompt', 'cycles', RUN, (result) => result.latency.prefillCycles],
  ['spikes per activation', 'ratio', RUN, (result) => result.activity.spikesPerActivation],
  ['synaptic additions', 'count', RUN, (result) => result.activity.synapticAdditions],
  ['flit-hops', 'count', RUN, (result) => result.activity.flitHops],
  ['cores in use', 'count', RUN, (result) => result.mapping.coresUsed],
]

function notesOf(results: readonly RunResult[], runDifferences: readonly Difference[], sameTokens: boolean): string[] {
  const notes: string[] = []
  const keys = runDifferences.map(({ key }) => key)
  const fatal = incomparable(results)
  if (fatal.length > 0) notes.push(`Not the same work (${fatal.join('; ')}): no ratio here says anything of the chips.`)
  if (keys.length > 0 && fatal.length === 0) notes.push(`The runs differ in more than the chip (${keys.join(', ')}): ratios mix both.`)
  if (keys.length === 0 && !sameTokens) {
    notes.push('Same model, seed and prompt, but not the same tokens: runs of different lengths, or one is wrong.')
  }
  results.forEach(({ verification, chip }) => {
    if (verification.logitsCompared > 0 && !verification.bitExact) {
      notes.push(`The run on ${chip.name} differs from its reference interpreter.`)
    }
  })
  return notes
}

function energyRatios(compared: readonly Compared[]): EnergyRatio[] {
  const side = ({ result }: Compared): RatioSide => (
    { rows: result.constants, per: result.energy.totalPj / (headline(result).chipPj || 1) || 1 }
  )
  const [first, ...others] = compared
  return others.map((other) => {
    const { value, low, high } = ratioInterval(side(other), side(first!))
    return { name: `energy per token, ${other.label} over ${first!.label}`, value, low, high }
  }).filter(({ value }) => Number.isFinite(value))
}

/** A row for each name that any of the results has, where all have some. */
function rowsOf(results: readonly RunResult[], what: string, basis: string, sharesOf: (result: RunResult) => Share[]): Metric[] {
  const all = results.map(sharesOf)
  if (all.some((shares) => shares.length === 0)) return []
  const names = [...new Set(all.flatMap((shares) => shares.map(({ name }) => name)))]
  return names.map((name) => metric(`${what}: ${name}`, 'cycles', basis,
    all.map((shares) => shares.find((share) => share.name === name)?.cycles ?? 0)))
}

function whyMetrics(results: readonly RunResult[]): Metric[] {
  const rows = [
    ...rowsOf(results, 'path', 'critical path, whole run', pathByPart), ...rowsOf(results, 'waits', 'core-cycles, whole run', waitsByReason),
  ]
  return rows.length > 0 ? rows : rowsOf(results, 'work', 'core-cycles, whole run', workByUnit)
}

/**
 * Sets two or more results side by side. Ratios are to the first.
 * @throws InputError for fewer than two
 */
export function compareResults(compared: readonly Compared[]): Comparison {
  if (compared.length < 2) throw new InputError(`a comparison needs two results or more, not ${compared.length}.`)
  const results = compared.map(({ result }) => result)
  const runDifferences = differences(results.map(identity))
  const sameTokens = results.every(({ tokenIds }) => String(tokenIds) === String(results[0]!.tokenIds))
  const perToken = (result: RunResult): number => headline(result).chipPj / (result.energy.totalPj || 1)
  return {
    schemaVersion: 1, kind: 'comparison', labels: compared.map(({ label }) => label),
    metrics: METRICS.map(([name, unit, basis, value]) => metric(name, unit, basis, results.map(value))),
    ratios: energyRatios(compared),
    components: COMPONENTS
      .map((component) => metric(COMPONENT_LOOK[component].label, 'pJ', TOKENS,
        results.map((result) => result.energy.byComponent[component] * perToken(result))))
      .filter(({ values }) => values.some((value) => value > 0)),
    why: whyMetrics(results),
    chipDifferences: differences(results.map(({ chip }) => chip.spec), ['name', 'description']),
    runDifferences, sameTokens, notes: notesOf(results, runDifferences, sameTokens),
  }
}
