import { NetworkState, roundRobin, VC_ACTIVE, VC_BRANCHING } from './state.js'

/**
 * Virtual-channel and switch allocation of one router: separable, output first, one iteration, with iSLIP's
 * pointers (McKeown, 1999): a grant pointer per output and an accept pointer per input, moved only on an accept.
 * The order of decisions is BookSim2's, so that a run can be compared cycle by cycle.
 */
export class Allocation {
  /** VC grants of this router in this cycle: input VC, output VC. */
  readonly grantIvc = new Int32Array(256)
  readonly grantOvc = new Int32Array(256)
  grantCount = 0
  /** Switch matches: input VC, output port. */
  readonly matchIvc = new Int32Array(16)
  readonly matchOutput = new Int32Array(16)
  matchCount = 0
  readonly requester = new Int32Array(256)
  readonly granted = new Int32Array(256)
  readonly grantsOf = new Int32Array(16)
}

/** Output VCs an input VC may take at an output port. */
function allowedAt(s: NetworkState, ivc: number, output: number): number {
  if (s.vcState[ivc] === VC_BRANCHING) return s.branchAllowed[(ivc << s.portShift) | output]!
  return s.allowedVcs[ivc]!
}

/** The requester takes one of `candidates` at an output port, from its accept pointer on. */
function acceptVc(s: NetworkState, a: Allocation, ivc: number, out: number, candidates: number): void {
  const base = (out & s.portMask) << s.vcShift
  const pointer = s.vaAccept[ivc]! - base
  const vc = roundRobin(candidates, pointer < 0 || pointer > 16 ? 0 : pointer)
  const inputMask = (1 << (s.portShift + s.vcShift)) - 1
  s.vaGrant[(out << s.vcShift) | vc] = (ivc & inputMask) + 1
  s.vaAccept[ivc] = base + vc + 1
  a.grantIvc[a.grantCount] = ivc
  a.grantOvc[a.grantCount++] = (out << s.vcShift) | vc
}

/** Several input VCs want VCs of one output port: each free VC grants one, each requester accepts one. */
function allocateContended(s: NetworkState, a: Allocation, router: number, out: number, free: number): void {
  const output = out & s.portMask
  let n = 0
  for (let inputs = s.vaInputs[out]!; inputs !== 0; inputs &= inputs - 1) {
    const input = 31 - Math.clz32(inputs & -inputs)
    const base = ((router << s.portShift) | input) << s.vcShift
    for (let vcs = s.vaRequests[(out << s.portShift) | input]!; vcs !== 0; vcs &= vcs - 1) {
      a.requester[n] = base | (31 - Math.clz32(vcs & -vcs))
      a.granted[n++] = 0
    }
  }
  const inputMask = (1 << (s.portShift + s.vcShift)) - 1
  for (let vcs = free; vcs !== 0; vcs &= vcs - 1) {
    const vc = 31 - Math.clz32(vcs & -vcs)
    const pointer = s.vaGrant[(out << s.vcShift) | vc]!
    let first = -1
    let chosen = -1
    for (let k = 0; k < n; k++) {
      const ivc = a.requester[k]!
      if (((allowedAt(s, ivc, output) >> vc) & 1) === 0) continue
      if (first < 0) first = k
      if ((ivc & inputMask) < pointer) continue
      chosen = k
      break
    }
    if (chosen < 0) chosen = first
    if (chosen >= 0) a.granted[chosen]! |= 1 << vc
  }
  for (let k = 0; k < n; k++) {
    if (a.granted[k] !== 0) acceptVc(s, a, a.requester[k]!, out, a.granted[k]!)
  }
}

