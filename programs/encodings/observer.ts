import type { ReferenceInterpreter } from '../reference/interpreter.js'
import { encodingByName } from './encodings.js'
import type { EncodingFigures } from './meter.js'
import { EncodingMeter } from './meter.js'
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

  /** Tokens seen. */
  get tokens(): number {
    return this.interpreter.stats[1]!.trains
  }

  /** Over all linear layers but the embedding, whose train is one spike a token by definition. */
  total(name: EncodingName): EncodingFigures {
    return EncodingMeter.sum(this.meters[name])
  }

  byOperator(name: EncodingName): OperatorFigures[] {
    const inputs = this.interpreter.inputs
    return this.interpreter.stats.slice(1).map(({ operator, layer, counts }, port) => ({
      operator, layer, ...this.meters[name][port]!.figures(),
      histogram: Array.from(counts.subarray(0, inputs[port]!.rule.limit + 1)),
    }))
  }
}
