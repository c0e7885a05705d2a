import { LAYOUT, lowest as lowestBit } from '../layout.js'
import { RouterState } from './state.js'

const {
  R_REQUESTS, R_ALONE, LISTED, P_REQUESTS, P_NUMBER, P_ROUTER, P_PAIR, I_COUNT, I_HELD, I_KEY, I_PORT, I_STATE, O_CREDITS,
  O_KEY, O_PORT, O_OWNER, P_CREDIT, P_ENDPOINT, P_INJECT, O_INJECT, B_FIRST, B_OPEN, B_OVC, B_RELEASED, B_SENT, VC_BRANCHING,
} = LAYOUT

const lowest = lowestBit // constants of this module: see layout.ts

/** Who asks for what: requests of input VCs for an output's virtual channels and for the switch, and the credits behind them. */
export abstract class Requests extends RouterState {
  // core (scripts/build-router.mjs compiles what follows to WebAssembly as well: integers, one array, no objects)

  /** Puts a router on the worklist. */
  protected list(router: number): void {
    this.m[this.active + this.activeCount] = router
    this.activeCount++
  }

  /** An input VC asks an output port for a VC (half 0) or for the switch (half 16). */
  request(ivc: number, out: number, half: number): void {
    const m = this.m
    const key = m[ivc + I_KEY]!
    const router = m[out + P_ROUTER]!
    m[out + P_PAIR + (key >> 4)]! |= 1 << ((key & 15) + half)
    m[out + P_REQUESTS]! |= 1 << ((key >> 4) + half)
    const requests = m[router + R_REQUESTS]!
    m[router + R_REQUESTS] = requests | LISTED | (1 << (m[out + P_NUMBER]! + half))
    if ((requests & LISTED) === 0) this.list(router)
  }

  /**
   * A VC with a flit and a credit asks for the switch. If nobody else does, the request is not entered in the masks: one
   * flit behind the other on an undisturbed path is most of the traffic, and needs no arbiter.
   */
  protected requestSwitch(ivc: number, out: number): void {
    const m = this.m
    const router = m[out + P_ROUTER]!
    const requests = m[router + R_REQUESTS]!
    if (requests >>> 16 !== 0 || m[router + R_ALONE]! >= 0) {
      this.request(ivc, out, 16)
      return
    }
    m[router + R_ALONE] = ivc
    if ((requests & LISTED) !== 0) return
    m[router + R_REQUESTS] = requests | LISTED
    this.list(router)
  }

  /** Takes a request back; harmless when there is none. */
  protected withdraw(ivc: number, out: number, half: number): void {
    const m = this.m
    const key = m[ivc + I_KEY]!
    const ofHalf = 0xffff << half
    const pair = m[out + P_PAIR + (key >> 4)]! & ~(1 << ((key & 15) + half))
    m[out + P_PAIR + (key >> 4)] = pair
    if ((pair & ofHalf) !== 0) return
    const inputs = m[out + P_REQUESTS]! & ~(1 << ((key >> 4) + half))
    m[out + P_REQUESTS] = inputs
    if ((inputs & ofHalf) === 0) m[m[out + P_ROUTER]! + R_REQUESTS]! &= ~(1 << (m[out + P_NUMBER]! + half))
  }

  /** Sets the switch requests of a branching packet's outputs after a flit arrived. */
  protected refreshBranches(ivc: number): void {
    const m = this.m
    const inPort = m[ivc + I_PORT]!
    for (let open = m[m[ivc + I_HELD]! + B_OPEN]!; open !== 0; open &= open - 1) {
      this.refreshBranch(ivc, inPort + (lowest(open) - m[inPort + P_NUMBER]!) * this.portSize)
    }
  }

  protected refreshBranch(ivc: number, out: number): void {
    const m = this.m
    const record = m[ivc + I_HELD]!
    const branch = record + B_FIRST + 4 * m[out + P_NUMBER]!
    const ovc = m[branch + B_OVC]!
    if (ovc < 0) return
    const ahead = m[branch + B_SENT]! - m[record + B_RELEASED]!
    if (ahead < m[ivc + I_COUNT]! && m[ovc + O_CREDITS] !== 0) this.request(ivc, out, 16)
    else this.withdraw(ivc, out, 16)
  }

  /** The credits that arrive in a cycle. Endpoints that got one are listed at `woken`; returns how many. */
  credits(cycle: number): number {
    const m = this.m
    const slot = cycle & this.wheelMask
    const first = this.creditWords + slot * this.creditCapacity
    const end = first + m[this.creditCount + slot]!
    let count = 0
    for (let k = first; k < end; k++) {
      const ovc = m[k]!
      if (ovc < 0) {
        const port = m[~ovc + O_PORT]!
        m[~ovc + O_INJECT]!++
        m[port + P_INJECT]! |= 1 << (m[~ovc + O_KEY]! & 15)
        m[this.woken + count] = m[port + P_ENDPOINT]!
        count++
        continue
      }
      const credits = m[ovc + O_CREDITS]!
      m[ovc + O_CREDITS] = credits + 1
      if (credits === 0) this.firstCredit(ovc)
    }
    m[this.creditCount + slot] = 0
    return count
  }

  /** An output VC has a credit again: who holds it asks for the switch. */
  protected firstCredit(ovc: number): void {
    const m = this.m
    const out = m[ovc + O_PORT]!
    m[out + P_CREDIT]! |= 1 << (m[ovc + O_KEY]! & 15)
    const ivc = m[ovc + O_OWNER]!
    if (ivc < 0) return
    if (m[ivc + I_STATE] === VC_BRANCHING) this.refreshBranch(ivc, out)
    else if (m[ivc + I_COUNT] !== 0) this.requestSwitch(ivc, out)
  }
  // end of core
}
