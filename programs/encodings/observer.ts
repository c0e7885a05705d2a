import type { ReferenceInterpreter } from '../reference/interpreter.js'
import { encodingByName } from './encodings.js'
import type { EncodingFigures, MeterSums } from './meter.js'
import { EncodingMeter, figuresOf, sumOf } from './meter.js'
import { ENCODINGS } from './types.js'
import type { EncodingName } from './types.js'

/** Figures of the inputs of one operator of one layer. */
export interface OperatorFigures extends EncodingFigures {
  readonly operator: string
  /** -1: the head. */
  readonly layer: number
  /** How often |q| was 0, 1, 2 ...: the same for every encoding. */
  readonly histogram: readonly number[]
}

/** What was counted at the inputs of one linear layer: plain data, which crosses threads and adds up. */
export interface ObservedPort {
  readonly operator: string
  /** -1: the head. */
  readonly layer: number
  /** How often |q| was 0, 1, 2 ... */
  readonly histogram: readonly number[]
  readonly sums: Readonly<Record<EncodingName, MeterSums>>
}

/** What an observer has counted. */
export interface Observed {
  readonly tokens: number
  readonly ports: readonly ObservedPort[]
}

/** What several observers of the same model counted, together. */
export function addObserved(parts: readonly Observed[]): Observed {
  const [first] = parts
  const ports = first!.ports.map(({ operator, layer, histogram }, n) => ({
    operator, layer,
    histogram: histogram.map((_, q) => parts.reduce((sum, { ports: of }) => sum + of[n]!.histogram[q]!, 0)),
    sums: Object.fromEntries(ENCODINGS.map((name) => [name, sumOf(parts.map(({ ports: of }) => of[n]!.sums[name]))])) as ObservedPort['sums'],
  }))
  return { tokens: parts.reduce((sum, { tokens }) => sum + tokens, 0), ports }
}

/** Figures of an encoding over all linear layers but the embedding, whose train is one spike a token by definition. */
export function totalFigures({ ports }: Observed, name: EncodingName): EncodingFigures {
  return figuresOf(ports.map(({ sums }) => sums[name]))
}

/** Figures of an encoding at each linear layer but the embedding. */
export function figuresByOperator({ ports }: Observed, name: EncodingName): OperatorFigures[] {
  return ports.map(({ operator, layer, histogram, sums }) => ({ operator, layer, ...figuresOf([sums[name]]), histogram }))
}

/** Watches an interpreter and counts what each encoding would send for the same counts. */
export class EncodingObserver {
  private readonly interpreter: ReferenceInterpreter
  private readonly meters: Readonly<Record<EncodingName, EncodingMeter[]>>

  constructor(interpreter: ReferenceInterpreter) {
    this.interpreter = interpreter
    const metersOf = (name: EncodingName): EncodingMeter[] => (
      interpreter.inputs.map(({ layer, rule }) => new EncodingMeter(encodingByName(name), rule, layer.outputs))
    )
    this.meters = Object.fromEntries(ENCODINGS.map((name) => [name, metersOf(name)])) as Record<EncodingName, EncodingMeter[]>
    const all = Object.values(this.meters)
    interpreter.observe = (port, _x, q) => {
      for (const meters of all) meters[port]!.note(q)
    }
  }

  /** What was counted so far. */
  observed(): Observed {
    const { inputs, stats } = this.interpreter
    const ports = stats.slice(1).map(({ operator, layer, counts }, port) => ({
      operator, layer, histogram: Array.from(counts.subarray(0, inputs[port]!.rule.limit + 1)),
      sums: Object.fromEntries(ENCODINGS.map((name) => [name, this.meters[name][port]!.sums])) as ObservedPort['sums'],
    }))
    return { tokens: stats[1]!.trains, ports }
  }
}
