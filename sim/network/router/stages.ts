import { LAYOUT, lowest as lowestBit } from '../layout.js'
import { VcAllocation } from './vc-allocation.js'

const {
  R_ALONE, R_COLUMN, R_FLITS, R_FREE, R_INDEX, R_REQUESTS, R_ROW, R_SIZE, LISTED, P_NUMBER, P_ROUTER, P_ENDPOINT, I_ALLOWED, I_COUNT,
  I_HEAD, I_HELD, I_KEY, I_PORT, I_RING, I_STATE, O_CREDITS, O_PORT, B_ALL, B_ALLOWED, B_FIRST, B_OPEN, B_OVC, B_RELEASED, B_SENT,
  VC_ACTIVE, VC_BRANCHING, VC_IDLE, VC_WAITING, W_PLACE, W_SIZE, W_TAG,
} = LAYOUT
const lowest = lowestBit

/**
 * One cycle of all routers. The stages of a head flit that arrives in cycle t (hopCycles 5): route computation t,
 * VC allocation t + 1, switch allocation t + 2, switch traversal t + 3, link; it arrives at the next router in t + 5.
 * A credit sent with the switch grant of cycle g can be used upstream in g + 2. Allocation is separable, output
 * first, one iteration, with iSLIP's pointers (McKeown, 1999), which move only on an accept.
 */
export abstract class Stages extends VcAllocation {
  // core

  /** Route computation (RC) of the head at the front of an input VC, which then asks for a VC from the next cycle on. */
  protected computeRoute(ivc: number): void {
    const m = this.m
    const inPort = m[ivc + I_PORT]!
    const ports = m[inPort + P_ROUTER]! + R_SIZE
    const place = this.plainXy ? m[this.worms + (m[ivc + I_RING + m[ivc + I_HEAD]!]! >> 2) * W_SIZE + W_PLACE]! : -1
    if (place >= 0) {
      const router = m[inPort + P_ROUTER]!
      const dx = (place >> 14) - m[router + R_COLUMN]!
      const dy = ((place >> 4) & 1023) - m[router + R_ROW]!
      const output = dx !== 0 ? (dx > 0 ? 0 : 1) : dy !== 0 ? (dy > 0 ? 2 : 3) : place & 15
      m[ivc + I_ALLOWED] = this.allVcs
      this.request(ivc, ports + output * this.portSize, 0)
      return
    }
    const outputs = this.routeElsewhere(ivc)
    const several = (outputs & (outputs - 1)) !== 0
    const record = several ? this.newBranch(outputs) : 0
    if (several) {
      m[ivc + I_STATE] = VC_BRANCHING
      m[ivc + I_HELD] = record
    }
    for (let rest = outputs; rest !== 0; rest &= rest - 1) {
      const output = lowest(rest)
      const vcs = m[this.routeVcs + output]!
      if (several) m[record + B_FIRST + 4 * output + B_ALLOWED] = vcs
      else m[ivc + I_ALLOWED] = vcs
      this.request(ivc, ports + output * this.portSize, 0)
    }
  }

  protected newBranch(outputs: number): number {
    const m = this.m
    const at = this.freeBranch
    this.freeBranch = m[at]!
    m[at + B_ALL] = outputs
    m[at + B_OPEN] = outputs
    m[at + B_RELEASED] = 0
    for (let output = 0; output < this.ports; output++) {
      m[at + B_FIRST + 4 * output + B_OVC] = -1
      m[at + B_FIRST + 4 * output + B_SENT] = 0
    }
    return at
  }

  /** Route stage: at the end of a cycle the waiting heads are routed. */
  protected routeStage(): void {
    for (let k = 0; k < this.routeNowCount; k++) this.computeRoute(this.m[this.routeNow + k]!)
    const spent = this.routeNow
    this.routeNow = this.routeNext
    this.routeNowCount = this.routeNextCount
    this.routeNext = spent
    this.routeNextCount = 0
  }

