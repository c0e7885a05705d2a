import { Allocation, allocateSwitch, allocateVcs, commitVcs, setSwitchRequest, setVcRequest } from './allocate.js'
import { type DestinationSets, nodeClass, nodeOutputs, SET_RECTANGLE } from './destination-sets.js'
import { PHASE_NEW, unicastRoute } from './routing.js'
import {
  FLIT_TAIL, type NetworkState, VC_ACTIVE, VC_BRANCHING, VC_IDLE, VC_WAITING,
} from './state.js'
import { FIRST_LOCAL_PORT, LINK_CHIP, LINK_EJECT } from './topology.js'
import type { Worms } from './worms.js'

/**
 * One cycle of all routers. The stages of a head flit that arrives in cycle t (hopCycles 5): route computation t,
 * VC allocation t + 1, switch allocation t + 2, switch traversal t + 3, link; it arrives at the next router in t + 5.
 * A credit sent with the switch grant of cycle g can be used upstream in g + 2.
 */
export class Fabric {
  readonly state: NetworkState
  readonly worms: Worms
  readonly sets: DestinationSets
  private readonly allocation = new Allocation()
  private readonly lookahead: boolean
  private readonly speculative: boolean
  flitHops = 0
  /** Crossbar copies made beyond the first output of a flit (multicast branches). */
  branchCopies = 0
  readonly flitHopsByTag: Float64Array
  readonly linkFlitsByTag: Float64Array
  readonly chipLinkFlitsByTag: Float64Array
  private readonly countsTags: boolean
  private readonly hostPort: number

  constructor(state: NetworkState, worms: Worms, sets: DestinationSets) {
    this.state = state
    this.worms = worms
    this.sets = sets
    const { config } = state
    this.speculative = config.speculative
    this.lookahead = config.hopCycles === 3 || (config.hopCycles === 4 && !config.speculative)
    this.countsTags = config.tags > 0
    this.flitHopsByTag = new Float64Array(config.tags)
    this.linkFlitsByTag = new Float64Array(config.tags)
    this.chipLinkFlitsByTag = new Float64Array(config.tags)
    this.hostPort = config.hostRouter >= 0
      ? (config.hostRouter << state.portShift) | (FIRST_LOCAL_PORT + config.endpointsPerRouter) : -1
  }

  /** A flit enters the buffer of an input VC. */
  receive(ivc: number, flit: number): void {
    const s = this.state
    const count = s.bufferCount[ivc]!
    s.buffer[(ivc << s.ringShift) + ((s.bufferHead[ivc]! + count) & s.ringMask)] = flit
    s.bufferCount[ivc] = count + 1
    this.flitHops++
    s.routerFlits[ivc >> (s.vcShift + s.portShift)]!++
    if (this.countsTags) this.flitHopsByTag[this.tagOf(flit)]!++
    const state = s.vcState[ivc]!
    if (state === VC_IDLE) this.headAtFront(ivc, this.lookahead)
    else if (state === VC_ACTIVE) {
      if (count === 0 && s.credits[s.heldOvc[ivc]!] !== 0) {
        setSwitchRequest(s, ivc, s.heldOvc[ivc]! >> s.vcShift, true)
      }
    } else if (state === VC_BRANCHING) this.refreshBranches(ivc)
  }

  /** A flit leaves a source queue; the host's are counted as flits over a chip-to-chip link. */
  countInjection(source: number, worm: number): void {
    if (!this.countsTags || this.hostPort < 0 || source !== this.state.topology.endpoints - 1) return
    this.chipLinkFlitsByTag[this.worms.packetTag[this.worms.packet[worm]!]!]!++
  }

  private tagOf(flit: number): number {
    return this.worms.packetTag[this.worms.packet[flit >> 2]!]!
  }

  /** A new head is at the front: it is routed now, or waits for the route stage. */
  private headAtFront(ivc: number, now: boolean): void {
    const s = this.state
    s.vcState[ivc] = VC_WAITING
    if (now) this.route(ivc)
    else s.routeNow[s.routeNowCount++] = ivc
  }

