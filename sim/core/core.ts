import type { DecodedProgram } from '../../isa/index.js'
import { disassembleWord } from '../../isa/index.js'
import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { SimulationError } from '../errors.js'
import type { CoreImage } from '../image.js'
import type { RowBatch } from '../kernels/row-batch.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { coreKindOf } from '../config/core-kinds.js'
import { FIFO_EVENT_BITS } from './ports.js'
import type { CorePorts } from './ports.js'
import { AdderArray } from './adders.js'
import { DataPorts } from './data-ports.js'
import { SpikeFifo } from './fifo.js'
import { ExternalMemory } from './external.js'
import type { ArrayContents } from './dense-kinds.js'
import { EncoderState, IntakeState, PacketiserState } from './in-flight.js'
import { coreKind } from './kinds.js'
import type { CoreKind } from './kinds.js'
import { RowStream } from './row-stream.js'
import type { SpikeSource } from './sampler.js'
import { UNITS } from './units.js'
import { WaitLog } from './waits.js'
import { WeightMemory } from './weights.js'

/** Why a core does nothing; the names are what a deadlock report says. */
export const RUNNING = 0
export const WAIT_SEMAPHORE = 1
export const WAIT_SPIKES = 2
export const WAIT_INJECTION = 3
export const WAIT_BARRIER = 4
export const HALTED = 5
export const WAIT_MEMORY = 6
export type CoreState = 0 | 1 | 2 | 3 | 4 | 5 | 6

/** Semaphores of a core: the reach of the instruction's 6-bit field. */
export const SEMAPHORES = 64

const SEMAPHORE_OP = ACTION_INDEX.semaphoreOp

/**
 * State of one core: registers, memories, semaphores and units. What the instructions do is in execute.ts, how far one is
 * stands with its unit (in-flight.ts); this file only keeps the state and wakes the core.
 */
export class Core {
  readonly id: number
  readonly spec: ChipSpec['core']
  readonly kind: CoreKind
  readonly image: CoreImage
  readonly program: DecodedProgram
  readonly ports: CorePorts
  /** Shared by all cores: counts by tag and action. */
  readonly counts: Float64Array

  readonly registers = new Int32Array(16)
  readonly floatRegisters = new Float32Array(this.registers.buffer)
  readonly data: Int32Array // data SRAM as integers,
  readonly floatData: Float32Array // as 32-bit floats,
  readonly byteData: Int8Array // and as packed bytes
  readonly dataPorts: DataPorts
  readonly semaphores = new Int32Array(SEMAPHORES)
  readonly fifo: SpikeFifo
  readonly adders: AdderArray
  readonly weights: WeightMemory
  readonly encoder: EncoderState
  readonly intake = new IntakeState()
  readonly packetiser: PacketiserState
  readonly streams: RowStream
  readonly external: ExternalMemory
  /** Statistics mode: where spike counts come from. */
  sampler: SpikeSource | undefined
  readonly busyCycles = new Float64Array(UNITS.length)

  pc = 0
  state: CoreState = RUNNING
  /** First index into `counts` of the current instruction's tag. */
  tagBase = 0
  tag = 0
  /** True from the first try of an instruction until it is over: it is counted once, however often it is tried. */
  issued = false
  /** 0 at an instruction's start, and when it is over; in between, the stage that its unit is in. */
  phase = 0

  /** What a core in WAIT_SEMAPHORE waits for. */
  semaphoreAwaited = 0
  countAwaited = 0
  /** What a systolic array holds (dense-kinds.ts). */
  readonly held: ArrayContents = { table: -1, trains: 0 }
  readonly waits = new WaitLog()
  /** Cycles of the instruction in progress that it waited for external memory. */
  memoryWait = 0
  /** Additions and products with weights of zero that were not made, by tag, by turns. */
  readonly spared: Float64Array
  /** Spikes its adder array has taken since the run began. */
  spikesConsumed = 0
  haltedAtCycle = -1

