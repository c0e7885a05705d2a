/** Events in rings: their axons, and lengths signed as their trains. */
export interface EventRings {
  readonly axons: Int32Array
  readonly lengths: Int32Array
}

/**
 * The spike FIFO in front of the adder array, and the receive buffer behind it. Events wait in arrival order;
 * markers are kept beside them as a count and a debt of events, so that the order in which packets arrive does
 * not matter: a train is over when its marker has come and as many events as it announced were taken.
 */
export class SpikeFifo implements EventRings {
  /** Events the FIFO itself holds; what is beyond waits in flits of the receive buffer. */
  readonly capacity: number
  /** Events waiting, those in held flits included. */
  count = 0
  /** Markers arrived and not yet used up by a CONSUME. */
  markers = 0
  /** Events the markers announced, less the events taken. Negative while a marker is still on its way. */
  owed = 0

  readonly axons: Int32Array
  readonly lengths: Int32Array
  /** Place of the oldest event. */
  head = 0

  private readonly held: Int32Array // events of each flit that still holds its place in the receive buffer
  private heldHead = 0
  private heldFlits = 0
  private heldEvents = 0
  private readonly announced: number[] = [] // events of each marker not yet used up, in arrival order

  /**
   * @param capacity events the FIFO holds
   * @param bufferFlits flits of the receive buffer: the network has no more of them on its way or held here
   * @param eventsPerFlit events one of them carries
   */
  constructor(capacity: number, bufferFlits: number, eventsPerFlit: number) {
    this.capacity = capacity
    this.axons = new Int32Array(capacity + bufferFlits * eventsPerFlit)
    this.lengths = new Int32Array(this.axons.length)
    this.held = new Int32Array(bufferFlits)
  }

  /**
   * Adds the events of a flit, axon and length by turns from word `first` of a payload on. Returns true if all fit and its
   * place is free at once; otherwise it is held. Law: the network's credits keep the receive buffer from overflowing.
   */
  pushFlit(payload: Int32Array, first: number, events: number): boolean {
    const { axons, lengths } = this
    if (this.count + events > axons.length) throw new RangeError('spike FIFO overflow: a flit arrived without credit')
    let place = this.placeOf(this.count)
    for (let word = first, end = first + 2 * events; word < end; word += 2) {
      axons[place] = payload[word]!
      lengths[place] = payload[word + 1]!
      if (++place === axons.length) place = 0
    }
    this.count += events
    if (this.count <= this.capacity) return true
    let at = this.heldHead + this.heldFlits++
    if (at >= this.held.length) at -= this.held.length
    this.held[at] = events
    this.heldEvents += events
    return false
  }

  /** Frees the oldest held flit if all its events have moved into the FIFO; true if it did. */
  freeHeldFlit(): boolean {
    if (this.eventsToRelease() > 0) return false
    this.heldEvents -= this.held[this.heldHead]!
    this.heldFlits--
    if (++this.heldHead === this.held.length) this.heldHead = 0
    return true
  }

  /** A marker arrived. */
  mark(events: number): void {
    this.markers++
    this.owed += events
    this.announced.push(events)
  }

  headAxon(): number {
    return this.axons[this.head]!
  }

  headLength(): number {
    return this.lengths[this.head]!
  }

  /** Axon of the event that stands `behind` places behind the head. */
  axonAt(behind: number): number {
    return this.axons[this.placeOf(behind)]!
  }

  /** Place of the event that stands `behind` places behind the head; of the next to come for `count`. */
  placeOf(behind: number): number {
    const at = this.head + behind
    return at < this.axons.length ? at : at - this.axons.length
  }

  /** Takes the oldest events away. */
  pop(events: number): void {
    this.head = this.placeOf(events)
    this.count -= events
    this.owed -= events
  }

  /** Events that must be taken before the oldest held flit is freed; Infinity if none is held. */
  eventsToRelease(): number {
    if (this.heldFlits === 0) return Infinity
    return this.count - (this.heldEvents - this.held[this.heldHead]!) - this.capacity
  }

  /** True when `markers` trains are over: all their events were taken. */
  complete(markers: number): boolean {
    return this.markers >= markers && this.owed === 0 && this.count === 0
  }

  /** Uses up the oldest `markers` markers; returns the events they announced. */
  takeMarkers(markers: number): number {
    this.markers -= markers
    return this.announced.splice(0, markers).reduce((sum, events) => sum + events, 0)
  }
}

/** Events from the FIFO's head on: how many, what they come to, and when they are taken. */
export class EventStretch {
  events = 0
  /** Their operations on each output, and the sum of their lengths' magnitudes. */
  operations = 0
  magnitude = 0
  /** Cycles the adder array is busy with them. */
  busy = 0
  /** Cycle of the last of them, and the one in which the array is free for the event behind them. */
  last = 0
  at = 0

  /** Makes it empty; the event at the head is taken in cycle `at`. */
  begin(at: number): void {
    this.events = this.operations = this.magnitude = this.busy = 0
    this.last = this.at = at
  }

  /** Some of its events, but not all, were taken. */
  shorten(by: EventStretch): void {
    this.events -= by.events
    this.operations -= by.operations
    this.magnitude -= by.magnitude
    this.busy -= by.busy
  }
}
