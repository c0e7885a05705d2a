import { LAYER_PORTS } from '../graph/operators.js'
import type { QuantizedLinear, QuantizedModel, ZeroShares } from './types.js'

function zerosOf({ q }: QuantizedLinear): number {
  let zeros = 0
  for (let at = 0; at < q.length; at++) if (q[at] === 0) zeros++
  return zeros
}

function shareOf(linears: readonly QuantizedLinear[]): number {
  const weights = linears.reduce((sum, { q }) => sum + q.length, 0)
  return weights === 0 ? 0 : linears.reduce((sum, linear) => sum + zerosOf(linear), 0) / weights
}

/** Counts the zeros of a model that has weights. */
export function zeroSharesOf({ embedding, layers, head }: QuantizedModel): ZeroShares {
  const byPort = LAYER_PORTS.map((port) => [port, shareOf(layers.map(({ linears }) => linears[port]))] as const)
  return { embedding: shareOf([embedding]), ...Object.fromEntries(byPort), head: shareOf([head]) }
}
