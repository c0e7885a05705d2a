import type { HostPlan } from '../image.js'

/** What the host needs of the chip: its packets enter the network at the host port. */
export interface HostPorts {
  now(): number
  /** Steps the host at a later cycle. */
  scheduleHost(cycle: number): void
  /**
   * One round of a token's trains: a spike at the embedding tiles that own it, an empty train at the others. Returns
   * whether this round's tiles own it.
   */
  sendEmbedding(round: number, token: number): boolean
  /** The flag word of a token, and of a batch its place there. */
  sendFlag(wantsLogits: boolean, place?: number): void
  /** The number of tokens of the batch that begins. */
  sendBatchHeader(tokens: number): void
  /** A token's residual vector, its flag word behind it, to the first hub of a program without embedding. */
  sendInput(words: Int32Array): void
}

/** When a token was handed to the chip and when it had left it. */
export interface TokenTiming {
  readonly token: number
  readonly position: number
  readonly wantsLogits: boolean
  readonly startCycle: number
  endCycle: number
}

/** Called with the logits after a position, returns the next token id. */
export type Choose = (logits: Float32Array, position: number) => number

/**
 * The host: feeds tokens while the chip has room for them, takes logits, asks `choose` for the next token, and stops
 * after `generate` of them. It is the one component that is not an ISA program. How tokens are fed is what
 * `PipelineHost` and `BatchHost` differ in.
 */
export abstract class TokenHost {
  readonly data: Int32Array
  readonly floatData: Float32Array
  readonly semaphores = new Int32Array(64)
  readonly timings: TokenTiming[] = []
  done = false

  protected readonly plan: HostPlan
  protected readonly ports: HostPorts
  protected readonly queue: number[] // token ids still to be fed
  protected toBeTaken = 0 // trains sent whose tiles have not signalled yet
  private readonly choose: Choose
  private toGenerate: number
  private completed = 0

  /**
   * @param prompt token ids, at least one; logits are taken from the last on
   * @param generate tokens to choose
   */
  constructor(plan: HostPlan, ports: HostPorts, prompt: readonly number[], generate: number, choose: Choose) {
    this.plan = plan
    this.ports = ports
    this.queue = [...prompt]
    this.toGenerate = generate
    this.choose = choose
    this.data = new Int32Array(plan.logits.address + plan.logits.length)
    this.floatData = new Float32Array(this.data.buffer)
  }

  /** Feeds what fits. */
  protected abstract feed(): void
  /** True while trains of the embedding are on their way. */
  protected abstract isFeeding(): boolean
  /** Tokens that a done signal ends: from the oldest in the chip on. */
  protected abstract tokensOver(oldest: number): number

  /** A packet's tail reached the host. */
  post(semaphore: number): void {
    this.semaphores[semaphore]!++
    this.ports.scheduleHost(this.ports.now() + 1)
  }

  /** Takes what has arrived, then feeds what fits. */
  step(): void {
    while (this.takeTokens()) continue
    this.feed()
  }

  /** What the host waits for, in words, for a deadlock report. */
  waitingFor(): string {
    const next = this.timings[this.completed]
    if (this.isFeeding()) return `host: waits for ${this.toBeTaken} embedding tiles to take their trains`
    if (next === undefined) return `host: waits for a credit to send position ${this.timings.length}`
    return `host: waits for ${next.wantsLogits ? 'the logits' : 'the end'} of position ${next.position}`
  }

  protected inFlight(): number {
    return this.timings.length - this.completed
  }

  /** Whether the logits of a position are wanted: only the last token's say how it goes on. */
  protected wantsLogits(_position: number): boolean {
    return this.queue.length === 0
  }

  /** What becomes of a chosen token: it is fed next. */
  protected goOn(next: number): void {
    this.queue.push(next)
  }

  /** Takes a token from the queue. */
  protected takeFromQueue(): TokenTiming {
    const token = this.queue.shift()!
    const position = this.timings.length
    const timing = { token, position, wantsLogits: this.wantsLogits(position), startCycle: this.ports.now(), endCycle: -1 }
    this.timings.push(timing)
    return timing
  }

  /** True if the tiles of the round before have taken their trains; `toBeTaken` is 0 then. */
  protected trainsTaken(): boolean {
    const { takenSemaphore } = this.plan
    if (this.toBeTaken > this.semaphores[takenSemaphore]!) return false
    this.semaphores[takenSemaphore]! -= this.toBeTaken
    this.toBeTaken = 0
    return true
  }

  /** Trains of a round that its tiles will signal. */
  protected trainsOf(round: number): number {
    const { embedding, confirms } = this.plan
    return confirms ? embedding[round]!.reduce((sum, train) => sum + train.cores.length, 0) : 0
  }

  /** Completes the oldest token in the chip, or its batch, if it is over. */
  private takeTokens(): boolean {
    const { doneSemaphore, logits } = this.plan
    if (this.inFlight() === 0 || this.semaphores[doneSemaphore] === 0) return false
    const end = this.completed + this.tokensOver(this.completed)
    const last = this.timings[end - 1]!
    if (last.wantsLogits && this.semaphores[logits.semaphore]! < logits.packets) return false
    this.semaphores[doneSemaphore]!--
    for (; this.completed < end; this.completed++) this.timings[this.completed]!.endCycle = this.ports.now()
    if (last.wantsLogits) this.takeLogits(last.position)
    return true
  }

  private takeLogits(position: number): void {
    const { address, length, semaphore, packets } = this.plan.logits
    this.semaphores[semaphore]! -= packets
    const next = this.choose(this.floatData.slice(address, address + length), position)
    this.toGenerate--
    if (this.toGenerate > 0) this.goOn(next)
    else this.done = true
  }
}

/** Feeds token after token: as many at a time as the chip has room for. */
export class PipelineHost extends TokenHost {
  private token: TokenTiming | undefined
  private round = Number.MAX_SAFE_INTEGER // next round of trains of the token in hand

  protected tokensOver(): number {
    return 1
  }

  protected isFeeding(): boolean {
    return this.round <= this.plan.embedding.length
  }

  protected feed(): void {
    if (!this.sendRounds()) return
    const { creditSemaphore, tokensInFlight } = this.plan
    while (this.queue.length > 0 && this.semaphores[creditSemaphore]! > 0 && this.inFlight() < tokensInFlight) {
      this.semaphores[creditSemaphore]!--
      this.token = this.takeFromQueue()
      this.round = 0
      if (!this.sendRounds()) return
    }
  }

  /**
   * Sends what may go of the token in hand: its rounds, each when the one before was taken, and behind them
   * the flag word. The first hub waits for the flag, so it does not fire at a core that still awaits an
   * embedding train. False while something waits to be taken.
   */
  private sendRounds(): boolean {
    const { embedding } = this.plan
    while (this.round <= embedding.length) {
      if (!this.trainsTaken()) return false
      const round = this.round++
      if (round === embedding.length) {
        this.sendLast(this.token!)
        continue
      }
      this.ports.sendEmbedding(round, this.token!.token)
      this.toBeTaken = this.trainsOf(round)
    }
    return true
  }
  /** What goes when all embedding tiles have taken a token's trains: its flag word. */
  protected sendLast({ wantsLogits }: TokenTiming): void {
    this.ports.sendFlag(wantsLogits)
  }
}
