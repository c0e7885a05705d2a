/** A packet on its way or arrived: who sent it, when, and when the token it belongs to entered the chip. */
export interface Followed {
  readonly source: number
  readonly sentAt: number
  readonly born: number
}

/**
 * Follows tokens through the chip. What the host sends is born then; what a core sends is as old as the youngest thing it has
 * taken. A core takes what has come in the order in which it came: trains by their markers, posts by their semaphore.
 */
export class Follower {
  private readonly bornOf = new Map<number, number>() // by endpoint
  private readonly packets = new Map<number, Followed>()
  private readonly waiting = new Map<string, Followed[]>() // by endpoint and semaphore
  private host = -1

  /** Another machine begins: nothing is on its way. @param cycle what is born before the host has sent anything */
  begin(hostEndpoint: number, cycle: number): void {
    this.host = hostEndpoint
    this.bornOf.clear()
    this.packets.clear()
    this.waiting.clear()
    this.bornOf.set(-1, cycle)
  }

  /** When the token that an endpoint works on entered the chip. */
  born(endpoint: number): number {
    return this.bornOf.get(endpoint) ?? this.bornOf.get(-1) ?? 0
  }

  sent(packet: number, source: number, cycle: number): void {
    this.packets.set(packet, { source, sentAt: cycle, born: source === this.host ? cycle : this.born(source) })
  }

  /** @param semaphore -1 for the marker of a train */
  delivered(packet: number, endpoint: number, semaphore: number): void {
    const followed = this.packets.get(packet)
    if (followed === undefined) return
    const key = `${endpoint}/${semaphore}`
    const waiting = this.waiting.get(key)
    if (waiting === undefined) this.waiting.set(key, [followed])
    else waiting.push(followed)
  }

  /** What an endpoint took. */
  take(endpoint: number, semaphore: number, count: number): Followed[] {
    const taken = this.waiting.get(`${endpoint}/${semaphore}`)?.splice(0, count) ?? []
    const born = taken.reduce((youngest, packet) => Math.max(youngest, packet.born), this.born(endpoint))
    if (taken.length > 0) this.bornOf.set(endpoint, born)
    return taken
  }
}
