import { isExpertPort, LAYER_PORTS } from '../graph/operators.js'
import type { LayerPort } from '../graph/operators.js'
import type { QuantizedLayer, QuantizedLinear, QuantizedModel, ZeroShares } from './types.js'

function zerosOf({ q }: QuantizedLinear): number {
  let zeros = 0
  for (let at = 0; at < q.length; at++) if (q[at] === 0) zeros++
  return zeros
}

function shareOf(linears: readonly QuantizedLinear[]): number {
  const weights = linears.reduce((sum, { q }) => sum + q.length, 0)
  return weights === 0 ? 0 : linears.reduce((sum, linear) => sum + zerosOf(linear), 0) / weights
}

/** The linear layers of a kind in one layer: none, one, or one of each expert. */
function linearsOf({ linears, experts = [] }: QuantizedLayer, port: LayerPort): readonly QuantizedLinear[] {
  if (isExpertPort(port)) return experts.map((expert) => expert[port])
  const known: Readonly<Partial<QuantizedLayer['linears']>> = linears
  return known[port] === undefined ? [] : [known[port]]
}

/** Counts the zeros of a model that has weights. */
export function zeroSharesOf({ embedding, layers, head }: QuantizedModel): ZeroShares {
  const byPort = LAYER_PORTS.map((port) => [port, layers.flatMap((layer) => linearsOf(layer, port))] as const)
    .filter(([, linears]) => linears.length > 0).map(([port, linears]) => [port, shareOf(linears)] as const)
  return { embedding: shareOf([embedding]), ...Object.fromEntries(byPort), head: shareOf([head]) }
}
