import type { HostPlan } from '../image.js'
import { PipelineHost } from './host.js'
import type { HostPorts, TokenTiming } from './host.js'

/** One token of a section: all that is known of it beforehand. */
export interface SectionToken {
  readonly token: number
  /** The residual vector that enters the section, [dim]; unused where the section begins with the embedding. */
  readonly input: Float32Array
  /** Whether logits are taken, where the section ends with the head; one that ends before it hands out every token. */
  readonly wantsLogits: boolean
}

/** Called with what leaves a section: the logits, or the residual vector with the flag word behind it. */
export type OnOutput = (output: Float32Array, position: number) => void

/** The host of some layers by themselves: the input of every token is known, and nothing is chosen. */
export class SectionHost extends PipelineHost {
  private readonly tokens: readonly SectionToken[]

  constructor(plan: HostPlan, ports: HostPorts, tokens: readonly SectionToken[], endsWithHead: boolean, onOutput: OnOutput) {
    const outputs = endsWithHead ? tokens.filter(({ wantsLogits }) => wantsLogits).length : tokens.length
    super(plan, ports, tokens.map(({ token }) => token), outputs, (output, position) => {
      onOutput(output, position)
      return -1
    })
    this.tokens = endsWithHead ? tokens : tokens.map((token) => ({ ...token, wantsLogits: true }))
  }

  protected override wantsLogits(position: number): boolean {
    return this.tokens[position]!.wantsLogits
  }

  protected override goOn(): void {
    // The next token is in the queue already.
  }

  protected override sendLast(timing: TokenTiming): void {
    if (this.plan.input === undefined) {
      super.sendLast(timing)
      return
    }
    const { input } = this.tokens[timing.position]!
    const words = new Int32Array(input.length + 1)
    new Float32Array(words.buffer).set(input)
    words[input.length] = timing.wantsLogits ? 1 : 0
    this.ports.sendInput(words)
  }
}
