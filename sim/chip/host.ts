import type { Component } from '../component.js'
import type { Arrival, PathSource } from '../core/arrival.js'
import { hostWords } from '../image.js'
import type { HostPlan } from '../image.js'
import { PACKET_WORDS, storeWords } from '../packets.js'
import type { PacketFormat, PacketStore } from '../packets.js'

/** What the host needs of the chip: its packets enter the network at the host port. */
export interface HostPorts {
  /** The host's number as a component, and its place in the network. */
  readonly id: number
  readonly endpoint: number
  readonly format: PacketFormat
  readonly store: PacketStore
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
  /** What all cores must know of the batch that begins. */
  sendBatchHeader(words: Int32Array): void
  /** A token's residual vector, its flag word behind it, to the first hub of a program without embedding. */
  sendInput(words: Int32Array): void
}

/** When a token was handed to the chip and when it had left it. */
export interface TokenTiming {
  readonly token: number
  readonly position: number
  /** Which of the sequences that run together. */
  readonly sequence: number
  readonly wantsLogits: boolean
  readonly startCycle: number
  endCycle: number
}

/** What `Choose` returns to end its sequence: nothing is fed after it. */
export const END_OF_SEQUENCE = -1

/** Called with the logits after a position of a sequence, returns the next token id, or END_OF_SEQUENCE. */
export type Choose = (logits: Float32Array, position: number, sequence: number) => number

/**
 * The host: feeds tokens while the chip has room for them, takes logits, has the next token chosen, and stops when enough
 * were. It is the one component that is not an ISA program.
 */
export abstract class Host implements Component {
  readonly name = 'the host'
  readonly data: Int32Array
  readonly floatData: Float32Array
  readonly semaphores = new Int32Array(64)
  readonly timings: TokenTiming[] = []
  done = false
  readonly path: PathSource = {
    parts: ['host'],
    core: -1,
    arrivalBefore: (cycle) => {
      const at = this.arrivals.findLastIndex(({ end }) => end <= cycle)
      return { last: this.arrivals[at], next: [cycle] }
    },
  }

  private readonly arrivals: Arrival[] = []

  protected readonly plan: HostPlan
  protected readonly ports: HostPorts
  protected toBeTaken = 0 // trains sent whose tiles have not signalled yet

  constructor(plan: HostPlan, ports: HostPorts) {
    this.plan = plan
    this.ports = ports
    this.data = new Int32Array(hostWords(plan))
    this.floatData = new Float32Array(this.data.buffer)
  }

  /** Takes what has arrived, then feeds what fits. */
  abstract step(): void
  /** What the host waits for while it is not done, in words. */
  protected abstract waitText(): string

  get id(): number {
    return this.ports.id
  }

  get endpoint(): number {
    return this.ports.endpoint
  }

  get isDone(): boolean {
    return this.done
  }

  /** Words and signals are taken as they come; a packet's tail posts its semaphore, and the host looks in the next cycle. */
  receive(packet: number, flit: number, isTail: boolean): boolean {
    const { store, format } = this.ports
    if (store.kind[packet] === PACKET_WORDS && flit > 0) storeWords(this.data, store, format, packet, flit)
    if (isTail) {
      const now = this.ports.now()
      this.arrivals.push({
        end: now, arrivedAt: now, sentAt: store.sentAt[packet]!, from: store.source[packet]!, fromTag: store.tag[packet]!,
        tag: this.plan.tag, part: 'host', done: [now],
      })
      this.semaphores[store.semaphore[packet]!]!++
      this.ports.scheduleHost(this.ports.now() + 1)
    }
    return true
  }

  injected(): void {
    // The host's queue is in its own memory: it never waits for room.
  }

  passBarrier(): void {
    // It never waits at one.
  }

  settle(): number {
    return -1
  }

  waitingFor(): string | undefined {
    return this.done ? undefined : `host: waits for ${this.waitText()}`
  }

  increments(endpoint: number, semaphore: number): boolean {
    const { flag } = this.plan
    return flag.semaphore === semaphore && flag.destinations.includes(endpoint)
  }

  report(): undefined {
    return undefined
  }

  /** A copy of the logits that have arrived, of one sequence. */
  protected logits(sequence: number): Float32Array {
    const { address, length } = this.plan.logits
    const first = address + sequence * length
    return this.floatData.slice(first, first + length)
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

  /** In words, the embedding tiles that have not taken their trains. */
  protected waitingForTiles(): string {
    return `${this.toBeTaken} embedding tiles to take their trains`
  }
}

/** Feeds one sequence, token after token: as many at a time as the chip has room for. */
export class PipelineHost extends Host {
  private readonly queue: number[] // token ids still to be fed
  private readonly choose: Choose
  private toGenerate: number
  private completed = 0
  private token: TokenTiming | undefined
  private round = Number.MAX_SAFE_INTEGER // next round of trains of the token in hand

  /**
   * @param prompt token ids, at least one; logits are taken from the last on
   * @param generate tokens to choose
   */
  constructor(plan: HostPlan, ports: HostPorts, prompt: readonly number[], generate: number, choose: Choose) {
    super(plan, ports)
    this.queue = [...prompt]
    this.toGenerate = generate
    this.choose = choose
  }

  step(): void {
    while (this.takeToken()) continue
    if (!this.sendRounds()) return
    const { creditSemaphore, tokensInFlight } = this.plan
    while (this.queue.length > 0 && this.semaphores[creditSemaphore]! > 0 && this.inFlight() < tokensInFlight) {
      this.semaphores[creditSemaphore]!--
      this.feed()
      if (!this.sendRounds()) return
    }
  }

  protected waitText(): string {
    const next = this.timings[this.completed]
    if (this.round <= this.plan.embedding.length) return this.waitingForTiles()
    if (next === undefined) return `a credit to send position ${this.timings.length}`
    return `${next.wantsLogits ? 'the logits' : 'the end'} of position ${next.position}`
  }

  /** Whether the logits of a position are wanted: only the last token's say how it goes on. */
  protected wantsLogits(_position: number): boolean {
    return this.queue.length === 0
  }

  /** What becomes of a chosen token: it is fed next. */
  protected goOn(next: number): void {
    this.queue.push(next)
  }

  /** What goes when all embedding tiles have taken a token's trains: its flag word. */
  protected sendLast({ wantsLogits }: TokenTiming): void {
    this.ports.sendFlag(wantsLogits)
  }

  private inFlight(): number {
    return this.timings.length - this.completed
  }

  private feed(): void {
    const token = this.queue.shift()!
    const position = this.timings.length
    const wantsLogits = this.wantsLogits(position)
    this.token = { token, position, sequence: 0, wantsLogits, startCycle: this.ports.now(), endCycle: -1 }
    this.timings.push(this.token)
    this.round = 0
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
    const { semaphore, packets } = this.plan.logits
    this.semaphores[semaphore]! -= packets
    const next = this.choose(this.logits(0), position, 0)
    this.toGenerate = next === END_OF_SEQUENCE ? 0 : this.toGenerate - 1
    if (this.toGenerate > 0) this.goOn(next)
    else this.done = true
  }
}
