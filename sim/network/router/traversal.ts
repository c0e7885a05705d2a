import { LAYOUT, lowest as lowestBit } from '../layout.js'
import { Requests } from './requests.js'

const {
  R_FREE, R_INDEX, P_CREDIT, P_DELAY, P_ENDPOINT, P_FLITS, P_FREE, P_ID, P_KIND, P_NUMBER, P_OUT, P_PEER_IN, P_PEER_OUT,
  P_PER_FLIT, P_ROUTER, I_COUNT, I_HEAD, I_HELD, I_KEY, I_PORT, I_RING, I_STATE, O_CREDITS, O_DELIVERED, O_KEY, O_OWNER, O_PORT, O_SIZE,
  B_ALL, B_FIRST, B_OPEN, B_OVC, B_RELEASED, B_SENT, VC_ACTIVE, VC_BRANCHING, VC_IDLE, VC_WAITING, FLIT_TAIL, KIND_CHIP, KIND_EJECT,
  W_SIZE, W_TAG,
} = LAYOUT
const lowest = lowestBit // constants of this module: see layout.ts

/** Switch traversal (ST): a granted flit goes onto the link, its credit goes back, and behind a tail the next head moves up. */
export abstract class Traversal extends Requests {
  // core

  /** A match becomes a flit on its way, unless it was a bid without a VC (speculation that failed). */
  protected traverse(ivc: number, out: number): void {
    const m = this.m
    const state = m[ivc + I_STATE]!
    if (state === VC_BRANCHING) {
      const branchOvc = m[m[ivc + I_HELD]! + B_FIRST + 4 * m[out + P_NUMBER]! + B_OVC]!
      if (branchOvc >= 0 && m[branchOvc + O_CREDITS] !== 0) this.sendBranch(ivc, out, branchOvc)
      return
    }
    if (state !== VC_ACTIVE) return
    const ovc = m[ivc + I_HELD]!
    if (m[ovc + O_PORT] !== out || m[ovc + O_CREDITS] === 0) return
    const flit = m[ivc + I_RING + m[ivc + I_HEAD]!]!
    this.forward(flit, ovc, out)
    if ((flit & FLIT_TAIL) !== 0 || m[ovc + O_CREDITS] === 0 || m[ivc + I_COUNT] === 1) this.withdraw(ivc, out, 16)
    this.release(ivc, flit)
  }

  /** Puts a flit on the link behind an output VC and takes its credit; a tail gives the VC back. */
  protected forward(flit: number, ovc: number, out: number): void {
    const m = this.m
    const vc = m[ovc + O_KEY]! & 15
    const credits = m[ovc + O_CREDITS]! - 1
    m[ovc + O_CREDITS] = credits
    if (credits === 0) m[out + P_CREDIT]! &= ~(1 << vc)
    if ((flit & FLIT_TAIL) !== 0) {
      m[ovc + O_OWNER] = -1
      m[out + P_FREE]! |= 1 << vc
      m[m[out + P_ROUTER]! + R_FREE]! |= 1 << m[out + P_NUMBER]!
    }
    m[out + P_FLITS]!++
    const peer = m[out + P_PEER_IN]!
    this.pushFlit(this.now + 2 + m[out + P_DELAY]!, peer < 0 ? ~ovc : peer + vc * this.ivcSize, flit)
    if (this.finiteReceive && peer < 0) m[this.receiveFree + m[out + P_ENDPOINT]!]!--
    if (this.slowLinks && m[out + P_PER_FLIT]! > 1) this.holdLink(m[out + P_ID]!, m[out + P_PER_FLIT]!)
    if (this.countsTags) this.countLink(flit >> 2, m[out + P_KIND]!, m[out + P_ENDPOINT]!)
    if (this.watched) this.flitLeft(flit, m[m[out + P_ROUTER]! + R_INDEX]!, m[out + P_NUMBER]!, vc)
  }

  /** A flit reaches an input VC, or ~(the ejection VC) it leaves by, in a cycle to come. */
  pushFlit(cycle: number, target: number, flit: number): void {
    const m = this.m
    const slot = cycle & this.wheelMask
    const count = m[this.flitCount + slot]!
    const at = this.flitWords + slot * this.flitCapacity + count
    m[this.flitCount + slot] = count + 2
    m[at] = target
    m[at + 1] = flit
  }