  /** Route stage: at the end of a cycle the waiting heads are routed and ask for a VC from the next cycle on. */
  routeStage(): void {
    const s = this.state
    for (let k = 0; k < s.routeNowCount; k++) this.route(s.routeNow[k]!)
    const spent = s.routeNow
    s.routeNow = s.routeNext
    s.routeNowCount = s.routeNextCount
    s.routeNext = spent
    s.routeNextCount = 0
  }

  private route(ivc: number): void {
    const s = this.state
    const inPort = ivc >> s.vcShift
    const router = inPort >> s.portShift
    const worm = s.buffer[(ivc << s.ringShift) + s.bufferHead[ivc]!]! >> 2
    const target = this.worms.target[worm]!
    if (target < 0) {
      this.routeSet(ivc, router, inPort & s.portMask, ~target, worm)
      return
    }
    const targetRouter = s.topology.endpointRouter[target]!
    let output: number
    if (targetRouter === router) {
      output = s.topology.endpointPort[target]!
      s.allowedVcs[ivc] = s.config.ordered ? this.pinned(s.allVcs, worm) : s.allVcs
    } else {
      const phase = this.worms.phase[worm]!
      const source = s.topology.endpointRouter[this.worms.source[worm]!]!
      const coin = this.coin(worm, phase, inPort & s.portMask)
      const route = unicastRoute(s, router, inPort & s.portMask, targetRouter, source, phase, coin)
      output = route & 15
      this.worms.phase[worm] = route >> 4
      s.allowedVcs[ivc] = this.allowed(route >> 4, worm)
    }
    setVcRequest(s, ivc, (router << s.portShift) | output, true)
  }

  /** VCs a worm may take on a link between routers. */
  private allowed(phase: number, worm: number): number {
    const s = this.state
    const classes = s.config.topology === 'torus' || s.config.routing === 'o1turn'
    const vcs = classes ? s.classVcs[phase]! : s.allVcs
    return s.config.ordered ? this.pinned(vcs, worm) : vcs
  }

  /** A bit for a choice between equally good paths: random, or fixed per flow when flows stay in order. */
  private coin(worm: number, phase: number, inPort: number): number {
    const s = this.state
    const chooses = s.config.topology === 'torus' ? true : s.config.routing === 'o1turn' && phase === PHASE_NEW
    if (!chooses) return 0
    if (s.config.ordered) return (this.flow(worm) >> 5) & 1
    return inPort >= 0 ? s.random.uint32() >>> 31 : 0
  }

  private flow(worm: number): number {
    return (Math.imul(this.worms.source[worm]! + 1, 0x9e3779b1) ^ Math.imul(this.worms.target[worm]! + 3, 0x85ebca6b)) >>> 8
  }

  /** The one VC of a mask that a flow is pinned to. */
  pinned(vcs: number, worm: number): number {
    const s = this.state
    let skip = (this.flow(worm) >> 6) % s.config.virtualChannels
    for (let rest = vcs; ; rest = (rest & (rest - 1)) === 0 ? vcs : rest & (rest - 1)) {
      if (skip-- === 0) return rest & -rest
    }
  }

  private routeSet(ivc: number, router: number, inPort: number, set: number, worm: number): void {
    const s = this.state
    const rectangle = this.sets.kind[set] === SET_RECTANGLE
    const node = rectangle ? 0 : this.sets.node(set, router)
    const outputs = rectangle ? this.sets.rectangleOutputs(set, router, inPort) : nodeOutputs(node)
    const torus = s.config.topology === 'torus'
    const several = (outputs & (outputs - 1)) !== 0
    if (several) {
      s.vcState[ivc] = VC_BRANCHING
      s.branchAll[ivc] = outputs
      s.branchOpen[ivc] = outputs
      s.branchReleased[ivc] = 0
    }
    for (let rest = outputs; rest !== 0; rest &= rest - 1) {
      const output = 31 - Math.clz32(rest & -rest)
      const local = output >= FIRST_LOCAL_PORT
      let vcs = local ? s.allVcs : this.allowed(torus ? nodeClass(node, output) : 0, worm)
      if (local && s.config.ordered) vcs = this.pinned(vcs, worm)
      if (several) {
        const branch = (ivc << s.portShift) | output
        s.branchAllowed[branch] = vcs
        s.branchSent[branch] = 0
        s.branchOvc[branch] = -1
      } else {
        s.allowedVcs[ivc] = vcs
      }
      setVcRequest(s, ivc, (router << s.portShift) | output, true)
    }
  }

