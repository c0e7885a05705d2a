import type { TokenTiming } from './host.js'
import { TokenHost } from './host.js'

/**
 * Feeds batches: says how many tokens a batch has, then goes through the rounds of embedding tiles, and in a round
 * through the tokens, because a tile's weights stay until all tokens have passed. The flag word follows a token's
 * sums, with its place in the batch; the next train goes when the first hub has put the token away. One more flag word
 * says that all tiles have taken all trains, so that the hub does not fire at one that still awaits a train.
 */
export class BatchHost extends TokenHost {
  private batch: TokenTiming[] = [] // tokens whose trains are being sent
  private round = 0
  private place = 0 // of the next token in the round
  private flagged = -1 // place of the token whose flag word follows when its train was taken
  private awaitsEmbedded = false
  private readonly sizes: number[] = [] // tokens of the batches in the chip, oldest first

  protected tokensOver(): number {
    return this.sizes[0]!
  }

  protected isFeeding(): boolean {
    return this.batch.length > 0
  }

  protected feed(): void {
    while (this.batch.length > 0 || this.begin()) if (!this.advance()) return
  }

  private begin(): boolean {
    const { creditSemaphore, batch } = this.plan
    if (this.queue.length === 0 || this.semaphores[creditSemaphore] === 0 || this.inFlight() > 0) return false
    this.semaphores[creditSemaphore]!--
    const tokens = Math.min(this.queue.length, batch!.tokens)
    this.ports.sendBatchHeader(tokens)
    this.batch = Array.from({ length: tokens }, () => this.takeFromQueue())
    this.sizes[0] = tokens
    this.round = this.place = 0
    return true
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
    if (this.round === this.plan.embedding.length) {
      this.ports.sendFlag(false, 0)
      this.batch = []
      return
    }
    const isOwned = this.ports.sendEmbedding(this.round, this.batch[this.place]!.token)
    this.toBeTaken = this.trainsOf(this.round)
    if (isOwned) this.flagged = this.place
    this.place++
  }
}
