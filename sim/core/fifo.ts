/**
 * The spike FIFO in front of the adder array: events in arrival order, and the end-of-train markers
 * that have come. A train is over when its marker has come and as many events as the markers
 * announced were taken, so the order in which packets arrive does not matter.
 */
export class SpikeFifo {
  readonly capacity: number
  /** Events waiting. */
  count = 0
  /** Markers arrived and not yet used up by a CONSUME. */
  markers = 0
  /** Events the markers announced, less the events taken. Negative while a marker is still on its way. */
  owed = 0

  private readonly axons: Int32Array
  private readonly lengths: Int32Array // signed: spikes of the train, negative for sign -1
  private head = 0

  /**
   * @param capacity events the FIFO holds
   * @param overhang events that flits in the receive buffer may hold behind it; they are kept here too,
   *   and the port gives a flit's credit back only when all its events are within `capacity`
   */
  constructor(capacity: number, overhang: number) {
    this.capacity = capacity
    this.axons = new Int32Array(capacity + overhang)
    this.lengths = new Int32Array(capacity + overhang)
  }

  /** Adds an event. Law: the network's credits keep the overhang from overflowing. */
  push(axon: number, length: number): void {
    const size = this.axons.length
    if (this.count === size) throw new RangeError('spike FIFO overflow: a flit arrived without credit')
    const at = (this.head + this.count++) % size
    this.axons[at] = axon
    this.lengths[at] = length
  }

  /** A marker arrived. */
  mark(events: number): void {
    this.markers++
    this.owed += events
  }

  headAxon(): number {
    return this.axons[this.head]!
  }

  headLength(): number {
    return this.lengths[this.head]!
  }

  pop(): void {
    this.head = (this.head + 1) % this.axons.length
    this.count--
    this.owed--
  }

  /** True when `markers` trains are over: all their events were taken. */
  complete(markers: number): boolean {
    return this.markers >= markers && this.owed === 0 && this.count === 0
  }
}