  /** What is on the wires until this cycle: flits enter buffers, or are delivered, and then stand at `delivered`. */
  arrivals(): number {
    const m = this.m
    const slot = this.now & this.wheelMask
    const first = this.flitWords + slot * this.flitCapacity
    const end = first + m[this.flitCount + slot]!
    let count = 0
    for (let k = first; k < end; k += 2) {
      const target = m[k]!
      if (target >= 0) {
        this.receive(target, m[k + 1]!)
        continue
      }
      const at = this.delivered + 3 * count
      m[at] = m[m[~target + O_PORT]! + P_ENDPOINT]!
      m[at + 1] = m[k + 1]!
      m[at + 2] = this.eject(~target, m[k + 1]!)
      count++
    }
    this.arrived = ((end - first) >> 1) - count
    m[this.flitCount + slot] = 0
    return count
  }

  /** A flit enters the buffer of an input VC. */
  protected receive(ivc: number, flit: number): void {
    const m = this.m
    const count = m[ivc + I_COUNT]!
    m[ivc + I_RING + ((m[ivc + I_HEAD]! + count) & this.ringMask)] = flit
    m[ivc + I_COUNT] = count + 1
    const inPort = m[ivc + I_PORT]!
    m[m[inPort + P_ROUTER]! + R_FLITS]!++
    if (this.countsTags) this.d[this.flitHopsOf + m[this.worms + (flit >> 2) * W_SIZE + W_TAG]!]!++
    if (this.watched) this.flitArrived(flit, m[m[inPort + P_ROUTER]! + R_INDEX]!, m[inPort + P_NUMBER]!, m[ivc + I_KEY]! & 15)
    const state = m[ivc + I_STATE]!
    if (state === VC_IDLE) {
      m[ivc + I_STATE] = VC_WAITING
      if (this.lookahead) this.computeRoute(ivc)
      else {
        m[this.routeNow + this.routeNowCount] = ivc
        this.routeNowCount++
      }
    } else if (state === VC_ACTIVE) {
      const ovc = m[ivc + I_HELD]!
      if (count === 0 && m[ovc + O_CREDITS] !== 0) this.requestSwitch(ivc, m[ovc + O_PORT]!)
    } else if (state === VC_BRANCHING) this.refreshBranches(ivc)
  }

  /** Allocation and switch traversal of every router with requests, then the route stage. */
  stages(): void {
    const m = this.m
    const count = this.activeCount
    let kept = 0
    for (let k = 0; k < count; k++) {
      const router = m[this.active + k]!
      const requests = m[router + R_REQUESTS]!
      const able = requests & m[router + R_FREE]! // the outputs that can hand out a VC: the others stay as they are
      const alone = m[router + R_ALONE]!
      if (alone < 0 || able !== 0 || requests >>> 16 !== 0) this.allocate(router, alone, able)
      else if (!this.passAlone(alone)) m[router + R_ALONE] = -1
      if (m[router + R_REQUESTS] !== LISTED || m[router + R_ALONE]! >= 0) {
        m[this.active + kept] = router
        kept++
      } else m[router + R_REQUESTS] = 0
    }
    this.activeCount = kept
    if (this.routeNowCount !== 0 || this.routeNextCount !== 0) this.routeStage()
  }

  /** VA, SA and ST of one router: both allocations look at the state at the start of the cycle, and are then committed. */
  protected allocate(router: number, alone: number, able: number): void {
    const m = this.m
    if (alone >= 0) {
      this.request(alone, m[m[alone + I_HELD]! + O_PORT]!, 16)
      m[router + R_ALONE] = -1
    }
    const certain = m[router + R_REQUESTS]! >>> 16
    if (able === 0 && (certain & (certain - 1)) === 0) {
      if (certain !== 0) this.passOne(router, router + R_SIZE + lowest(certain) * this.portSize)
      return
    }
    const bids = certain | (this.speculative ? able : 0)
    if (bids === 0 && (able & (able - 1)) === 0 && this.allocateLone(router, lowest(able))) return
    this.grantCount = 0
    this.matchCount = 0
    if (able !== 0) this.allocateVcs(router, able)
    if (bids !== 0) this.allocateSwitch(router, bids)
    for (let g = 0; g < this.grantCount; g++) this.takeVc(m[this.grants + 2 * g]!, m[this.grants + 2 * g + 1]!)
    for (let n = 0; n < this.matchCount; n++) this.traverse(m[this.matches + 2 * n]!, m[this.matches + 2 * n + 1]!)
  }
  // end of core
}
