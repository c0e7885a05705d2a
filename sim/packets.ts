import type { WriteMode } from './image.js'
import type { PacketFormat } from './config/packet-format.js'

/** What a packet carries; see docs/architecture.md, 'Four kinds of packet'. */
export const PACKET_EVENTS = 0
export const PACKET_MARKER = 1
export const PACKET_WORDS = 2
export const PACKET_SIGNAL = 3

export { eventFlits, eventsPerPacketTo, LONGEST_BURST, packedFormat, packetFormat, wordFlits, wordsPerPacketTo } from './config/packet-format.js'
export type { PacketFormat } from './config/packet-format.js'

/**
 * Payloads of the packets in flight, in parallel arrays indexed by the network's packet id. Ids are
 * small and recycled, so the arrays stay as small as the traffic.
 */
export class PacketStore {
  kind = new Uint8Array(64) // PACKET_*
  sentAt = new Float64Array(64) // cycle in which it was handed over
  source = new Int32Array(64) // endpoint that sent it
  tag = new Uint16Array(64) // what the packet's arrival is counted under
  count = new Int32Array(64) // events or words carried; for a marker the events of its train
  perFlit = new Int32Array(64) // events in a body flit; 0: the format's
  tail = new Int32Array(64) // index of the last flit
  address = new Int32Array(64) // first data word written at the destination
  accumulate = new Uint8Array(64) // 1: add to the words there, 0: overwrite them
  semaphore = new Int16Array(64) // incremented by the tail
  payload: Int32Array // `slot` words a packet: data words, or axon and signed length by turns
  readonly slot: number

  /** @param packed format of dense trains without events, where there are any */
  constructor(format: PacketFormat, packed: PacketFormat = format) {
    this.slot = Math.max(format.wordsPerPacket, 2 * format.eventsPerPacket, 2 * packed.eventsPerPacket)
    this.payload = new Int32Array(64 * this.slot)
  }

  /** Makes room for a packet id and sets its header. Returns the offset of its payload. */
  open(id: number, source: number, kind: number, tag: number, count: number, flits: number): number {
    while (id >= this.kind.length) this.grow()
    this.source[id] = source
    this.kind[id] = kind
    this.tail[id] = flits - 1
    this.tag[id] = tag
    this.count[id] = count
    this.perFlit[id] = 0
    return id * this.slot
  }

  /** Sets where a words or signal packet lands. */
  aim(id: number, address: number, mode: WriteMode, semaphore: number): void {
    this.address[id] = address
    this.accumulate[id] = mode === 'accumulate' ? 1 : 0
    this.semaphore[id] = semaphore
  }

  private grow(): void {
    const wider = <T extends Uint8Array | Uint16Array | Int32Array | Int16Array | Float64Array>(old: T): T => {
      const larger = new (old.constructor as new (length: number) => T)(old.length * 2)
      larger.set(old)
      return larger
    }
    this.kind = wider(this.kind)
    this.sentAt = wider(this.sentAt)
    this.source = wider(this.source)
    this.tag = wider(this.tag)
    this.count = wider(this.count)
    this.perFlit = wider(this.perFlit)
    this.tail = wider(this.tail)
    this.address = wider(this.address)
    this.accumulate = wider(this.accumulate)
    this.semaphore = wider(this.semaphore)
    this.payload = wider(this.payload)
  }
}

/** Writes the words of one body flit to a data memory, or adds them to what is there; returns how many. */
export function storeWords(
  data: Int32Array, store: PacketStore, format: PacketFormat, packet: number, flit: number,
): number {
  const first = (flit - 1) * format.wordsPerFlit
  const end = Math.min(store.count[packet]!, first + format.wordsPerFlit)
  const { payload } = store
  const from = packet * store.slot
  const address = store.address[packet]!
  if (store.accumulate[packet] === 0) {
    for (let word = first; word < end; word++) data[address + word] = payload[from + word]!
  } else {
    for (let word = first; word < end; word++) data[address + word]! += payload[from + word]!
  }
  return end - first
}
