import { LAYOUT, lowest as lowestBit, roundRobin as firstFrom } from '../layout.js'
import { SwitchAllocation } from './switch-allocation.js'

const {
  R_ALONE, R_FREE, R_REQUESTS, R_SIZE, P_FREE, P_IN, P_NUMBER, P_OUT, P_PAIR, P_REQUESTS, P_ROUTER, I_ACCEPT, I_HELD, I_KEY, I_STATE,
  O_CREDITS, O_GRANT, O_KEY, O_OWNER, O_PORT, O_SIZE, B_FIRST, B_OVC, VC_ACTIVE, VC_BRANCHING,
} = LAYOUT
const lowest = lowestBit
const roundRobin = firstFrom

/** Virtual-channel allocation (VA): which waiting head gets which free VC of its output. */
export abstract class VcAllocation extends SwitchAllocation {
  // core

  /** The requester takes one of `candidates` at an output port, from its accept pointer on. Returns the output VC. */
  protected chooseVc(ivc: number, out: number, candidates: number): number {
    const m = this.m
    const base = m[out + P_NUMBER]! << 4
    const pointer = m[ivc + I_ACCEPT]! - base
    const vc = roundRobin(candidates, pointer < 0 || pointer > 16 ? 0 : pointer)
    const ovc = m[out + P_OUT]! + vc * O_SIZE
    m[ovc + O_GRANT] = m[ivc + I_KEY]! + 1
    m[ivc + I_ACCEPT] = base + vc + 1
    return ovc
  }

  /** A grant that is committed when the switch was allocated, too: both look at the state at the start of the cycle. */
  protected grant(ivc: number, ovc: number): void {
    this.m[this.grants + 2 * this.grantCount] = ivc
    this.m[this.grants + 2 * this.grantCount + 1] = ovc
    this.grantCount++
  }

  /** The one head that waits for a VC of an output; -1 when there are several. */
  protected loneHead(ports: number, out: number): number {
    const m = this.m
    const inputs = m[out + P_REQUESTS]! & 0xffff
    if ((inputs & (inputs - 1)) !== 0) return -1
    const input = lowest(inputs)
    const vcs = m[out + P_PAIR + input]! & 0xffff
    if ((vcs & (vcs - 1)) !== 0) return -1
    return m[ports + input * this.portSize + P_IN]! + lowest(vcs) * this.ivcSize
  }

  /** VC allocation of one router: fills the grants; nothing is committed yet. */
  protected allocateVcs(router: number, outputs: number): void {
    const m = this.m
    const ports = router + R_SIZE
    for (let rest = outputs; rest !== 0; rest &= rest - 1) {
      const out = ports + lowest(rest) * this.portSize
      const free = m[out + P_FREE]!
      const ivc = this.loneHead(ports, out)
      if (ivc < 0) {
        this.allocateContended(ports, out, m[out + P_REQUESTS]! & 0xffff, free)
        continue
      }
      const candidates = this.anyVc ? free : free & this.allowedAt(ivc, out)
      if (candidates !== 0) this.grant(ivc, this.chooseVc(ivc, out, candidates))
    }
  }

  /** Nobody bids for the switch, and all that is asked for is a VC of one output by one head: it is taken at once. */
  protected allocateLone(router: number, output: number): boolean {
    const m = this.m
    const ports = router + R_SIZE
    const out = ports + output * this.portSize
    const ivc = this.loneHead(ports, out)
    if (ivc < 0) return false
    const candidates = this.anyVc ? m[out + P_FREE]! : m[out + P_FREE]! & this.allowedAt(ivc, out)
    if (candidates === 0) return true
    const ovc = this.chooseVc(ivc, out, candidates)
    if (m[ivc + I_STATE] === VC_BRANCHING || m[ovc + O_CREDITS] === 0) {
      this.takeVc(ivc, ovc)
      return true
    }
    // What takeVc does, with the bid for the switch entered as one that stands alone.
    const key = m[ivc + I_KEY]!
    m[out + P_PAIR + (key >> 4)]! &= ~(1 << (key & 15))
    m[out + P_REQUESTS]! &= ~(1 << (key >> 4))
    m[router + R_REQUESTS]! &= ~(1 << output)
    m[router + R_ALONE] = ivc
    this.hold(ivc, ovc, out)
    m[ivc + I_STATE] = VC_ACTIVE
    m[ivc + I_HELD] = ovc
    return true
  }

