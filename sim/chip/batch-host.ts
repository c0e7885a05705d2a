import type { HostPlan } from '../image.js'
import { END_OF_SEQUENCE, Host } from './host.js'
import type { Choose, HostPorts, TokenTiming } from './host.js'

/** One of the sequences that run together. */
interface Sequence {
  readonly queue: number[] // token ids still to be fed
  toGenerate: number
  position: number // of the next token
}

/**
 * Feeds batches: says what a batch is made of, then goes through the rounds of embedding tiles, and in a round
 * through the tokens, because a tile's weights stay until all tokens have passed. The flag word follows a token's
 * sums, with its place in the batch; the next train goes when the first hub has put the token away. One more flag word
 * says that all tiles have taken all trains, so that the hub does not fire at one that still awaits a train.
 */
export class BatchHost extends Host {
  private readonly sequences: readonly Sequence[]
  private readonly choose: Choose
  private batch: TokenTiming[] = [] // in the chip
  private round = Number.MAX_SAFE_INTEGER
  private place = 0 // of the next token in the round
  private flagged = -1 // place of the token whose flag word follows when its train was taken
  private awaitsEmbedded = false

  /**
   * @param prompts token ids of each sequence, at least one
   * @param generate tokens to choose, in each sequence
   */
  constructor(plan: HostPlan, ports: HostPorts, prompts: readonly (readonly number[])[], generate: number, choose: Choose) {
    super(plan, ports)
    this.sequences = prompts.map((prompt) => ({ queue: [...prompt], toGenerate: generate, position: 0 }))
    this.choose = choose
  }

  step(): void {
    if (this.batch.length > 0) this.takeBatch()
    if (this.batch.length === 0) this.begin()
    while (this.isFeeding() && this.advance()) continue
  }

  protected waitText(): string {
    if (this.isFeeding()) return this.waitingForTiles()
    const last = this.batch.at(-1)
    if (last === undefined) return 'a credit to send a batch'
    return `the end of a batch of ${this.batch.length} tokens, up to position ${last.position} of sequence ${last.sequence}`
  }

  private isFeeding(): boolean {
    return this.round < this.plan.embedding.length
  }

  /** Fills a batch: what the first sequence still has to read, then the next one's. */
  private begin(): void {
    const { creditSemaphore, batch } = this.plan
    if (this.semaphores[creditSemaphore] === 0) return
    this.sequences.forEach((sequence, at) => {
      while (sequence.queue.length > 0 && this.batch.length < batch!.tokens) this.batch.push(this.nextOf(sequence, at))
    })
    if (this.batch.length === 0) return
    this.semaphores[creditSemaphore]!--
    this.timings.push(...this.batch)
    this.ports.sendBatchHeader(this.header())
    this.round = this.place = 0
  }

  private nextOf(sequence: Sequence, at: number): TokenTiming {
    const token = sequence.queue.shift()!
    const wantsLogits = sequence.queue.length === 0
    return { token, position: sequence.position++, sequence: at, wantsLogits, startCycle: this.ports.now(), endCycle: -1 }
  }

  /** Number of tokens, then of each its sequence, its position, and whether its logits are wanted. */
  private header(): Int32Array {
    const { tokens, firstPosition } = this.plan.batch!
    const words = new Int32Array(1 + 3 * tokens)
    words[0] = this.batch.length
    this.batch.forEach(({ sequence, position, wantsLogits }, at) => {
      words[1 + at] = sequence
      words[1 + tokens + at] = firstPosition + position
      words[1 + 2 * tokens + at] = wantsLogits ? 1 : 0
    })
    return words
  }

  /** One train, or the flag word behind it. False while something must come back first. */
  private advance(): boolean {
    if (!this.trainsTaken()) return false
    if (this.flagged >= 0) {
      this.ports.sendFlag(this.batch[this.flagged]!.wantsLogits, this.flagged)
      this.flagged = -1
      this.awaitsEmbedded = true
    }
    const { embeddedSemaphore } = this.plan.batch!
    if (this.awaitsEmbedded) {
      if (this.semaphores[embeddedSemaphore] === 0) return false
      this.semaphores[embeddedSemaphore]!--
      this.awaitsEmbedded = false
    }
    this.sendTrain()
    return true
  }

  private sendTrain(): void {
    if (this.place === this.batch.length) {
      this.place = 0
      this.round++
    }
    if (!this.isFeeding()) {
      this.ports.sendFlag(false, 0)
      return
    }
    const isOwned = this.ports.sendEmbedding(this.round, this.batch[this.place]!.token)
    this.toBeTaken = this.trainsOf(this.round)
    if (isOwned) this.flagged = this.place
    this.place++
  }

  /** Completes the batch in the chip if it is over. */
  private takeBatch(): void {
    const { doneSemaphore, logits } = this.plan
    const wanted = this.batch.filter(({ wantsLogits }) => wantsLogits)
    if (this.semaphores[doneSemaphore] === 0 || this.semaphores[logits.semaphore]! < wanted.length * logits.packets) return
    this.semaphores[doneSemaphore]!--
    this.semaphores[logits.semaphore]! -= wanted.length * logits.packets
    for (const token of this.batch) token.endCycle = this.ports.now()
    this.batch = []
    for (const { position, sequence } of wanted) this.takeLogits(position, sequence)
  }

  private takeLogits(position: number, at: number): void {
    const sequence = this.sequences[at]!
    const next = this.choose(this.logits(at), position, at)
    sequence.toGenerate = next === END_OF_SEQUENCE ? 0 : sequence.toGenerate - 1
    if (sequence.toGenerate > 0) sequence.queue.push(next)
    else this.done = this.sequences.every(({ toGenerate }) => toGenerate === 0)
  }
}
