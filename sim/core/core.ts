import type { DecodedProgram } from '../../isa/index.js'
import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import type { CoreImage } from '../image.js'
import type { ChipSpec } from '../spec/chip-spec.js'
import type { CorePorts } from './ports.js'
import { AdderArray } from './adders.js'
import { SpikeFifo } from './fifo.js'

/** Why a core does nothing; the names are what a deadlock report says. */
export const RUNNING = 0
export const WAIT_SEMAPHORE = 1
export const WAIT_SPIKES = 2
export const WAIT_INJECTION = 3
export const WAIT_BARRIER = 4
export const HALTED = 5
export type CoreState = 0 | 1 | 2 | 3 | 4 | 5

/** Units whose busy cycles are reported apart. */
export const UNITS = ['sequencer', 'vector', 'adders', 'encoder', 'packetiser', 'memory'] as const
export type Unit = (typeof UNITS)[number]

const SEMAPHORE_OP = ACTION_INDEX.semaphoreOp

/**
 * State of one core: registers, memories, semaphores, and how far the current instruction is. What
 * the instructions do is in execute.ts; this file only keeps the state and wakes the core.
 */
export class Core {
  readonly id: number
  readonly spec: ChipSpec['core']
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
  readonly semaphores = new Int32Array(64)
  readonly fifo: SpikeFifo
  readonly adders: AdderArray
  /** Spike events sent on each route since its last end-of-train marker. */
  readonly eventsOnRoute: Int32Array
  readonly busyCycles = new Float64Array(UNITS.length)

  pc = 0
  state: CoreState = RUNNING
  /** First index into `counts` of the current instruction's tag. */
  tagBase = 0
  tag = 0
  /** 0 at an instruction's start; handlers of long instructions keep their place here. */
  phase = 0
  progress = 0
  /** Spikes already sent of the neuron in progress (unrolled trains). */
  partial = 0
  /** Spikes its adder array has taken since the run began. */
  spikesConsumed = 0
  /** Spike events sent since the run began. */
  emitted = 0
  /** Flits the injection queue must have room for before a blocked send goes on. */
  flitsWanted = 0
  haltedAtCycle = -1
  /** True from the first try of an instruction until it is over: it is counted once, however often it is tried. */
  issued = false
  /** Flits in the receive buffer whose events still wait for room in the FIFO. */
  heldFlits = 0

  constructor(id: number, spec: ChipSpec, image: CoreImage, program: DecodedProgram, ports: CorePorts, counts: Float64Array) {
    this.id = id
    this.spec = spec.core
    this.image = image
    this.program = program
    this.ports = ports
    this.counts = counts
    const words = Math.floor(spec.core.dataSramKiB * 256)
    this.data = new Int32Array(words)
    this.floatData = new Float32Array(this.data.buffer)
    this.byteData = new Int8Array(this.data.buffer)
    this.fifo = new SpikeFifo(spec.core.spikeFifoEvents, spec.network.bufferFlits * ports.format.eventsPerFlit)
    this.adders = new AdderArray(spec.core)
    this.eventsOnRoute = new Int32Array(image.routes.length)
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

  /** A packet's tail reached this core: its semaphore goes up, and a core that waits for it wakes. */
  post(semaphore: number, tag: number): void {
    this.semaphores[semaphore]!++
    this.counts[tag * ACTION_COUNT + SEMAPHORE_OP]!++
    if (this.state === WAIT_SEMAPHORE) this.wake()
  }

  /** Lets a waiting core look again, in the next cycle. */
  wake(): void {
    this.state = RUNNING
    this.ports.schedule(this.id, this.ports.now() + 1)
  }
}
