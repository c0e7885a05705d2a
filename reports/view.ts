import type { RunResult } from '../sim/result/schema.js'

/** The numbers a report leads with: means over the tokens that went through the model. */
export interface Headline {
  readonly tokens: number
  readonly chipPj: number
  /** The literature's account: additions, and the multiply-accumulates that stay. */
  readonly paperPj: number
  readonly additionsPj: number
  readonly macsPj: number
  /** Chip over the whole account, and over its additions alone; NaN when they count nothing. */
  readonly chipOverPaper: number
  readonly chipOverAdditions: number
  readonly denseQuantizedPj: number
  readonly denseFloatPj: number
  readonly staticShare: number
  /** Mean power of the whole run, watts. */
  readonly averageW: number
}

/** Tokens that went through the model, prompt included. */
export function tokensThrough(result: RunResult): number {
  return Math.max(1, result.latency.timeline.length || result.prompt.tokens + result.tokens.length)
}

function over(chipPj: number, accountPj: number): number {
  return accountPj > 0 ? chipPj / accountPj : NaN
}

export function headline(result: RunResult): Headline {
  const { energy, latency } = result
  const { paper } = energy
  const tokens = tokensThrough(result)
  return {
    tokens, chipPj: energy.perTokenPj, paperPj: paper.perTokenPj,
    additionsPj: paper.additionsPj / tokens, macsPj: paper.macsPj / tokens,
    chipOverPaper: over(energy.perTokenPj, paper.perTokenPj),
    chipOverAdditions: over(energy.perTokenPj, paper.additionsPj / tokens),
    denseQuantizedPj: paper.denseQuantizedPj / tokens, denseFloatPj: paper.denseFloatPj / tokens,
    staticShare: energy.totalPj > 0 ? (energy.byComponent.clock + energy.byComponent.leakage) / energy.totalPj : 0,
    averageW: latency.seconds > 0 ? (energy.totalPj * 1e-12) / latency.seconds : 0,
  }
}

/** Most tokens that go through a layer together; 1 also where a damaged result does not say. */
export function batchOf({ mapping }: Partial<Pick<RunResult, 'mapping'>>): number {
  return mapping?.batch ?? 1
}

/**
 * Cycles a token is on its way: where tokens go in batches, they leave together, long after one another's share of the
 * time; else as many as pass between two generated tokens.
 */
export function tokenLatencyCycles(result: RunResult): number {
  const { latency, prompt } = result
  if (batchOf(result) === 1) return latency.cyclesPerToken
  const generated = latency.timeline.slice(prompt.tokens)
  const tokens = generated.length > 0 ? generated : latency.timeline
  return tokens.reduce((sum, { startCycle, endCycle }) => sum + endCycle - startCycle, 0) / Math.max(1, tokens.length)
}

/** Layers in order, with -1 (no layer) last. */
export function layersOf(rows: readonly { readonly layer: number }[]): number[] {
  const layers = [...new Set(rows.map((row) => row.layer))]
  return layers.sort((a, b) => (a < 0 ? Infinity : a) - (b < 0 ? Infinity : b))
}

/** Operators in order of first appearance. */
export function operatorsOf(rows: readonly { readonly operator: string }[]): string[] {
  return [...new Set(rows.map((row) => row.operator))]
}

export function layerName(layer: number): string {
  return layer < 0 ? 'no layer' : `layer ${layer}`
}
