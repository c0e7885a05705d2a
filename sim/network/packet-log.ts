import type { Network } from './network.js'
import { type Wait, type WaitReason, waits } from './stuck.js'

/** Cycles a packet waited at a router, by what for. 'packet': behind another packet in the same buffer. */
export type WaitCycles = Partial<Record<WaitReason | 'packet', number>>

/** One packet (or one copy, with repeated unicast) at one router. */
export interface HopRecord {
  readonly router: number
  readonly inputPort: number
  readonly inputVc: number
  /** Cycle the head entered the buffer. */
  readonly arrived: number
  /** Output ports the head left through, each with the VC it took and the cycle of its switch grant. */
  readonly left: { readonly outputPort: number, readonly outputVc: number, readonly cycle: number }[]
  readonly waits: WaitCycles
}

export interface PacketRecord {
  readonly packet: number
  readonly source: number
  readonly flits: number
  readonly created: number
  /** Cycle the head left the source queue; -1 while it waits there. */
  injected: number
  readonly hops: HopRecord[]
  /** Cycle the tail reached each destination. */
  readonly deliveries: { readonly endpoint: number, readonly cycle: number }[]
}

interface OpenHop {
  readonly hop: HopRecord
  readonly record: PacketRecord
}

const keyOf = (wait: Wait): string =>
  `${wait.worm} ${wait.router} ${wait.inputPort} ${wait.inputVc} ${wait.outputPort} ${wait.outputVc}`

/**
 * Follows every packet from creation to delivery. Costs a scan of all buffers per cycle: for traces and questions,
 * not for sweeps. Call `created` after each enqueue and `afterStep` after each step.
 */
export class PacketLog {
  private readonly network: Network
  private readonly open = new Map<number, PacketRecord>()
  private readonly hopsOfWorm = new Map<string, OpenHop>()
  private before = new Map<string, Wait>()
  readonly records: PacketRecord[] = []

  constructor(network: Network) {
    this.network = network
    network.routers.observer = {
      headArrived: (worm, router, port, vc) => this.arrived(worm, router, port, vc),
      headLeft: (worm, router, port, vc) => this.left(worm, router, port, vc),
    }
  }

  created(packet: number, source: number, flits: number, created: number): PacketRecord {
    const record: PacketRecord = { packet, source, flits, created, injected: -1, hops: [], deliveries: [] }
    this.open.set(packet, record)
    this.records.push(record)
    return record
  }

  private arrived(worm: number, router: number, inputPort: number, inputVc: number): void {
    const record = this.open.get(this.network.worms.packet[worm]!)
    if (!record) return
    const hop: HopRecord = { router, inputPort, inputVc, arrived: this.network.cycle, left: [], waits: {} }
    record.hops.push(hop)
    this.hopsOfWorm.set(`${worm} ${router}`, { hop, record })
  }

  private left(worm: number, router: number, outputPort: number, outputVc: number): void {
    this.hopsOfWorm.get(`${worm} ${router}`)?.hop.left.push({ outputPort, outputVc, cycle: this.network.cycle })
  }

  /** Books the waits, injections and deliveries of the step just made. */
  afterStep(): void {
    const { network } = this
    const now = network.cycle - 1
    for (let i = 0; i < network.injectedCount; i++) {
      const record = this.open.get(network.injectedPacket[i]!)
      if (record && record.injected < 0) record.injected = now
    }
    this.bookWaits()
    for (let i = 0; i < network.deliveredCount; i++) {
      const record = this.open.get(network.deliveredPacket[i]!)
      if (!record || network.deliveredFlit[i] !== record.flits - 1) continue
      record.deliveries.push({ endpoint: network.deliveredEndpoint[i]!, cycle: now })
    }
  }

  /** A request that was there before the step and still is has waited one cycle. */
  private bookWaits(): void {
    const after = new Map<string, Wait>()
    for (const wait of waits(this.network)) {
      const key = keyOf(wait)
      after.set(key, wait)
      if (wait.reason === 'route' || !this.before.has(key)) continue
      const hop = this.hopsOfWorm.get(`${wait.worm} ${wait.router}`)?.hop
      if (hop) hop.waits[wait.reason] = (hop.waits[wait.reason] ?? 0) + 1
    }
    this.before = after
  }

  /** The packet's id is free from now on; its record is complete. */
  forget(packet: number): void {
    this.open.delete(packet)
  }

  /**
   * Completes the records: cycles a head spent in a buffer beyond the pipeline's and its own booked waits, it was
   * behind another packet.
   */
  finish(): readonly PacketRecord[] {
    const { config } = this.network
    // From arrival to the switch grant an unhindered head takes hopCycles - 3: the rest of a hop is crossbar and link.
    const pipeline = config.hopCycles - 3
    for (const record of this.records) {
      for (const hop of record.hops) {
        const first = Math.min(...hop.left.map((exit) => exit.cycle))
        const booked = Object.values(hop.waits).reduce((a, b) => a + b, 0)
        const behind = hop.left.length === 1 && record.flits === 1 ? first - hop.arrived - pipeline - booked : 0
        if (behind > 0) hop.waits.packet = behind
      }
    }
    return this.records
  }
}
