import type { HostPlan } from '../image.js'

/** What the host needs of the chip: its packets enter the network at the host port. */
export interface HostPorts {
  now(): number
  /** Steps the host at a later cycle. */
  scheduleHost(cycle: number): void
  /** One round of a token's trains: a spike at the embedding tile that owns it, an empty train at the others. */
  sendEmbedding(round: number, token: number): void
  /** The flag word of a token. */
  sendFlag(wantsLogits: boolean): void
}

/** When a token was handed to the chip and when it had left it. */
export interface TokenTiming {
  readonly token: number
  readonly position: number
  readonly wantsLogits: boolean
  readonly startCycle: number
  endCycle: number
}

/**
 * The host: feeds tokens while the chip has room for them, takes logits, asks `choose` for the next
 * token, and stops after `generate` of them. It is the one component that is not an ISA program.
 */
export class TokenHost {
  readonly data: Int32Array
  readonly floatData: Float32Array
  readonly semaphores = new Int32Array(64)
  readonly timings: TokenTiming[] = []
  done = false

  private readonly plan: HostPlan
  private readonly ports: HostPorts
  private readonly queue: number[]
  private readonly choose: (logits: Float32Array, position: number) => number
  private toGenerate: number
  private completed = 0
  private token = 0
  private flag = false
  private round = Number.MAX_SAFE_INTEGER // next round of trains of the token in hand
  private toBeTaken = 0 // trains sent whose tiles have not signalled yet

  /**
   * @param prompt token ids, at least one; logits are taken from the last on
   * @param generate tokens to choose
   * @param choose called with the logits after each position, returns the next token id
   */
  constructor(
    plan: HostPlan,
    ports: HostPorts,
    prompt: readonly number[],
    generate: number,
    choose: (logits: Float32Array, position: number) => number,
  ) {
    this.plan = plan
    this.ports = ports
    this.queue = [...prompt]
    this.toGenerate = generate
    this.choose = choose
    this.data = new Int32Array(plan.logits.address + plan.logits.length)
    this.floatData = new Float32Array(this.data.buffer)
  }

  /** A packet's tail reached the host. */
  post(semaphore: number): void {
    this.semaphores[semaphore]!++
    this.ports.scheduleHost(this.ports.now() + 1)
  }

  /** Takes what has arrived, then feeds what fits. */
  step(): void {
    while (this.takeToken()) continue
    if (!this.sendRounds()) return
    const { creditSemaphore, tokensInFlight } = this.plan
    while (this.queue.length > 0 && this.semaphores[creditSemaphore]! > 0 && this.inFlight() < tokensInFlight) {
      this.semaphores[creditSemaphore]!--
      this.feed(this.queue.shift()!)
      if (!this.sendRounds()) return
    }
  }

  /**
   * Sends what may go of the token in hand: its rounds, each when the one before was taken, and behind them
   * the flag word. The first hub waits for the flag, so it does not fire at a core that still awaits an
   * embedding train. False while something waits to be taken.
   */
  private sendRounds(): boolean {
    const { embedding, confirms, takenSemaphore } = this.plan
    while (this.round <= embedding.length) {
      if (this.toBeTaken > this.semaphores[takenSemaphore]!) return false
      this.semaphores[takenSemaphore]! -= this.toBeTaken
      this.toBeTaken = 0
      const trains = embedding[this.round++]
      if (trains === undefined) {
        this.ports.sendFlag(this.flag)
        continue
      }
      this.ports.sendEmbedding(this.round - 1, this.token)
      if (confirms) this.toBeTaken = trains.reduce((sum, train) => sum + train.cores.length, 0)
    }
    return true
  }

  /** What the host waits for, in words, for a deadlock report. */
  waitingFor(): string {
    const next = this.timings[this.completed]
    if (this.round <= this.plan.embedding.length) return `host: waits for ${this.toBeTaken} embedding tiles to take their trains`
    if (next === undefined) return `host: waits for a credit to send position ${this.timings.length}`
    return `host: waits for ${next.wantsLogits ? 'the logits' : 'the end'} of position ${next.position}`
  }

  private inFlight(): number {
    return this.timings.length - this.completed
  }

  private feed(token: number): void {
    const wantsLogits = this.queue.length === 0
    const position = this.timings.length
    this.timings.push({ token, position, wantsLogits, startCycle: this.ports.now(), endCycle: -1 })
    this.flag = wantsLogits
    this.token = token
    this.round = 0
  }

  /** Completes the oldest token in the chip if it is over. */
  private takeToken(): boolean {
    const oldest = this.timings[this.completed]
    const { doneSemaphore, logits } = this.plan
    if (oldest === undefined || this.semaphores[doneSemaphore] === 0) return false
    if (oldest.wantsLogits && this.semaphores[logits.semaphore]! < logits.packets) return false
    this.semaphores[doneSemaphore]!--
    oldest.endCycle = this.ports.now()
    this.completed++
    if (oldest.wantsLogits) this.takeLogits(oldest.position)
    return true
  }

  private takeLogits(position: number): void {
    const { address, length, semaphore, packets } = this.plan.logits
    this.semaphores[semaphore]! -= packets
    const next = this.choose(this.floatData.slice(address, address + length), position)
    this.toGenerate--
    if (this.toGenerate > 0) this.queue.push(next)
    else this.done = true
  }
}