/** VC allocation: fills the grants; nothing is committed yet. */
export function allocateVcs(s: NetworkState, a: Allocation, router: number): void {
  a.grantCount = 0
  for (let outputs = s.vaOutputs[router]!; outputs !== 0; outputs &= outputs - 1) {
    const out = (router << s.portShift) | (31 - Math.clz32(outputs & -outputs))
    const free = s.freeVcs[out]!
    if (free === 0) continue
    const inputs = s.vaInputs[out]!
    if ((inputs & (inputs - 1)) === 0) {
      const input = 31 - Math.clz32(inputs)
      const vcs = s.vaRequests[(out << s.portShift) | input]!
      if ((vcs & (vcs - 1)) === 0) {
        const ivc = (((router << s.portShift) | input) << s.vcShift) | (31 - Math.clz32(vcs))
        const candidates = free & allowedAt(s, ivc, out & s.portMask)
        if (candidates !== 0) acceptVc(s, a, ivc, out, candidates)
        continue
      }
    }
    allocateContended(s, a, router, out, free)
  }
}

/** Whether a link or a receiver cannot take a flit in this cycle. */
function outputBlocked(s: NetworkState, out: number): boolean {
  if (s.slowLinks && s.linkBusyUntil[out]! > s.now) return true
  if (!s.finiteReceive) return false
  const endpoint = s.topology.portEndpoint[out]!
  return endpoint >= 0 && s.receiveFree[endpoint] === 0
}

/** Heads of one input port that still wait for a VC of an output and could have one with a credit at once. */
function speculators(s: NetworkState, out: number, input: number): number {
  const open = s.freeVcs[out]! & s.creditVcs[out]!
  if (open === 0) return 0
  const base = ((out & ~s.portMask) | input) << s.vcShift
  let able = 0
  for (let vcs = s.vaRequests[(out << s.portShift) | input]!; vcs !== 0; vcs &= vcs - 1) {
    const bit = vcs & -vcs
    if ((allowedAt(s, base | (31 - Math.clz32(bit)), out & s.portMask) & open) !== 0) able |= bit
  }
  return able
}

/** Input ports with such heads. */
function speculatingInputs(s: NetworkState, out: number): number {
  let able = 0
  for (let inputs: number = s.vaInputs[out]!; inputs !== 0; inputs &= inputs - 1) {
    const input = 31 - Math.clz32(inputs & -inputs)
    if (speculators(s, out, input) !== 0) able |= 1 << input
  }
  return able
}

/** VC of an input port that bids for an output: round robin, speculative bids only when there is no other. */
function bidder(s: NetworkState, out: number, inPort: number): number {
  const certain = s.saRequests[(out << s.portShift) | (inPort & s.portMask)]!
  return roundRobin(certain !== 0 ? certain : speculators(s, out, inPort & s.portMask), s.saVc[inPort]!)
}

/** A branching packet's flit goes to every output that granted it in this cycle: one buffer read, many outputs. */
function acceptBranches(s: NetworkState, a: Allocation, router: number, input: number, output: number, ivc: number): void {
  const others = a.grantsOf[input]! & ~(1 << output)
  const inPort = (router << s.portShift) | input
  const sent = s.branchSent[(ivc << s.portShift) | output]
  for (let rest = others; rest !== 0; rest &= rest - 1) {
    const other = 31 - Math.clz32(rest & -rest)
    const out = (router << s.portShift) | other
    const vc = bidder(s, out, inPort)
    if (((inPort << s.vcShift) | vc) !== ivc || s.branchSent[(ivc << s.portShift) | other] !== sent) continue
    s.saGrant[out] = input + 1
    a.matchIvc[a.matchCount] = ivc
    a.matchOutput[a.matchCount++] = other
  }
}

/**
 * Switch allocation: fills the matches.
 * @param speculative heads that wait for a VC bid too, if the output has a free VC with a credit
 */
