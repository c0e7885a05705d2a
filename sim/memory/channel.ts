import type { ChannelTimings } from './timings.js'

/** Bursts of a run that enter the controller's window together. */
const PIECE_BURSTS = 8

/**
 * One memory channel. A *run* is bursts of one page that are asked for together; runs are served in the order they
 * come, each as early as these allow:
 *   - its page open: activated tRCD before, at least tRRD after the activate before and tFAW after the fourth before, in
 *     a bank that was precharged tRP before, at least tRAS after its own activate;
 *   - the data bus, one burst at a time, work-conserving: bursts of several open pages may take turns on it;
 *   - its bank group, which takes a burst only every other time (tCCD_L);
 *   - refresh, which closes all pages and holds everything for tRFC every tREFI;
 *   - the controller's window: it looks at no run while that many bursts before it are not done.
 * Commands never wait for the command bus. Times are nanoseconds since the start.
 */
export class Channel {
  bursts = 0
  /** Runs that found their page open, found their bank closed, found another page open. */
  rowHits = 0
  rowMisses = 0
  rowConflicts = 0
  /** Time the data bus moved data, ns. */
  busyNs = 0

  private readonly t: ChannelTimings
  private readonly windowBursts: number
  private readonly burstNs: number
  private readonly openRow: Float64Array // by bank; -1: closed
  private readonly activatedAt: Float64Array
  private readonly usableAt: Float64Array // by bank: the last data of its page has left, or its precharge is over
  private readonly groupFreeAt: Float64Array
  private activateTurnAt = 0 // when the power budget (tRRD, tFAW) allows another activate
  private busFreeAt = 0
  private nextRefreshAt: number
  private readonly waitingUntil: Float64Array // pieces in the controller's window: when each is done
  private readonly waitingBursts: Int32Array // and its bursts
  private pieces = 0
  private burstsInWindow = 0

  /** @param windowBursts bursts that the controller considers at once */
  constructor(timings: ChannelTimings, windowBursts: number) {
    this.t = timings
    const { t } = this
    this.windowBursts = windowBursts
    this.burstNs = t.burstBytes / t.gigabytesPerSecond
    this.openRow = new Float64Array(t.banks).fill(-1)
    this.activatedAt = new Float64Array(t.banks).fill(-Infinity)
    this.usableAt = new Float64Array(t.banks)
    this.groupFreeAt = new Float64Array(t.bankGroups)
    this.nextRefreshAt = t.refiNs
    this.waitingUntil = new Float64Array(windowBursts)
    this.waitingBursts = new Int32Array(windowBursts)
  }

  /** Serves a run of bursts; returns when its last data is there. @param now when it is asked for */
  serve(now: number, bank: number, row: number, bursts: number): number {
    let done = now
    for (let rest = bursts; rest > 0; rest -= PIECE_BURSTS) {
      const piece = Math.min(rest, PIECE_BURSTS)
      const entered = Math.max(now, this.makeRoom(piece))
      if (Math.max(entered, this.busFreeAt) >= this.nextRefreshAt) this.refresh(Math.max(entered, this.busFreeAt))
      done = this.move(this.open(entered, bank, row) + this.t.clNs, entered, bank, piece)
    }
    return done
  }

  /** Takes what is done first out of the window until so many bursts more fit; returns when they do. */
  private makeRoom(bursts: number): number {
    let at = 0
    while (this.pieces > 0 && this.burstsInWindow + bursts > this.windowBursts) {
      let first = 0
      for (let i = 1; i < this.pieces; i++) if (this.waitingUntil[i]! < this.waitingUntil[first]!) first = i
      at = Math.max(at, this.waitingUntil[first]!)
      this.burstsInWindow -= this.waitingBursts[first]!
      this.pieces--
      this.waitingUntil[first] = this.waitingUntil[this.pieces]!
      this.waitingBursts[first] = this.waitingBursts[this.pieces]!
    }
    return at
  }

  /** The refresh that is due by a time; those before it fell into idle time. */
  private refresh(by: number): void {
    const { t } = this
    this.nextRefreshAt += Math.floor((by - this.nextRefreshAt) / t.refiNs) * t.refiNs
    const end = Math.max(this.nextRefreshAt, this.busFreeAt) + t.rfcNs
    this.openRow.fill(-1)
    this.usableAt.fill(end)
    this.groupFreeAt.fill(end)
    this.busFreeAt = end
    this.nextRefreshAt += t.refiNs
  }

  /** Opens a page; returns when a column command may go to it. */
  private open(now: number, bank: number, row: number): number {
    const { t } = this
    if (this.openRow[bank] === row) {
      this.rowHits++
      return Math.max(now, this.activatedAt[bank]! + t.rcdNs)
    }
    let activateAt = Math.max(now, this.usableAt[bank]!)
    if (this.openRow[bank]! >= 0) {
      this.rowConflicts++
      activateAt = Math.max(activateAt, this.activatedAt[bank]! + t.rasNs) + t.rpNs
    } else this.rowMisses++
    this.activateTurnAt = Math.max(this.activateTurnAt, now)
    activateAt = Math.max(activateAt, this.activateTurnAt)
    this.activateTurnAt += Math.max(t.rrdNs, t.fawNs / 4)
    this.openRow[bank] = row
    this.activatedAt[bank] = activateAt
    return activateAt + t.rcdNs
  }

  /**
   * Moves bursts of an open page; returns when the last is there. Turns on the bus and in the bank group are given when
   * the run enters the window, so a page that opens late holds up nobody whose page is open: first ready, first served.
   */
  private move(dataAt: number, entered: number, bank: number, bursts: number): number {
    const { t, burstNs } = this
    const group = bank % t.bankGroups
    const long = burstNs * t.ccdLongOverShort
    const busStart = Math.max(entered + t.clNs, this.busFreeAt)
    const groupStart = Math.max(entered + t.clNs, this.groupFreeAt[group]!)
    this.busFreeAt = busStart + bursts * burstNs
    this.groupFreeAt[group] = groupStart + bursts * long
    const end = Math.max(this.busFreeAt, this.groupFreeAt[group]! - long + burstNs, dataAt + (bursts - 1) * long + burstNs)
    this.usableAt[bank] = Math.max(this.usableAt[bank]!, end - t.clNs)
    this.busyNs += bursts * burstNs
    this.bursts += bursts
    this.waitingUntil[this.pieces] = end
    this.waitingBursts[this.pieces++] = bursts
    this.burstsInWindow += bursts
    return end
  }
}