  /** Several input VCs want VCs of one output port: each free VC grants one, each requester accepts one. */
  protected allocateContended(ports: number, out: number, inputs: number, free: number): void {
    const m = this.m
    const requesters = this.requesters
    let n = 0
    for (let rest = inputs; rest !== 0; rest &= rest - 1) {
      const input = lowest(rest)
      const base = m[ports + input * this.portSize + P_IN]!
      for (let vcs = m[out + P_PAIR + input]! & 0xffff; vcs !== 0; vcs &= vcs - 1) {
        m[requesters + 2 * n] = base + lowest(vcs) * this.ivcSize
        m[requesters + 2 * n + 1] = 0
        n++
      }
    }
    for (let vcs = free; vcs !== 0; vcs &= vcs - 1) {
      const vc = lowest(vcs)
      const chosen = this.grantTo(out, vc, n)
      if (chosen >= 0) m[requesters + 2 * chosen + 1]! |= 1 << vc
    }
    for (let k = 0; k < n; k++) {
      const granted = m[requesters + 2 * k + 1]!
      if (granted !== 0) this.grant(m[requesters + 2 * k]!, this.chooseVc(m[requesters + 2 * k]!, out, granted))
    }
  }

  /** The requester that a free VC grants: the first from its pointer on that may have it; -1 if none may. */
  protected grantTo(out: number, vc: number, requesterCount: number): number {
    const m = this.m
    const pointer = m[m[out + P_OUT]! + vc * O_SIZE + O_GRANT]!
    let first = -1
    for (let k = 0; k < requesterCount; k++) {
      const ivc = m[this.requesters + 2 * k]!
      if (!this.anyVc && ((this.allowedAt(ivc, out) >> vc) & 1) === 0) continue
      if (m[ivc + I_KEY]! >= pointer) return k
      if (first < 0) first = k
    }
    return first
  }

  /** An output VC belongs to an input VC from now on. */
  protected hold(ivc: number, ovc: number, out: number): void {
    const m = this.m
    m[ovc + O_OWNER] = ivc
    const free = m[out + P_FREE]! & ~(1 << (m[ovc + O_KEY]! & 15))
    m[out + P_FREE] = free
    if (free === 0) m[m[out + P_ROUTER]! + R_FREE]! &= ~(1 << m[out + P_NUMBER]!)
  }

  /** Hands out a granted VC; the head flit is at the front, so it bids for the switch if there is a credit. */
  protected takeVc(ivc: number, ovc: number): void {
    const m = this.m
    const out = m[ovc + O_PORT]!
    this.turnRequest(ivc, out, m[ovc + O_CREDITS] !== 0)
    this.hold(ivc, ovc, out)
    if (m[ivc + I_STATE] === VC_BRANCHING) {
      m[m[ivc + I_HELD]! + B_FIRST + 4 * m[out + P_NUMBER]! + B_OVC] = ovc
    } else {
      m[ivc + I_STATE] = VC_ACTIVE
      m[ivc + I_HELD] = ovc
    }
  }

  /** Withdraws a request for a VC and, if `bids`, asks for the switch instead: both halves in one go. */
  protected turnRequest(ivc: number, out: number, bids: boolean): void {
    const m = this.m
    const key = m[ivc + I_KEY]!
    const input = key >> 4
    const router = m[out + P_ROUTER]!
    let pair = m[out + P_PAIR + input]! & ~(1 << (key & 15))
    let inputs = m[out + P_REQUESTS]!
    let outputs = m[router + R_REQUESTS]!
    const output = m[out + P_NUMBER]!
    if ((pair & 0xffff) === 0) inputs &= ~(1 << input)
    if ((inputs & 0xffff) === 0) outputs &= ~(1 << output)
    if (bids) {
      pair |= 0x10000 << (key & 15)
      inputs |= 0x10000 << input
      outputs |= 0x10000 << output
    }
    m[out + P_PAIR + input] = pair
    m[out + P_REQUESTS] = inputs
    m[router + R_REQUESTS] = outputs
  }
  // end of core
}
