/** How events and words fill flits, and flits packets: what follows from the chip file alone. */

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

/**
 * Dense trains without events: values in the order of their neurons, so that a packet says the first neuron once and no
 * flit says any. As many flits a packet as with events.
 * @param valueBits of one value
 */
export function packedFormat(format: PacketFormat, flitBits: number, valueBits: number): PacketFormat {
  const eventsPerFlit = Math.max(1, Math.floor(flitBits / valueBits))
  const bodyFlits = Math.ceil((format.eventsPerPacket - 1) / format.eventsPerFlit)
  return { ...format, eventsPerFlit, eventsPerPacket: 1 + bodyFlits * eventsPerFlit }
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

/** Words one packet to this many destinations carries at most, for the same reason; the header takes a flit. */
export function wordsPerPacketTo(
  destinations: number, network: { multicast: 'tree' | 'unicast', bufferFlits: number }, format: PacketFormat,
): number {
  if (destinations < 2 || network.multicast === 'unicast') return format.wordsPerPacket
  return Math.min(format.wordsPerPacket, Math.max(1, (network.bufferFlits - 1) * format.wordsPerFlit))
}