export function allocateSwitch(s: NetworkState, a: Allocation, router: number, speculative: boolean): void {
  a.matchCount = 0
  let grantedInputs = 0
  let outputs: number = s.saOutputs[router]!
  if (speculative) outputs |= s.vaOutputs[router]!
  for (; outputs !== 0; outputs &= outputs - 1) {
    const output = 31 - Math.clz32(outputs & -outputs)
    const out = (router << s.portShift) | output
    let inputs: number = s.saInputs[out]!
    if (speculative && s.vaInputs[out] !== 0) inputs |= speculatingInputs(s, out)
    if (inputs === 0 || outputBlocked(s, out)) continue
    const input = roundRobin(inputs, s.saGrant[out]!)
    if (((grantedInputs >> input) & 1) === 0) a.grantsOf[input] = 0
    grantedInputs |= 1 << input
    a.grantsOf[input]! |= 1 << output
  }
  for (; grantedInputs !== 0; grantedInputs &= grantedInputs - 1) {
    const input = 31 - Math.clz32(grantedInputs & -grantedInputs)
    const inPort = (router << s.portShift) | input
    const grants = a.grantsOf[input]!
    const output = roundRobin(grants, s.saAccept[inPort]!)
    const out = (router << s.portShift) | output
    const vc = bidder(s, out, inPort)
    const ivc = (inPort << s.vcShift) | vc
    a.matchIvc[a.matchCount] = ivc
    a.matchOutput[a.matchCount++] = output
    if ((grants & (grants - 1)) !== 0 && s.vcState[ivc] === VC_BRANCHING) {
      acceptBranches(s, a, router, input, output, ivc)
    }
    s.saGrant[out] = input + 1
    s.saAccept[inPort] = output + 1
    s.saVc[inPort] = vc + 1
  }
}

/** Sets or clears the request of an input VC for the switch to an output port. */
export function setSwitchRequest(s: NetworkState, ivc: number, out: number, on: boolean): void {
  const inPort = ivc >> s.vcShift
  const input = inPort & s.portMask
  const router = out >> s.portShift
  const pair = (out << s.portShift) | input
  const bit = 1 << (ivc & s.vcMask)
  if (on) {
    s.saRequests[pair]! |= bit
    s.saInputs[out]! |= 1 << input
    s.saOutputs[router]! |= 1 << (out & s.portMask)
    s.activate(router)
    return
  }
  if ((s.saRequests[pair]! &= ~bit) !== 0) return
  if ((s.saInputs[out]! &= ~(1 << input)) !== 0) return
  s.saOutputs[router]! &= ~(1 << (out & s.portMask))
}

/** Sets or clears the request of an input VC for a VC of an output port. */
export function setVcRequest(s: NetworkState, ivc: number, out: number, on: boolean): void {
  const inPort = ivc >> s.vcShift
  const input = inPort & s.portMask
  const router = out >> s.portShift
  const pair = (out << s.portShift) | input
  const bit = 1 << (ivc & s.vcMask)
  if (on) {
    s.vaRequests[pair]! |= bit
    s.vaInputs[out]! |= 1 << input
    s.vaOutputs[router]! |= 1 << (out & s.portMask)
    s.activate(router)
    return
  }
  if ((s.vaRequests[pair]! &= ~bit) !== 0) return
  if ((s.vaInputs[out]! &= ~(1 << input)) !== 0) return
  s.vaOutputs[router]! &= ~(1 << (out & s.portMask))
}

/** Hands out the granted VCs; a head flit is at the front, so it bids for the switch if there is a credit. */
export function commitVcs(s: NetworkState, a: Allocation): void {
  for (let k = 0; k < a.grantCount; k++) {
    const ivc = a.grantIvc[k]!
    const ovc = a.grantOvc[k]!
    const out = ovc >> s.vcShift
    setVcRequest(s, ivc, out, false)
    s.owner[ovc] = ivc
    s.freeVcs[out]! &= ~(1 << (ovc & s.vcMask))
    if (s.vcState[ivc] === VC_BRANCHING) {
      s.branchOvc[(ivc << s.portShift) | (out & s.portMask)] = ovc
    } else {
      s.vcState[ivc] = VC_ACTIVE
      s.heldOvc[ivc] = ovc
    }
    if (s.credits[ovc] !== 0) setSwitchRequest(s, ivc, out, true)
  }
}
