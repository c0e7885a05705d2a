/**
 * Packets and worms. A packet is what the owner enqueued; a worm is one train of flits in the network. They are
 * one to one except for repeated unicast, where a packet has a worm per destination. Ids are small and recycled.
 */
export class Worms {
  private freePackets = new Int32Array(256)
  private freePacketCount = 0
  packetLimit = 0
  /** Per packet: destinations that have not received the tail yet. */
  packetPending = new Int32Array(256)
  packetTag = new Int32Array(256)
  livePackets = 0

  private freeWorms = new Int32Array(256)
  private freeWormCount = 0
  private wormLimit = 0
  packet = new Int32Array(256)
  /** Its packet's tag. */
  tag = new Int32Array(256)
  /** Endpoint of a unicast worm; ~(destination set) of a branching one. */
  target = new Int32Array(256)
  source = new Int32Array(256)
  flits = new Int32Array(256)
  phase = new Uint8Array(256)
  /** Output of the next router, where the router before decides it (look-ahead with adaptive routing). */
  output = new Uint8Array(256)
  /** Destinations of this worm that have not received the tail yet. */
  pending = new Int32Array(256)
  next = new Int32Array(256)

  /** Packets whose last tail was delivered in the last step; their ids are free from the next step on. */
  private finished = new Int32Array(256)
  private finishedCount = 0

  newPacket(pending: number, tag: number): number {
    const id = this.freePacketCount > 0 ? this.freePackets[--this.freePacketCount]! : this.packetLimit++
    if (id >= this.packetPending.length) this.growPackets()
    this.packetPending[id] = pending
    this.packetTag[id] = tag
    this.livePackets++
    return id
  }

  newWorm(packet: number, source: number, target: number, flits: number, pending: number): number {
    const id = this.freeWormCount > 0 ? this.freeWorms[--this.freeWormCount]! : this.wormLimit++
    if (id >= this.packet.length) this.growWorms()
    this.packet[id] = packet
    this.tag[id] = this.packetTag[packet]!
    this.source[id] = source
    this.target[id] = target
    this.flits[id] = flits
    this.pending[id] = pending
    this.phase[id] = 2
    this.next[id] = -1
    return id
  }

  /** One destination of a worm received its tail. */
  tailDelivered(worm: number): void {
    const packet = this.packet[worm]!
    if (--this.pending[worm]! === 0) {
      if (this.freeWormCount === this.freeWorms.length) this.freeWorms = doubled(this.freeWorms)
      this.freeWorms[this.freeWormCount++] = worm
    }
    if (--this.packetPending[packet]! > 0) return
    this.livePackets--
    if (this.finishedCount === this.finished.length) this.finished = doubled(this.finished)
    this.finished[this.finishedCount++] = packet
  }

  /** Frees the ids of packets that finished in the previous step. */
  recycle(): void {
    while (this.finishedCount > 0) {
      if (this.freePacketCount === this.freePackets.length) this.freePackets = doubled(this.freePackets)
      this.freePackets[this.freePacketCount++] = this.finished[--this.finishedCount]!
    }
  }

  private growPackets(): void {
    this.packetPending = doubled(this.packetPending)
    this.packetTag = doubled(this.packetTag)
  }

  private growWorms(): void {
    this.packet = doubled(this.packet)
    this.tag = doubled(this.tag)
    this.target = doubled(this.target)
    this.source = doubled(this.source)
    this.flits = doubled(this.flits)
    this.pending = doubled(this.pending)
    this.next = doubled(this.next)
    this.phase = doubled(this.phase)
    this.output = doubled(this.output)
  }
}

function doubled<Words extends Int32Array | Uint8Array>(array: Words): Words {
  const larger = new (array.constructor as new (length: number) => Words)(array.length * 2)
  larger.set(array)
  return larger
}