  constructor(
    id: number, spec: ChipSpec, image: CoreImage, program: DecodedProgram, ports: CorePorts, counts: Float64Array,
    batch?: RowBatch,
  ) {
    this.id = id
    this.spec = spec.core
    this.image = image
    this.program = program
    this.ports = ports
    this.counts = counts
    this.spared = new Float64Array(spec.core.zeroWeights === 'paid' ? 0 : (2 * counts.length) / ACTION_COUNT)
    this.data = new Int32Array(image.dataWords ?? Math.floor(spec.core.dataSramKiB * 256))
    this.floatData = new Float32Array(this.data.buffer)
    this.byteData = new Int8Array(this.data.buffer)
    this.dataPorts = new DataPorts(spec)
    this.kind = coreKind(coreKindOf(spec, id))
    this.fifo = fifoOf(spec, ports)
    this.streams = new RowStream(spec.core.spikeFifoEvents, image.axonTable.length)
    this.external = new ExternalMemory(image.external ?? [], ports.computes)
    this.adders = new AdderArray(spec.core, image.axonTable, batch, this.kind)
    this.weights = new WeightMemory(image.axonTable, this.adders.rowWords, spec.core.weightBankBits)
    this.encoder = new EncoderState(Math.max(ports.format.eventsPerPacket, ports.packed?.format.eventsPerPacket ?? 0), image.routes.length)
    this.packetiser = new PacketiserState(image, spec.network, ports)
    for (const segment of image.data) {
      if (segment.words instanceof Float32Array) this.floatData.set(segment.words, segment.address)
      else this.data.set(segment.words, segment.address)
    }
    if (image.program.length === 0) this.state = HALTED
  }

  /** Counts an action under the current instruction's tag. */
  count(action: number, times: number): void {
    this.counts[this.tagBase + action]! += times
  }

  /** A packet's tail reached this core: its semaphore goes up, and a core that waited for that wakes. */
  post(semaphore: number, tag: number): void {
    this.semaphores[semaphore]!++
    this.counts[tag * ACTION_COUNT + SEMAPHORE_OP]!++
    if (this.state !== WAIT_SEMAPHORE || semaphore !== this.semaphoreAwaited) return
    if (this.semaphores[semaphore]! >= this.countAwaited) this.wake()
  }

  /** Lets a waiting core look again, in the next cycle. */
  wake(): void {
    this.state = RUNNING
    this.ports.schedule(this.id, this.ports.now() + 1)
  }

  /** Waits for external memory; returns 0 so that the handler can return it. */
  waitForMemory(cycles: number): number {
    this.state = WAIT_MEMORY
    this.memoryWait += cycles
    this.ports.schedule(this.id, this.ports.now() + cycles)
    return 0
  }

  /** Checks a range of data SRAM that an instruction computed. @throws SimulationError if it is not inside */
  checkData(first: number, words: number, what: string): void {
    if (first >= 0 && words >= 0 && first + words <= this.data.length) return
    const range = words === 1 ? `word ${first}`
      : words < 0 ? `${words} words`
      : `words ${first}..${first + words - 1} (${words} of them)`
    throw this.error(`${what}: ${range}, but data SRAM has words 0..${this.data.length - 1} (core.dataSramKiB)`)
  }

  /** A failure of the current instruction: names core, instruction and operator. */
  error(what: string): SimulationError {
    const word = this.image.program[this.pc]
    const text = word === undefined ? 'past the end' : disassembleWord(word).replace(/\s+/g, ' ')
    const operator = this.ports.operatorName(this.image.tags[this.pc] ?? 0)
    return new SimulationError(
      `core ${this.id}${this.roleText()}, instruction ${this.pc} '${text}' of ${operator}, cycle ${this.ports.now()}: ${what}`,
    )
  }
  /** What it is for, in parentheses, for messages. */
  protected roleText(): string {
    return this.image.roles.length > 0 ? ` (${this.image.roles.join(', ')})` : ''
  }
}

/** The FIFO's bits hold events, or more of the values that travel packed. */
function fifoOf({ core, network }: ChipSpec, { format, packed }: CorePorts): SpikeFifo {
  if (packed === undefined) return new SpikeFifo(core.spikeFifoEvents, network.bufferFlits, format.eventsPerFlit)
  const perEvent = Math.floor(FIFO_EVENT_BITS / packed.valueBits)
  return new SpikeFifo(core.spikeFifoEvents * perEvent, network.bufferFlits, Math.max(format.eventsPerFlit, packed.format.eventsPerFlit))
}
