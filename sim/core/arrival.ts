/** A packet that somebody waited for, and what it let go on. */
export interface Arrival {
  /** Cycle at which what waited for it was over. */
  readonly end: number
  readonly arrivedAt: number
  readonly sentAt: number
  /** Endpoint that sent it, and the tag it was sent under. */
  readonly from: number
  readonly fromTag: number
  /** Tag and part of what waited. */
  readonly tag: number
  readonly part: string
  /** What the receiver had done by the end, cycles by part. */
  readonly done: readonly number[]
}

/** What the walk asks of who stands at an endpoint. */
export interface PathSource {
  /** The last arrival whose wait was over by a cycle, and what had been done by the next one (or by now). */
  arrivalBefore(cycle: number): { readonly last: Arrival | undefined; readonly next: readonly number[] }
  /** Names of the parts of `done`. */
  readonly parts: readonly string[]
  /** The number that results call it. */
  readonly core: number
}
