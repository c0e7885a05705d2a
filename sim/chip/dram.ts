import { SimulationError } from '../errors.js'
import type { ChipSpec } from '../config/chip-spec.js'

/** External memory: one channel with a latency and a bandwidth, shared in the order of the requests. */
export class Dram {
  private readonly spec: ChipSpec['dram']
  private readonly bytesPerCycle: number
  private readonly latencyCycles: number
  private freeAt = 0

  constructor(spec: ChipSpec) {
    this.spec = spec.dram
    this.bytesPerCycle = (spec.dram.gigabytesPerSecond * 1000) / spec.clockMHz
    this.latencyCycles = Math.ceil((spec.dram.latencyNs * spec.clockMHz) / 1000)
  }

  /** Bytes that a transfer moves: whole bursts. */
  burstBytes(bytes: number): number {
    return Math.ceil(bytes / this.spec.burstBytes) * this.spec.burstBytes
  }

  /** Queues a transfer of whole bursts; returns the cycle at which its last byte is there. */
  load(now: number, bytes: number): number {
    if (this.spec.kind === 'none') {
      throw new SimulationError('the program loads weights, but the chip has no external memory (dram.kind: none)')
    }
    const start = Math.max(now + this.latencyCycles, this.freeAt)
    this.freeAt = start + this.burstBytes(bytes) / this.bytesPerCycle
    return Math.ceil(this.freeAt)
  }
}