  /** Sets the switch requests of a branching packet's outputs after a flit arrived. */
  private refreshBranches(ivc: number): void {
    const s = this.state
    const router = ivc >> (s.vcShift + s.portShift)
    for (let open: number = s.branchOpen[ivc]!; open !== 0; open &= open - 1) {
      const output = 31 - Math.clz32(open & -open)
      this.refreshBranch(ivc, (router << s.portShift) | output)
    }
  }

  private refreshBranch(ivc: number, out: number): void {
    const s = this.state
    const branch = (ivc << s.portShift) | (out & s.portMask)
    const ovc = s.branchOvc[branch]!
    if (ovc < 0) return
    const ready = s.branchSent[branch]! - s.branchReleased[ivc]! < s.bufferCount[ivc]! && s.credits[ovc] !== 0
    setSwitchRequest(s, ivc, out, ready)
  }

  /** A credit for an output VC arrives. */
  creditArrives(ovc: number): void {
    const s = this.state
    if (s.credits[ovc]!++ !== 0) return
    const out = ovc >> s.vcShift
    s.creditVcs[out]! |= 1 << (ovc & s.vcMask)
    const ivc = s.owner[ovc]!
    if (ivc < 0) return
    if (s.vcState[ivc] === VC_BRANCHING) this.refreshBranch(ivc, out)
    else if (s.bufferCount[ivc] !== 0) setSwitchRequest(s, ivc, out, true)
  }

  /** Allocation and switch traversal of every router with requests. */
  routers(): void {
    const s = this.state
    const a = this.allocation
    let kept = 0
    const count = s.activeCount
    for (let k = 0; k < count; k++) {
      const router = s.activeRouters[k]!
      a.grantCount = 0
      if (s.vaOutputs[router] !== 0) allocateVcs(s, a, router)
      if (this.speculative || s.saOutputs[router] !== 0) allocateSwitch(s, a, router, this.speculative)
      else a.matchCount = 0
      if (a.grantCount !== 0) commitVcs(s, a)
      for (let m = 0; m < a.matchCount; m++) this.traverse(a.matchIvc[m]!, (router << s.portShift) | a.matchOutput[m]!)
      if ((s.vaOutputs[router]! | s.saOutputs[router]!) !== 0) s.activeRouters[kept++] = router
      else s.isActive[router] = 0
    }
    s.activeCount = kept
  }

  /** A match becomes a flit on its way, unless it was a bid without a VC (speculation that failed). */
  private traverse(ivc: number, out: number): void {
    const s = this.state
    const output = out & s.portMask
    if (s.vcState[ivc] === VC_BRANCHING) {
      const ovc = s.branchOvc[(ivc << s.portShift) | output]!
      if (ovc >= 0 && s.credits[ovc] !== 0) this.sendBranch(ivc, out, ovc)
      return
    }
    if (s.vcState[ivc] !== VC_ACTIVE) return
    const ovc = s.heldOvc[ivc]!
    if (ovc >> s.vcShift !== out || s.credits[ovc] === 0) return
    const flit = s.buffer[(ivc << s.ringShift) + s.bufferHead[ivc]!]!
    this.forward(flit, ovc, out)
    const tail = (flit & FLIT_TAIL) !== 0
    if (tail || s.credits[ovc] === 0 || s.bufferCount[ivc] === 1) setSwitchRequest(s, ivc, out, false)
    this.release(ivc, flit)
  }

