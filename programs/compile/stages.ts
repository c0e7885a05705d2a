import { graphOf } from '../graph/model.js'
import type { LayerGraph } from '../graph/model.js'
import { readsOf, writesOf } from '../graph/operators.js'
import type { LinearOperator, Operator } from '../graph/operators.js'
import type { ModelConfig } from '../models/types.js'

/**
 * A layer in stages, one for each linear layer: what the owner of the residual vector does before it fires, and what
 * is done with the sums. Between two stages the tiles and heads of the layer work. How tokens go through the stages is a
 * schedule's: one after the other through all (emit/tokens.ts), or all of a batch through each (emit/batch-stages.ts).
 */
export interface Stage {
  readonly linear: LinearOperator
  /** The hub's operators before the inputs are encoded. */
  readonly prepare: readonly Operator[]
  /** True if the inputs are encoded when the stage before is finished, which made them, and not at this stage's turn. */
  readonly encodedBefore: boolean
  /** The heads' operators, where they take the sums, or what the hub made of them. */
  readonly heads: readonly Operator[]
  /** The hub's operators once the sums are there; where the heads work, before them. */
  readonly finish: readonly Operator[]
}

const known = new WeakMap<LayerGraph, readonly Stage[]>()

/** The stages of a layer's graph. */
export function stagesOf(graph: LayerGraph): readonly Stage[] {
  let stages = known.get(graph)
  if (stages === undefined) known.set(graph, stages = cut(graph.operators))
  return stages
}

/** The stages of a layer of a model; -1: those of the head. */
export function stagesOfLayer(config: ModelConfig, layer: number): readonly Stage[] {
  const graph = graphOf(config)
  return stagesOf(layer < 0 ? graph.final : graph.layers[layer]!)
}

function cut(operators: readonly Operator[]): Stage[] {
  const ports = operators.flatMap((operator, at) => (operator.kind === 'linear' ? [at] : []))
  let prepare: readonly Operator[] = operators.slice(0, ports[0])
  let encodedBefore = false
  return ports.map((at, index): Stage => {
    const behind = operators.slice(at + 1, ports[index + 1])
    const hub = behind.filter(({ site }) => site === 'hub')
    const end = index === ports.length - 1 ? hub.length : finishEnd(hub)
    const stage = {
      linear: operators[at] as LinearOperator, prepare, encodedBefore,
      heads: behind.filter(({ site }) => site === 'heads'), finish: hub.slice(0, end),
    }
    prepare = hub.slice(end)
    encodedBefore = end > 0 && end === hub.length && stage.heads.length === 0
    return stage
  })
}

/** A stage is over with the residual vector it adds to, or else with all that there is before the next. */
function finishEnd(hub: readonly Operator[]): number {
  const last = hub.findLastIndex(({ kind }) => kind === 'add')
  return last < 0 ? hub.length : last + 1
}

/** What some operators read before they write it themselves: what must be there. */
export function inputsOf(operators: readonly Operator[], made: readonly string[] = []): Set<string> {
  const written = new Set(made)
  const inputs = new Set<string>()
  for (const operator of operators) {
    for (const name of readsOf(operator)) if (!written.has(name)) inputs.add(name)
    written.add(writesOf(operator))
  }
  return inputs
}

/** Whether the heads of a layer take the sums of their queries, keys and values; else the hub does. */
export function headsTakeSums({ model }: { readonly model: { readonly config: ModelConfig } }, layer: number): boolean {
  return stagesOfLayer(model.config, layer).some(({ linear }) => linear.taker === 'heads')
}

/** Whether the hub takes a stage's sums, and hands the heads what it made of them. */
export function handsOut({ linear, heads }: Stage): boolean {
  return heads.length > 0 && linear.taker === 'hub'
}

/**
 * Parts of a layer in the order of a token: the hub's, the tiles', the hub's again where it hands out to the heads, and the
 * heads' by the stage; the hub's last closes it. -1: a stage has none.
 */
export function layerOrder(stages: readonly Stage[]): { hub: number[]; tiles: number[]; between: number[]; heads: number[]; length: number } {
  const order = { hub: [] as number[], tiles: [] as number[], between: [] as number[], heads: [] as number[], length: 0 }
  for (const stage of stages) {
    const { heads } = stage
    order.hub.push(order.length++)
    order.tiles.push(order.length++)
    order.between.push(handsOut(stage) ? order.length++ : -1)
    order.heads.push(heads.length > 0 ? order.length++ : -1)
  }
  order.hub.push(order.length++)
  return order
}
