import type { WriteMode } from './image.js'

/** What a packet carries; see docs/architecture.md, 'Four kinds of packet'. */
export const PACKET_EVENTS = 0
export const PACKET_MARKER = 1
export const PACKET_WORDS = 2
export const PACKET_SIGNAL = 3

/** Bits of one spike event in a flit: axon 14, sign 1, spare 1; a burst adds an 8-bit length. */
const EVENT_BITS = { unrolled: 16, burst: 24 } as const
/** Spikes that one burst event can stand for; a longer train takes several events. */
export const LONGEST_BURST = 255

/** Sizes that follow from the flit width: how many events and words a body flit holds. */
export interface PacketFormat {
  readonly eventsPerFlit: number
  readonly wordsPerFlit: number
  readonly eventsPerPacket: number
  readonly wordsPerPacket: number
}

/** @param flitBits flit width; a flit holds at least one event and one word */
export function packetFormat(
  network: { flitBits: number; eventsPerPacket: number; wordsPerPacket: number },
  spikeTrain: 'burst' | 'unrolled',
): PacketFormat {
  return {
    eventsPerFlit: Math.max(1, Math.floor(network.flitBits / EVENT_BITS[spikeTrain])),
    wordsPerFlit: Math.max(1, Math.floor(network.flitBits / 32)),
    eventsPerPacket: network.eventsPerPacket,
    wordsPerPacket: network.wordsPerPacket,
  }
}

/** Flits of an events packet: the header holds the first event, so a lone event is one flit. */
export function eventFlits(events: number, format: PacketFormat): number {
  return 1 + Math.ceil((events - 1) / format.eventsPerFlit)
}

/** Flits of a words packet: a header with address and mode, then the words. */
export function wordFlits(words: number, format: PacketFormat): number {
  return 1 + Math.ceil(words / format.wordsPerFlit)
}

/**
 * Spike events one packet to this many destinations carries at most: the format's, unless the packet branches in
 * the routers, where it must fit a buffer (see sim/network on trees).
 */
export function eventsPerPacketTo(
  destinations: number, network: { multicast: 'tree' | 'unicast', bufferFlits: number }, format: PacketFormat,
): number {
  if (destinations < 2 || network.multicast === 'unicast') return format.eventsPerPacket
  return Math.min(format.eventsPerPacket, 1 + (network.bufferFlits - 1) * format.eventsPerFlit)
}

/**
 * Payloads of the packets in flight, in parallel arrays indexed by the network's packet id. Ids are
 * small and recycled, so the arrays stay as small as the traffic.
 */
export class PacketStore {
  kind = new Uint8Array(64) // PACKET_*
  tag = new Uint16Array(64) // what the packet's arrival is counted under
  count = new Int32Array(64) // events or words carried; for a marker the events of its train
  tail = new Int32Array(64) // index of the last flit
  address = new Int32Array(64) // first data word written at the destination
  accumulate = new Uint8Array(64) // 1: add to the words there, 0: overwrite them
  semaphore = new Int16Array(64) // incremented by the tail
  payload: Int32Array // `slot` words a packet: data words, or axon and signed length by turns
  readonly slot: number

  constructor(format: PacketFormat) {
    this.slot = Math.max(format.wordsPerPacket, 2 * format.eventsPerPacket)
    this.payload = new Int32Array(64 * this.slot)
  }

  /** Makes room for a packet id and sets its header. Returns the offset of its payload. */
  open(id: number, kind: number, tag: number, count: number, flits: number): number {
    while (id >= this.kind.length) this.grow()
    this.kind[id] = kind
    this.tail[id] = flits - 1
    this.tag[id] = tag
    this.count[id] = count
    return id * this.slot
  }

  /** Sets where a words or signal packet lands. */
  aim(id: number, address: number, mode: WriteMode, semaphore: number): void {
    this.address[id] = address
    this.accumulate[id] = mode === 'accumulate' ? 1 : 0
    this.semaphore[id] = semaphore
  }

  private grow(): void {
    const wider = <T extends Uint8Array | Uint16Array | Int32Array | Int16Array>(old: T): T => {
      const larger = new (old.constructor as new (length: number) => T)(old.length * 2)
      larger.set(old)
      return larger
    }
    this.kind = wider(this.kind)
    this.tag = wider(this.tag)
    this.count = wider(this.count)
    this.tail = wider(this.tail)
    this.address = wider(this.address)
    this.accumulate = wider(this.accumulate)
    this.semaphore = wider(this.semaphore)
    this.payload = wider(this.payload)
  }
}
