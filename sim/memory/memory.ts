import { Channel } from './channel.js'
import { CHANNEL_TIMINGS, type ChannelTimings, type DramKind } from './timings.js'

/** External memory as its user asks for it. */
export interface MemoryOptions {
  readonly kind: DramKind
  /** Peak of all channels together. */
  readonly gigabytesPerSecond: number
  /** Neighbouring bytes in one channel; the next as many lie in the next. */
  readonly interleaveBytes: number
  /** Bursts that a channel's controller considers at once. */
  readonly windowBursts: number
  /** From a request to its first burst, where the page was closed and nothing waits. */
  readonly latencyNs: number
}

export interface MemoryCounts {
  readonly bytes: number
  readonly activates: number
  readonly rowHits: number
  readonly rowConflicts: number
  /** Time that data buses moved data, summed over channels, ns. */
  readonly busyNs: number
}

/** Channels that bandwidth comes to: as many of the standard's as reach it, each as fast as its share asks for. */
export function channelsOf(kind: DramKind, gigabytesPerSecond: number): { channels: number; timings: ChannelTimings } {
  const standard = CHANNEL_TIMINGS[kind]
  const channels = Math.max(1, Math.ceil(gigabytesPerSecond / standard.gigabytesPerSecond - 1e-9))
  return { channels, timings: { ...standard, gigabytesPerSecond: gigabytesPerSecond / channels } }
}

/**
 * Channels side by side. An address lies in channel (address / interleave) mod channels; within a channel, pages go round
 * the banks, bank groups first, and a bank's number is mixed with its row, so that equal strides do not meet in one bank.
 */
export class Memory {
  readonly channels: readonly Channel[]
  /** Pages opened. */
  activates = 0
  private readonly options: MemoryOptions
  private readonly timings: ChannelTimings
  private readonly controllerNs: number

  constructor(options: MemoryOptions) {
    this.options = options
    const { channels, timings } = channelsOf(options.kind, options.gigabytesPerSecond)
    this.timings = timings
    this.channels = Array.from({ length: channels }, () => new Channel(timings, options.windowBursts))
    this.controllerNs = Math.max(0, options.latencyNs - timings.rcdNs - timings.clNs)
  }

  /** Moves bytes from or to an address; returns when the last is there, ns. Whole device bursts move. */
  transfer(now: number, address: number, bytes: number): number {
    const { interleaveBytes } = this.options
    const { pageBytes, burstBytes } = this.timings
    let done = now
    let at = address
    const end = address + bytes
    while (at < end) {
      const stripe = Math.floor(at / interleaveBytes)
      const channel = stripe % this.channels.length
      const local = Math.floor(stripe / this.channels.length) * interleaveBytes + (at % interleaveBytes)
      const length = Math.min(end - at, interleaveBytes - (at % interleaveBytes), pageBytes - (local % pageBytes))
      const bursts = Math.floor((local + length - 1) / burstBytes) - Math.floor(local / burstBytes) + 1
      done = Math.max(done, this.serve(now + this.controllerNs, channel, local, bursts))
      at += length
    }
    return done
  }

  private serve(now: number, channel: number, local: number, bursts: number): number {
    const { pageBytes, banks } = this.timings
    const page = Math.floor(local / pageBytes)
    const row = Math.floor(page / banks)
    const one = this.channels[channel]!
    const opened = one.rowMisses + one.rowConflicts
    const done = one.serve(now, (page + row) % banks, row, bursts)
    this.activates += one.rowMisses + one.rowConflicts - opened
    return done
  }

  counts(): MemoryCounts {
    const { burstBytes } = this.timings
    const sum = (value: (channel: Channel) => number): number => this.channels.reduce((total, channel) => total + value(channel), 0)
    return {
      bytes: burstBytes * sum(({ bursts }) => bursts), activates: this.activates, rowHits: sum(({ rowHits }) => rowHits),
      rowConflicts: sum(({ rowConflicts }) => rowConflicts), busyNs: sum(({ busyNs }) => busyNs),
    }
  }

  /** Refreshes of all channels in a microsecond, idle or not. */
  get refreshesPerMicrosecond(): number {
    return (1000 * this.channels.length) / this.timings.refiNs
  }
}
