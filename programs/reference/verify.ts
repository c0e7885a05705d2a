import type { QuantizedModel } from '../quantize/types.js'
import { ReferenceInterpreter } from './interpreter.js'
import type { Integrate } from './interpreter.js'

/** The outcome of comparing a machine's logits with the reference interpreter's. */
export interface Verdict {
  /** Every compared logit equal, bit for bit; false when none was compared. */
  readonly bitExact: boolean
  readonly logitsCompared: number
  readonly firstMismatch: { readonly position: number; readonly index: number; readonly chip: number; readonly reference: number } | null
}

/** Compares what a machine hands out with what was expected, as it comes, and keeps the first difference. */
export class Comparison {
  private compared = 0
  private mismatch: Verdict['firstMismatch'] = null

  compare(actual: Float32Array, expected: Float32Array, position: number): void {
    for (let index = 0; index < expected.length; index++) {
      if (this.mismatch === null && !Object.is(actual[index], expected[index])) {
        this.mismatch = { position, index, chip: actual[index]!, reference: expected[index]! }
      }
    }
    this.compared += expected.length
  }

  verdict(): Verdict {
    return { bitExact: this.compared > 0 && this.mismatch === null, logitsCompared: this.compared, firstMismatch: this.mismatch }
  }
}

/** Runs the reference interpreter beside a machine and compares their logits as they come. */
export class Verifier {
  private readonly reference: ReferenceInterpreter | undefined
  private readonly prompt: readonly number[]
  private readonly comparison = new Comparison()
  private fed = 0

  /**
   * @param enabled false compares nothing, and the verdict says so
   * @param sums how the machine's sums come about, where that is not exact addition
   */
  constructor(model: QuantizedModel, prompt: readonly number[], enabled: boolean, sums?: Integrate) {
    this.reference = enabled ? new ReferenceInterpreter(model, { sums }) : undefined
    this.prompt = prompt
  }

  /**
   * Compares the logits of one position.
   * @param generated tokens chosen before this position's logits came
   */
  check(logits: Float32Array, position: number, generated: readonly number[]): void {
    if (this.reference === undefined) return
    let expected: Float32Array = new Float32Array(0)
    for (; this.fed <= position; this.fed++) {
      const token = this.fed < this.prompt.length ? this.prompt[this.fed]! : generated[this.fed - this.prompt.length]!
      expected = this.reference.forward(token)
    }
    this.comparison.compare(logits, expected, position)
  }

  verdict(): Verdict {
    return this.comparison.verdict()
  }
}
