import { expertsOf } from '../models/experts.js'
import type { ModelConfig } from '../models/types.js'
import { graphOf } from './model.js'
import type { LayerGraph } from './model.js'
import type { AttendOperator } from './operators.js'

/** Multiply-accumulates of a model without spikes, from its operators. */
export interface MacsOfModel {
  /** Of the linear layers, the head left out, for one token. */
  readonly linear: number
  /** Of the head, for one token. */
  readonly head: number
  /** Of attention, for a token and one position that it sees, if its layers see all positions. */
  readonly attentionPerPair: number
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** @param chosen experts that a token runs; what is an expert's counts so often, and silent experts not at all */
function linearMacs({ operators }: LayerGraph, chosen = 1): number {
  return sum(operators.map((operator) => (
    operator.kind === 'linear' ? operator.inputs * operator.outputs * (operator.isExpert === true ? chosen : 1) : 0
  )))
}

/** QK^T and PV of one position: a product for each word of the queries, and for each word of the output. */
function macsPerPair({ operators }: LayerGraph, { output }: AttendOperator): number {
  const reader = operators.find((operator) => operator.kind === 'linear' && operator.input === output)
  if (reader?.kind !== 'linear') throw new Error(`no linear layer reads ${output}, which attention writes`)
  return 2 * reader.inputs
}

const attends = ({ operators }: LayerGraph): readonly AttendOperator[] => operators.filter((operator) => operator.kind === 'attend')

/** Multiply-accumulates of a model of this configuration. */
export function macsOf(config: ModelConfig): MacsOfModel {
  const { layers, final } = graphOf(config)
  return {
    linear: sum(layers.map((layer, n) => linearMacs(layer, expertsOf(config, n)?.chosen))), head: linearMacs(final),
    attentionPerPair: sum(layers.flatMap((layer) => attends(layer).map((attend) => macsPerPair(layer, attend)))),
  }
}

/** Multiply-accumulates of attention for the token at a position, counted from 0: a layer with a window sees no more than that. */
export function attentionMacs(config: ModelConfig, position: number): number {
  return sum(graphOf(config).layers.flatMap((layer) => attends(layer).map((attend) => (
    macsPerPair(layer, attend) * Math.min(position + 1, attend.window ?? Infinity)
  ))))
}