  /** A credit reaches an output VC, or the endpoint behind ~(a port's output VC). */
  protected pushCredit(cycle: number, target: number): void {
    const m = this.m
    const slot = cycle & this.wheelMask
    const count = m[this.creditCount + slot]!
    m[this.creditCount + slot] = count + 1
    m[this.creditWords + slot * this.creditCapacity + count] = target
  }

  /** Books a flit on a link under its packet's tag: between chips and off the chip, or on the chip. */
  protected countLink(worm: number, kind: number, endpoint: number): void {
    const tag = this.m[this.worms + worm * W_SIZE + W_TAG]!
    if (kind === KIND_CHIP || (kind === KIND_EJECT && this.m[this.offChip + endpoint] === 1)) this.d[this.chipLinkFlits + tag]!++
    else if (kind !== KIND_EJECT) this.d[this.linkFlits + tag]!++
  }

  /** A flit reaches its endpoint: its credit goes back. Returns the flit's index in its packet. */
  protected eject(ovc: number, flit: number): number {
    const m = this.m
    const index = m[ovc + O_DELIVERED]!
    m[ovc + O_DELIVERED] = (flit & FLIT_TAIL) !== 0 ? 0 : index + 1
    this.pushCredit(this.now + 2, ovc)
    return index
  }

  /** Takes the front flit out of a buffer and returns its credit; behind a tail the next head moves up. */
  protected release(ivc: number, flit: number): void {
    const m = this.m
    const inPort = m[ivc + I_PORT]!
    m[ivc + I_HEAD] = (m[ivc + I_HEAD]! + 1) & this.ringMask
    const left = m[ivc + I_COUNT]! - 1
    m[ivc + I_COUNT] = left
    const vc = m[ivc + I_KEY]! & 15
    const peer = m[inPort + P_PEER_OUT]!
    this.pushCredit(this.now + 1 + m[inPort + P_DELAY]!, peer < 0 ? ~(m[inPort + P_OUT]! + vc * O_SIZE) : peer + vc * O_SIZE)
    if ((flit & FLIT_TAIL) === 0) return
    m[ivc + I_STATE] = left === 0 ? VC_IDLE : VC_WAITING
    if (left !== 0) this.moveUp(ivc)
  }

  /** The next head in a buffer is routed in the route stage of the next cycle; with look-ahead it needs none, and asks in the next. */
  protected moveUp(ivc: number): void {
    if (this.lookahead) {
      this.m[this.routeNow + this.routeNowCount] = ivc
      this.routeNowCount++
    } else {
      this.m[this.routeNext + this.routeNextCount] = ivc
      this.routeNextCount++
    }
  }

  /** One output of a branching packet sends its next flit; the buffer slot is freed when all outputs have it. */
  protected sendBranch(ivc: number, out: number, ovc: number): void {
    const m = this.m
    const record = m[ivc + I_HELD]!
    const branch = record + B_FIRST + 4 * m[out + P_NUMBER]!
    const ahead = m[branch + B_SENT]! - m[record + B_RELEASED]!
    const flit = m[ivc + I_RING + ((m[ivc + I_HEAD]! + ahead) & this.ringMask)]!
    this.forward(flit, ovc, out)
    m[branch + B_SENT]!++
    if ((flit & FLIT_TAIL) !== 0) {
      m[record + B_OPEN]! &= ~(1 << m[out + P_NUMBER]!)
      m[branch + B_OVC] = -1
      this.withdraw(ivc, out, 16)
    } else {
      this.refreshBranch(ivc, out)
    }
    let slowest = m[branch + B_SENT]!
    for (let all = m[record + B_ALL]!; all !== 0; all &= all - 1) {
      const sent = m[record + B_FIRST + 4 * lowest(all) + B_SENT]!
      if (sent < slowest) slowest = sent
    }
    if (slowest === m[record + B_RELEASED]) {
      this.branchCopies++
      return
    }
    m[record + B_RELEASED] = slowest
    const front = m[ivc + I_RING + m[ivc + I_HEAD]!]!
    if ((front & FLIT_TAIL) !== 0) {
      m[record] = this.freeBranch
      this.freeBranch = record
    }
    this.release(ivc, front)
  }

  // end of core
}