  /** Puts a flit on the link behind an output VC and takes its credit; a tail gives the VC back. */
  private forward(flit: number, ovc: number, out: number): void {
    const s = this.state
    const { topology } = s
    if (--s.credits[ovc]! === 0) s.creditVcs[out]! &= ~(1 << (ovc & s.vcMask))
    if ((flit & FLIT_TAIL) !== 0) {
      s.owner[ovc] = -1
      s.freeVcs[out]! |= 1 << (ovc & s.vcMask)
    }
    s.linkFlits[out]!++
    const kind = topology.kind[out]!
    const arrival = s.now + 2 + topology.delayCycles[out]!
    if (kind === LINK_EJECT) {
      s.flits.push(arrival, ~ovc, flit)
      if (s.finiteReceive) s.receiveFree[topology.portEndpoint[out]!]!--
      if (this.countsTags && out === this.hostPort) this.chipLinkFlitsByTag[this.tagOf(flit)]!++
      return
    }
    s.flits.push(arrival, (topology.peer[out]! << s.vcShift) | (ovc & s.vcMask), flit)
    if (s.slowLinks && kind === LINK_CHIP) s.linkBusyUntil[out] = s.now + s.config.chipLinkCyclesPerFlit
    if (!this.countsTags) return
    if (kind === LINK_CHIP) this.chipLinkFlitsByTag[this.tagOf(flit)]!++
    else this.linkFlitsByTag[this.tagOf(flit)]!++
  }

  /** Takes the front flit out of a buffer and returns its credit; behind a tail the next head moves up. */
  private release(ivc: number, flit: number): void {
    const s = this.state
    const inPort = ivc >> s.vcShift
    s.bufferHead[ivc] = (s.bufferHead[ivc]! + 1) & s.ringMask
    const left = --s.bufferCount[ivc]!
    const upstream = s.topology.peer[inPort]!
    const target = upstream >= 0 ? (upstream << s.vcShift) | (ivc & s.vcMask) : ~ivc
    s.creditWheel.push(s.now + 1 + s.topology.delayCycles[inPort]!, target, 0)
    if ((flit & FLIT_TAIL) === 0) return
    if (left === 0) {
      s.vcState[ivc] = VC_IDLE
      return
    }
    s.vcState[ivc] = VC_WAITING
    // The route stage of this cycle is over for a head that moves up now; with look-ahead it needs none.
    if (this.lookahead) s.routeNow[s.routeNowCount++] = ivc
    else s.routeNext[s.routeNextCount++] = ivc
  }

  /** One output of a branching packet sends its next flit; the buffer slot is freed when all outputs have it. */
  private sendBranch(ivc: number, out: number, ovc: number): void {
    const s = this.state
    const branch = (ivc << s.portShift) | (out & s.portMask)
    const ahead = s.branchSent[branch]! - s.branchReleased[ivc]!
    const flit = s.buffer[(ivc << s.ringShift) + ((s.bufferHead[ivc]! + ahead) & s.ringMask)]!
    this.forward(flit, ovc, out)
    s.branchSent[branch]!++
    if ((flit & FLIT_TAIL) !== 0) {
      s.branchOpen[ivc]! &= ~(1 << (out & s.portMask))
      s.branchOvc[branch] = -1
      setSwitchRequest(s, ivc, out, false)
    } else {
      this.refreshBranch(ivc, out)
    }
    let slowest = 65535
    for (let all: number = s.branchAll[ivc]!; all !== 0; all &= all - 1) {
      const sent = s.branchSent[(ivc << s.portShift) | (31 - Math.clz32(all & -all))]!
      if (sent < slowest) slowest = sent
    }
    if (slowest === s.branchReleased[ivc]) {
      this.branchCopies++
      return
    }
    s.branchReleased[ivc] = slowest
    this.release(ivc, s.buffer[(ivc << s.ringShift) + s.bufferHead[ivc]!]!)
  }
}
