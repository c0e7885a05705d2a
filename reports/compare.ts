import { COMPONENTS } from '../isa/actions.js'
import { InputError } from '../sim/errors.js'
import { type RatioSide, ratioInterval } from '../sim/result/intervals.js'
import type { RunResult } from '../sim/result/schema.js'
import { COMPONENT_LOOK } from './components.js'
import { headline, tokenLatencyCycles } from './view.js'

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
  readonly chipDifferences: readonly Difference[]
  /** Model, encoding, seed, prompt: what should be equal for the ratios to mean the chip. */
  readonly runDifferences: readonly Difference[]
  readonly sameTokens: boolean
  readonly notes: readonly string[]
}

type Leaf = string | number | boolean

/** Leaves of nested objects by dotted path; lists as JSON. */
function leaves(value: unknown, path = '', into = new Map<string, Leaf>()): Map<string, Leaf> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) leaves(item, path === '' ? key : `${path}.${key}`, into)
  } else into.set(path, typeof value === 'object' ? JSON.stringify(value) : value as Leaf)
  return into
}

function differences(objects: readonly unknown[], ignored: readonly string[] = []): Difference[] {
  const maps = objects.map((object) => leaves(object))
  const keys = [...new Set(maps.flatMap((map) => [...map.keys()]))].filter((key) => !ignored.includes(key))
  return keys
    .map((key) => ({ key, values: maps.map((map) => map.get(key) ?? 'not set') }))
    .filter(({ values }) => values.some((value) => value !== values[0]))
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
  ['paper: additions alone', 'pJ', TOKENS, (result) => headline(result).additionsPj],
  ['paper: with multiply-accumulates', 'pJ', TOKENS, (result) => headline(result).paperPj],
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

function identity({ model, encoding, seed, prompt, weights, spikeloomVersion }: RunResult): unknown {
  const { name, parameters } = model
  return { model: name, parameters, encoding, seed, prompt: prompt.text, weights, spikeloomVersion }
}

function notesOf(results: readonly RunResult[], runDifferences: readonly Difference[], sameTokens: boolean): string[] {
  const notes: string[] = []
  const keys = runDifferences.map(({ key }) => key)
  if (keys.length > 0) notes.push(`The runs differ in more than the chip (${keys.join(', ')}): ratios mix both.`)
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
    chipDifferences: differences(results.map(({ chip }) => chip.spec), ['name', 'description']),
    runDifferences, sameTokens, notes: notesOf(results, runDifferences, sameTokens),
  }
}

/** Labels for results: chip names, numbered by file or position where two are the same. */
export function distinctLabels(names: readonly string[], files: readonly string[]): string[] {
  const shared = (name: string): boolean => names.filter((other) => other === name).length > 1
  return names.map((name, at) => (shared(name) ? `${name} (${files[at]!})` : name))
}
