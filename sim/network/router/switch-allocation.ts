import { LAYOUT, lowest as lowestBit, roundRobin as firstFrom } from '../layout.js'
import { Traversal } from './traversal.js'

const {
  R_SIZE, P_ACCEPT, P_CREDIT, P_ENDPOINT, P_FREE, P_GRANT, P_ID, P_IN, P_NUMBER, P_PAIR, P_REQUESTS, P_VC, I_ALLOWED, I_COUNT, I_HEAD,
  I_HELD, I_KEY, I_PORT, I_RING, I_STATE, O_CREDITS, O_PORT, B_ALLOWED, B_FIRST, B_SENT, VC_BRANCHING, FLIT_TAIL,
} = LAYOUT
const lowest = lowestBit
const roundRobin = firstFrom

/** Switch allocation (SA): which input sends a flit to which output in this cycle. */
export abstract class SwitchAllocation extends Traversal {
  // core

  /** Output VCs an input VC may take at an output port. */
  protected allowedAt(ivc: number, out: number): number {
    const m = this.m
    if (m[ivc + I_STATE] !== VC_BRANCHING) return m[ivc + I_ALLOWED]!
    return m[m[ivc + I_HELD]! + B_FIRST + 4 * m[out + P_NUMBER]! + B_ALLOWED]!
  }

  /** Heads of one input port that still wait for a VC of an output and could have one with a credit at once. */
  protected speculators(ports: number, out: number, input: number): number {
    const m = this.m
    const open = m[out + P_FREE]! & m[out + P_CREDIT]!
    if (open === 0) return 0
    const base = m[ports + input * this.portSize + P_IN]!
    let able = 0
    for (let vcs = m[out + P_PAIR + input]! & 0xffff; vcs !== 0; vcs &= vcs - 1) {
      if ((this.allowedAt(base + lowest(vcs) * this.ivcSize, out) & open) !== 0) able |= vcs & -vcs
    }
    return able
  }

  /** Input ports that bid for an output: with a VC in hand, and, if speculative, with the prospect of one. */
  protected biddingInputs(ports: number, out: number): number {
    const requests = this.m[out + P_REQUESTS]!
    let inputs = requests >>> 16
    if (!this.speculative) return inputs
    for (let rest = requests & 0xffff & ~inputs; rest !== 0; rest &= rest - 1) {
      if (this.speculators(ports, out, lowest(rest)) !== 0) inputs |= rest & -rest
    }
    return inputs
  }

  /** VC of an input port that bids for an output: round robin, speculative bids only when there is no other. */
  protected bidder(ports: number, out: number, input: number): number {
    const m = this.m
    const certain = m[out + P_PAIR + input]! >>> 16
    const vcs = certain !== 0 ? certain : this.speculators(ports, out, input)
    return roundRobin(vcs, m[ports + input * this.portSize + P_VC]!)
  }

  /** Whether a link or a receiver cannot take a flit in this cycle. */
  protected outputBlocked(out: number): boolean {
    const m = this.m
    if (this.slowLinks && this.linkHeld(m[out + P_ID]!)) return true
    if (!this.finiteReceive) return false
    const endpoint = m[out + P_ENDPOINT]!
    return endpoint >= 0 && m[this.receiveFree + endpoint]! <= 0
  }

  /** Switch allocation of one router: fills the matches. */
  protected allocateSwitch(router: number, outputs: number): void {
    const m = this.m
    const grantsOf = this.grantsOf
    const ports = router + R_SIZE
    let grantedInputs = 0
    for (let rest = outputs; rest !== 0; rest &= rest - 1) {
      const output = lowest(rest)
      const out = ports + output * this.portSize
      const inputs = this.biddingInputs(ports, out)
      if (inputs === 0 || (this.mayBlock && this.outputBlocked(out))) continue
      const input = roundRobin(inputs, m[out + P_GRANT]!)
      const before = ((grantedInputs >> input) & 1) !== 0 ? m[grantsOf + input]! : 0
      m[grantsOf + input] = before | (1 << output)
      grantedInputs |= 1 << input
    }
    for (; grantedInputs !== 0; grantedInputs &= grantedInputs - 1) {
      const input = lowest(grantedInputs)
      const inPort = ports + input * this.portSize
      const grants = m[grantsOf + input]!
      const output = roundRobin(grants, m[inPort + P_ACCEPT]!)
      const out = ports + output * this.portSize
      const vc = this.bidder(ports, out, input)
      const ivc = m[inPort + P_IN]! + vc * this.ivcSize
      this.match(ivc, out)
      if ((grants & (grants - 1)) !== 0 && m[ivc + I_STATE] === VC_BRANCHING) {
        this.acceptBranches(ports, input, grants & ~(1 << output), ivc, out)
      }
      m[out + P_GRANT] = input + 1
      m[inPort + P_ACCEPT] = output + 1
      m[inPort + P_VC] = vc + 1
    }
  }

  protected match(ivc: number, out: number): void {
    this.m[this.matches + 2 * this.matchCount] = ivc
    this.m[this.matches + 2 * this.matchCount + 1] = out
    this.matchCount++
  }

  /** A branching packet's flit goes to every output that granted it in this cycle: one buffer read, many outputs. */
  protected acceptBranches(ports: number, input: number, others: number, ivc: number, firstOut: number): void {
    const m = this.m
    const base = m[ports + input * this.portSize + P_IN]!
    const branch = m[ivc + I_HELD]! + B_FIRST + B_SENT
    const sent = m[branch + 4 * m[firstOut + P_NUMBER]!]!
    for (let rest = others; rest !== 0; rest &= rest - 1) {
      const output = lowest(rest)
      const out = ports + output * this.portSize
      const same = base + this.bidder(ports, out, input) * this.ivcSize === ivc
      if (!same || m[branch + 4 * output] !== sent) continue
      m[out + P_GRANT] = input + 1
      this.match(ivc, out)
    }
  }

  /** All bids of a router are for one output: the switch's two arbiters without the grants between them. */
  protected passOne(router: number, out: number): void {
    const m = this.m
    if (this.mayBlock && this.outputBlocked(out)) return
    const input = roundRobin(m[out + P_REQUESTS]! >>> 16, m[out + P_GRANT]!)
    const inPort = router + R_SIZE + input * this.portSize
    const vc = roundRobin(m[out + P_PAIR + input]! >>> 16, m[inPort + P_VC]!)
    m[out + P_GRANT] = input + 1
    m[inPort + P_ACCEPT] = m[out + P_NUMBER]! + 1
    m[inPort + P_VC] = vc + 1
    this.traverse(m[inPort + P_IN]! + vc * this.ivcSize, out)
  }

  /** The only bid of a router wins, if nothing blocks its output. Returns whether the VC still asks for the switch. */
  protected passAlone(ivc: number): boolean {
    const m = this.m
    const ovc = m[ivc + I_HELD]!
    const out = m[ovc + O_PORT]!
    if (this.mayBlock && this.outputBlocked(out)) return true
    const inPort = m[ivc + I_PORT]!
    const key = m[ivc + I_KEY]!
    m[out + P_GRANT] = (key >> 4) + 1
    m[inPort + P_ACCEPT] = m[out + P_NUMBER]! + 1
    m[inPort + P_VC] = (key & 15) + 1
    const flit = m[ivc + I_RING + m[ivc + I_HEAD]!]!
    this.forward(flit, ovc, out)
    this.release(ivc, flit)
    return (flit & FLIT_TAIL) === 0 && m[ovc + O_CREDITS] !== 0 && m[ivc + I_COUNT] !== 0
  }
  // end of core
}
