/* eslint-disable max-lines -- one cycle of all routers is one loop over one array: its parts call each other for every
   flit, and functions and constants of the module itself are folded into the compiled code (layout.ts). */
import type { ResolvedConfig } from './config.js'
import { type DestinationSets, nodeClass, nodeOutputs, SET_RECTANGLE } from './destination-sets.js'
import { LAYOUT, lowest as lowestBit, roundRobin as firstFrom } from './layout.js'
import {
  buildFabric, type Fabric, firstOutput, LINK_CHIP, LINK_EJECT, routePhase, secondOutput, type Wiring,
} from '../fabric/index.js'
import { Random } from '../random.js'
import { Wheel } from './wheel.js'
import type { Worms } from './worms.js'

const {
  R_REQUESTS, R_ALONE, R_INDEX, R_FLITS, R_COLUMN, R_ROW, R_FREE, R_SIZE, P_FREE, P_CREDIT, P_REQUESTS, P_GRANT,
  P_ACCEPT, P_VC, P_NUMBER, P_ROUTER, P_IN, P_OUT, P_PEER_IN, P_PEER_OUT, P_DELAY, P_KIND, P_ENDPOINT, P_FLITS,
  P_ID, P_PER_FLIT, P_SENT_AT, P_INJECT, P_PAIR, I_STATE, I_HEAD, I_COUNT, I_HELD, I_ALLOWED, I_ACCEPT, I_PORT, I_KEY, I_RING,
  O_CREDITS, O_OWNER, O_GRANT, O_PORT, O_KEY, O_DELIVERED, O_INJECT, O_SIZE, B_ALL, B_OPEN, B_RELEASED, B_FIRST,
  B_OVC, B_SENT, B_ALLOWED, VC_IDLE, VC_WAITING, VC_ACTIVE, VC_BRANCHING, FLIT_TAIL, FLIT_HEAD, LISTED,
} = LAYOUT
const lowest = lowestBit // constants of this module: see layout.ts
const roundRobin = firstFrom
const CHIP_LINK = LINK_CHIP
const EJECT_LINK = LINK_EJECT

/** Sees packets enter their source queue, and their heads and tails arrive at and leave routers: for logs. */
export interface FlitObserver {
  queued(worm: number): void
  /** `flit` is a head or a tail (or both), `port` the input port. */
  arrived(flit: number, router: number, port: number, vc: number): void
  left(flit: number, router: number, port: number, vc: number): void
}

/**
 * One cycle of all routers. The stages of a head flit that arrives in cycle t (hopCycles 5): route computation t,
 * VC allocation t + 1, switch allocation t + 2, switch traversal t + 3, link; it arrives at the next router in t + 5.
 * A credit sent with the switch grant of cycle g can be used upstream in g + 2. Allocation is separable, output
 * first, one iteration, with iSLIP's pointers (McKeown, 1999), which move only on an accept.
 */
export class Routers {
  readonly config: ResolvedConfig
  readonly fabric: Fabric
  readonly wiring: Wiring
  readonly random: Random
  readonly worms: Worms
  sets!: DestinationSets
  observer: FlitObserver | null = null
  now = 0

  readonly m: Int32Array
  readonly blockSize: number
  readonly portSize: number
  readonly ivcSize: number
  readonly ringMask: number
  readonly allVcs: number
  /** VCs of class 0 (XY packets, rings not crossed) and class 1; the odd one out belongs to class 0. */
  readonly classVcs: Int32Array
  branches = new Int32Array(0)
  readonly branchSize: number
  private freeBranch = -1
  private branchLimit = 0

  readonly flits: Wheel
  readonly creditWheel: Wheel
  private readonly active: Int32Array
  activeCount = 0
  /** Input VCs whose head is routed at the end of this cycle, and of the next. */
  private routeNow: Int32Array
  routeNowCount = 0
  private routeNext: Int32Array
  routeNextCount = 0

  /** Matches and grants of the router at hand. */
  private readonly grantIvc = new Int32Array(256)
  private readonly grantOvc = new Int32Array(256)
  private grantCount = 0
  private readonly matchIvc = new Int32Array(16)
  private readonly matchOut = new Int32Array(16)
  private matchCount = 0
  private readonly requester = new Int32Array(256)
  private readonly granted = new Int32Array(256)
  private readonly grantsOf = new Int32Array(16)

  private readonly lookahead: boolean
  private readonly speculative: boolean
  private readonly hasClasses: boolean
  /** Every packet may take every VC: no classes, no pinned flows. */
  private readonly anyVc: boolean
  /** Plain XY on a mesh, the usual case, is routed in place. */
  private readonly plainXy: boolean
  private readonly directions: number
  private readonly adaptive: boolean
  private readonly routesAhead: boolean
  private readonly slowLinks: boolean
  /** Cycle from which a slow link, by its output port id, can take a flit again. */
  private readonly busyUntil: Float64Array
  readonly finiteReceive: boolean
  readonly receiveFree: Int32Array
  private readonly countsTags: boolean
  flitHops = 0
  branchCopies = 0
  readonly flitHopsByTag: Float64Array
  readonly linkFlitsByTag: Float64Array
  readonly chipLinkFlitsByTag: Float64Array

  constructor(config: ResolvedConfig, seed: number, worms: Worms) {
    this.config = config
    this.worms = worms
    this.random = new Random(seed)
    this.fabric = buildFabric(config)
    this.wiring = this.fabric.wiring
    const { routers, ports, endpoints, maxDelayCycles } = this.wiring
    this.directions = this.wiring.directions
    const vcs = config.virtualChannels
    this.allVcs = (1 << vcs) - 1
    // BookSim2 gives class 1 the upper floor(vcs / 2) channels.
    const lower = (1 << (vcs - (vcs >> 1))) - 1
    this.classVcs = Int32Array.of(lower, this.allVcs & ~lower)
    const ring = 2 ** Math.ceil(Math.log2(config.bufferFlits))
    this.ringMask = ring - 1
    this.portSize = P_PAIR + ports
    this.ivcSize = I_RING + ring
    this.branchSize = B_FIRST + 4 * ports
    this.blockSize = R_SIZE + ports * (this.portSize + vcs * (this.ivcSize + O_SIZE))
    this.m = new Int32Array(routers * this.blockSize)
    const slots = 2 ** Math.ceil(Math.log2(maxDelayCycles + 4))
    this.flits = new Wheel(slots)
    this.creditWheel = new Wheel(slots)
    this.active = new Int32Array(routers)
    this.routeNow = new Int32Array(routers * ports * vcs)
    this.routeNext = new Int32Array(routers * ports * vcs)
    this.speculative = config.speculative
    this.lookahead = config.hopCycles === 3 || (config.hopCycles === 4 && !config.speculative)
    this.adaptive = this.fabric.adaptive
    this.routesAhead = this.adaptive && this.lookahead
    this.hasClasses = this.fabric.classes > 1
    this.anyVc = !this.hasClasses && !config.ordered
    this.plainXy = this.anyVc && this.fabric.columnsFirst
    this.slowLinks = this.wiring.cyclesPerFlit.some((cycles) => cycles > 1)
    this.busyUntil = new Float64Array(this.slowLinks ? routers * ports : 0)
    this.finiteReceive = config.receiveBufferFlits !== Infinity
    this.receiveFree = new Int32Array(endpoints).fill(this.finiteReceive ? config.receiveBufferFlits : 0)
    this.countsTags = config.tags > 0
    this.flitHopsByTag = new Float64Array(config.tags)
    this.linkFlitsByTag = new Float64Array(config.tags)
    this.chipLinkFlitsByTag = new Float64Array(config.tags)
    for (let r = 0; r < routers; r++) for (let port = 0; port < ports; port++) this.layOutPort(r, port)
  }

  /** Address of a router's record. */
  routerAt(router: number): number {
    return router * this.blockSize
  }

  /** Address of a port's record. */
  portAt(router: number, port: number): number {
    return router * this.blockSize + R_SIZE + port * this.portSize
  }

  private ivcAt(router: number, port: number): number {
    const { ports } = this.wiring
    return router * this.blockSize + R_SIZE + ports * this.portSize + port * this.config.virtualChannels * this.ivcSize
  }

  private ovcAt(router: number, port: number): number {
    return this.ivcAt(router, this.wiring.ports) + port * this.config.virtualChannels * O_SIZE
  }

  private layOutPort(router: number, port: number): void {
    const { m, wiring, config } = this
    const at = this.portAt(router, port)
    const id = router * wiring.ports + port
    const peer = wiring.peer[id]!
    m[this.routerAt(router) + R_INDEX] = router
    m[this.routerAt(router) + R_ALONE] = -1
    m[this.routerAt(router) + R_FREE]! |= 1 << port
    m[this.routerAt(router) + R_COLUMN] = wiring.columnOf[router]!
    m[this.routerAt(router) + R_ROW] = wiring.rowOf[router]!
    m[at + P_FREE] = this.allVcs
    m[at + P_CREDIT] = this.allVcs
    m[at + P_NUMBER] = port
    m[at + P_ROUTER] = this.routerAt(router)
    m[at + P_IN] = this.ivcAt(router, port)
    m[at + P_OUT] = this.ovcAt(router, port)
    m[at + P_PEER_IN] = peer < 0 ? -1 : this.ivcAt(Math.floor(peer / wiring.ports), peer % wiring.ports)
    m[at + P_PEER_OUT] = peer < 0 ? -1 : this.ovcAt(Math.floor(peer / wiring.ports), peer % wiring.ports)
    m[at + P_DELAY] = wiring.delayCycles[id]!
    m[at + P_ID] = id
    m[at + P_PER_FLIT] = wiring.cyclesPerFlit[id]!
    m[at + P_KIND] = wiring.kind[id]!
    m[at + P_ENDPOINT] = wiring.portEndpoint[id]!
    m[at + P_INJECT] = this.allVcs
    m[at + P_SENT_AT] = -1
    for (let vc = 0; vc < config.virtualChannels; vc++) {
      const ivc = m[at + P_IN]! + vc * this.ivcSize
      const ovc = m[at + P_OUT]! + vc * O_SIZE
      m[ivc + I_HELD] = -1
      m[ivc + I_PORT] = at
      m[ivc + I_KEY] = (port << 4) | vc
      m[ovc + O_CREDITS] = config.bufferFlits
      m[ovc + O_INJECT] = config.bufferFlits
      m[ovc + O_OWNER] = -1
      m[ovc + O_PORT] = at
      m[ovc + O_KEY] = (port << 4) | vc
    }
  }

  /**
   * Credits of all VCs of an output port as they were before this cycle's switch: what a router can route by while its
   * switch is at work. Credits come in before the switch, and an output sends at most one flit a cycle.
   */
  private creditsBeforeSwitch(router: number, output: number): number {
    const { m } = this
    const out = this.portAt(router, output)
    let at = m[out + P_OUT]! + O_CREDITS
    let sum = m[out + P_SENT_AT] === (this.now | 0) ? 1 : 0
    for (let vc = 0; vc < this.config.virtualChannels; vc++, at += O_SIZE) sum += m[at]!
    return sum
  }

  /** An input VC asks an output port for a VC (half 0) or for the switch (half 16). */
  private request(ivc: number, out: number, half: number): void {
    const m = this.m
    const key = m[ivc + I_KEY]!
    const router = m[out + P_ROUTER]!
    m[out + P_PAIR + (key >> 4)]! |= 1 << ((key & 15) + half)
    m[out + P_REQUESTS]! |= 1 << ((key >> 4) + half)
    const requests = m[router + R_REQUESTS]!
    m[router + R_REQUESTS] = requests | LISTED | (1 << (m[out + P_NUMBER]! + half))
    if ((requests & LISTED) === 0) this.active[this.activeCount++] = router
  }

  /**
   * A VC with a flit and a credit asks for the switch. If nobody else does, the request is not entered in the masks: one
   * flit behind the other on an undisturbed path is most of the traffic, and needs no arbiter.
   */
  private requestSwitch(ivc: number, out: number): void {
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
    this.active[this.activeCount++] = router
  }

  /** Takes a request back; harmless when there is none. */
  private withdraw(ivc: number, out: number, half: number): void {
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

  /** A flit enters the buffer of an input VC. */
  receive(ivc: number, flit: number): void {
    const m = this.m
    const count = m[ivc + I_COUNT]!
    m[ivc + I_RING + ((m[ivc + I_HEAD]! + count) & this.ringMask)] = flit
    m[ivc + I_COUNT] = count + 1
    m[m[m[ivc + I_PORT]! + P_ROUTER]! + R_FLITS]!++
    if (this.countsTags) this.flitHopsByTag[this.worms.tag[flit >> 2]!]!++
    if (this.observer !== null && (flit & (FLIT_HEAD | FLIT_TAIL)) !== 0) {
      const inPort = m[ivc + I_PORT]!
      this.observer.arrived(flit, m[m[inPort + P_ROUTER]! + R_INDEX]!, m[inPort + P_NUMBER]!, m[ivc + I_KEY]! & 15)
    }
    const state = m[ivc + I_STATE]!
    if (state === VC_IDLE) {
      m[ivc + I_STATE] = VC_WAITING
      if (this.lookahead) this.route(ivc)
      else this.routeNow[this.routeNowCount++] = ivc
    } else if (state === VC_ACTIVE) {
      const ovc = m[ivc + I_HELD]!
      if (count === 0 && m[ovc + O_CREDITS] !== 0) this.requestSwitch(ivc, m[ovc + O_PORT]!)
    } else if (state === VC_BRANCHING) this.refreshBranches(ivc)
  }

  /** Route stage: at the end of a cycle the waiting heads are routed and ask for a VC from the next cycle on. */
  routeStage(): void {
    for (let k = 0; k < this.routeNowCount; k++) this.route(this.routeNow[k]!)
    const spent = this.routeNow
    this.routeNow = this.routeNext
    this.routeNowCount = this.routeNextCount
    this.routeNext = spent
    this.routeNextCount = 0
  }

  private route(ivc: number): void {
    const m = this.m
    const { worms, wiring } = this
    const inPort = m[ivc + I_PORT]!
    const at = m[inPort + P_ROUTER]!
    const router = m[at + R_INDEX]!
    const worm = m[ivc + I_RING + m[ivc + I_HEAD]!]! >> 2
    const target = worms.target[worm]!
    if (this.plainXy && target >= 0) {
      const targetRouter = wiring.endpointRouter[target]!
      const dx = wiring.columnOf[targetRouter]! - m[at + R_COLUMN]!
      const dy = wiring.rowOf[targetRouter]! - m[at + R_ROW]!
      const output = dx !== 0 ? (dx > 0 ? 0 : 1) : dy !== 0 ? (dy > 0 ? 2 : 3) : wiring.endpointPort[target]!
      m[ivc + I_ALLOWED] = this.allVcs
      this.request(ivc, at + R_SIZE + output * this.portSize, 0)
      return
    }
    if (target < 0) {
      this.routeSet(ivc, inPort, router, ~target, worm)
      return
    }
    const targetRouter = wiring.endpointRouter[target]!
    let output: number
    if (targetRouter === router) {
      output = wiring.endpointPort[target]!
      m[ivc + I_ALLOWED] = this.config.ordered ? this.pinned(this.allVcs, worm) : this.allVcs
    } else {
      const phase = worms.phase[worm]!
      const coin = this.hasClasses && this.fabric.wantsCoin(phase) ? this.coin(worm) : 0
      const source = wiring.endpointRouter[worms.source[worm]!]!
      const route = this.fabric.route(router, m[inPort + P_NUMBER]!, targetRouter, source, phase, coin)
      output = this.routesAhead ? worms.output[worm]! : this.moreCredits(router, firstOutput(route), secondOutput(route))
      worms.phase[worm] = routePhase(route)
      m[ivc + I_ALLOWED] = this.allowed(routePhase(route), worm)
    }
    this.request(ivc, inPort + (output - m[inPort + P_NUMBER]!) * this.portSize, 0)
  }

  /** Of two outputs the one with more credits, the first when they are equal: what the adaptive routings choose by. */
  private moreCredits(router: number, a: number, b: number): number {
    return a !== b && this.creditsBeforeSwitch(router, b) > this.creditsBeforeSwitch(router, a) ? b : a
  }

  /**
   * Look-ahead with adaptive routing: the output of a router that a head is about to be sent to is decided when it wins
   * the switch of the router before (or leaves its source), on what that router's credits were before this cycle's switch.
   */
  routeAhead(worm: number, inputPortId: number): void {
    const { worms, wiring } = this
    const target = worms.target[worm]!
    if (!this.routesAhead || target < 0) return
    const router = Math.floor(inputPortId / wiring.ports)
    const targetRouter = wiring.endpointRouter[target]!
    if (router === targetRouter) return
    const source = wiring.endpointRouter[worms.source[worm]!]!
    const route = this.fabric.route(router, inputPortId % wiring.ports, targetRouter, source, worms.phase[worm]!, 0)
    worms.output[worm] = this.moreCredits(router, firstOutput(route), secondOutput(route))
  }

  /** VCs a worm may take on a link between routers. */
  private allowed(phase: number, worm: number): number {
    const vcs = this.hasClasses ? this.classVcs[phase]! : this.allVcs
    return this.config.ordered ? this.pinned(vcs, worm) : vcs
  }

  /** A bit for a choice between equally good paths: random, or fixed per flow when flows stay in order. */
  private coin(worm: number): number {
    return this.config.ordered ? (this.flow(worm) >> 5) & 1 : this.random.uint32() >>> 31
  }

  private flow(worm: number): number {
    const { source, target } = this.worms
    return (Math.imul(source[worm]! + 1, 0x9e3779b1) ^ Math.imul(target[worm]! + 3, 0x85ebca6b)) >>> 8
  }

  /** The one VC of a mask that a flow is pinned to. */
  pinned(vcs: number, worm: number): number {
    let skip = (this.flow(worm) >> 6) % this.config.virtualChannels
    for (let rest = vcs; ; rest = (rest & (rest - 1)) === 0 ? vcs : rest & (rest - 1)) {
      if (skip-- === 0) return rest & -rest
    }
  }

  private routeSet(ivc: number, inPort: number, router: number, set: number, worm: number): void {
    const m = this.m
    const number = m[inPort + P_NUMBER]!
    const rectangle = this.sets.kind[set] === SET_RECTANGLE
    const node = rectangle ? 0 : this.sets.node(set, router)
    const outputs = rectangle ? this.sets.rectangleOutputs(set, router, number) : nodeOutputs(node)
    const several = (outputs & (outputs - 1)) !== 0
    const record = several ? this.newBranch(outputs) : 0
    if (several) {
      m[ivc + I_STATE] = VC_BRANCHING
      m[ivc + I_HELD] = record
    }
    for (let rest = outputs; rest !== 0; rest &= rest - 1) {
      const output = lowest(rest)
      const local = output >= this.directions
      const phase = local ? 0 : nodeClass(node, output)
      let vcs = local ? this.allVcs : this.allowed(phase, worm)
      if (local && this.config.ordered) vcs = this.pinned(vcs, worm)
      if (several) this.branches[record + B_FIRST + 4 * output + B_ALLOWED] = vcs
      else m[ivc + I_ALLOWED] = vcs
      this.request(ivc, inPort + (output - number) * this.portSize, 0)
    }
  }

  private newBranch(outputs: number): number {
    let at = this.freeBranch
    if (at >= 0) this.freeBranch = this.branches[at]!
    else {
      at = this.branchLimit
      this.branchLimit += this.branchSize
      if (this.branchLimit > this.branches.length) {
        const larger = new Int32Array(Math.max(64 * this.branchSize, 2 * this.branches.length))
        larger.set(this.branches)
        this.branches = larger
      }
    }
    this.branches[at + B_ALL] = outputs
    this.branches[at + B_OPEN] = outputs
    this.branches[at + B_RELEASED] = 0
    for (let output = 0; output < this.wiring.ports; output++) {
      this.branches[at + B_FIRST + 4 * output + B_OVC] = -1
      this.branches[at + B_FIRST + 4 * output + B_SENT] = 0
    }
    return at
  }

  /** Sets the switch requests of a branching packet's outputs after a flit arrived. */
  private refreshBranches(ivc: number): void {
    const m = this.m
    const inPort = m[ivc + I_PORT]!
    for (let open = this.branches[m[ivc + I_HELD]! + B_OPEN]!; open !== 0; open &= open - 1) {
      this.refreshBranch(ivc, inPort + (lowest(open) - m[inPort + P_NUMBER]!) * this.portSize)
    }
  }

  private refreshBranch(ivc: number, out: number): void {
    const m = this.m
    const record = m[ivc + I_HELD]!
    const branch = record + B_FIRST + 4 * m[out + P_NUMBER]!
    const ovc = this.branches[branch + B_OVC]!
    if (ovc < 0) return
    const ahead = this.branches[branch + B_SENT]! - this.branches[record + B_RELEASED]!
    if (ahead < m[ivc + I_COUNT]! && m[ovc + O_CREDITS] !== 0) this.request(ivc, out, 16)
    else this.withdraw(ivc, out, 16)
  }

  /** The credits that arrive in a cycle; an endpoint's credit wakes its source. */
  credits(cycle: number, wake: (endpoint: number) => void): void {
    const m = this.m
    const { mask, count, words, capacity } = this.creditWheel
    const slot = cycle & mask
    const first = slot * capacity
    const end = first + count[slot]!
    for (let k = first; k < end; k++) {
      const ovc = words[k]!
      if (ovc < 0) {
        const port = m[~ovc + O_PORT]!
        m[~ovc + O_INJECT]!++
        m[port + P_INJECT]! |= 1 << (m[~ovc + O_KEY]! & 15)
        wake(m[port + P_ENDPOINT]!)
        continue
      }
      if (m[ovc + O_CREDITS]!++ !== 0) continue
      const out = m[ovc + O_PORT]!
      m[out + P_CREDIT]! |= 1 << (m[ovc + O_KEY]! & 15)
      const ivc = m[ovc + O_OWNER]!
      if (ivc < 0) continue
      if (m[ivc + I_STATE] === VC_BRANCHING) this.refreshBranch(ivc, out)
      else if (m[ivc + I_COUNT] !== 0) this.requestSwitch(ivc, out)
    }
    count[slot] = 0
  }

  /** Allocation and switch traversal of every router with requests. */
  step(): void {
    const m = this.m
    let kept = 0
    const count = this.activeCount
    for (let k = 0; k < count; k++) {
      const router = this.active[k]!
      const requests = m[router + R_REQUESTS]!
      const able = requests & m[router + R_FREE]! // the outputs that can hand out a VC: the others stay as they are
      const alone = m[router + R_ALONE]!
      if (alone < 0 || able !== 0 || requests >>> 16 !== 0) this.allocate(router, alone, able)
      else if (!this.passAlone(alone)) m[router + R_ALONE] = -1
      if (m[router + R_REQUESTS] !== LISTED || m[router + R_ALONE]! >= 0) this.active[kept++] = router
      else m[router + R_REQUESTS] = 0
    }
    this.activeCount = kept
  }

  /** Both allocations of one router, and what follows from them. */
  private allocate(router: number, alone: number, able: number): void {
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
    this.grantCount = 0
    this.matchCount = 0
    const bids = certain | (this.speculative ? able : 0)
    if (able !== 0) this.allocateVcs(router, able)
    if (bids !== 0) this.allocateSwitch(router, bids)
    for (let g = 0; g < this.grantCount; g++) this.takeVc(this.grantIvc[g]!, this.grantOvc[g]!)
    for (let n = 0; n < this.matchCount; n++) this.traverse(this.matchIvc[n]!, this.matchOut[n]!)
  }

  /** All bids of a router are for one output: the switch's two arbiters without the grants between them. */
  private passOne(router: number, out: number): void {
    const m = this.m
    if ((this.slowLinks || this.finiteReceive) && this.outputBlocked(out)) return
    const input = roundRobin(m[out + P_REQUESTS]! >>> 16, m[out + P_GRANT]!)
    const inPort = router + R_SIZE + input * this.portSize
    const vc = roundRobin(m[out + P_PAIR + input]! >>> 16, m[inPort + P_VC]!)
    m[out + P_GRANT] = input + 1
    m[inPort + P_ACCEPT] = m[out + P_NUMBER]! + 1
    m[inPort + P_VC] = vc + 1
    this.traverse(m[inPort + P_IN]! + vc * this.ivcSize, out)
  }

  /** The only bid of a router wins, if nothing blocks its output. Returns whether the VC still asks for the switch. */
  private passAlone(ivc: number): boolean {
    const m = this.m
    const ovc = m[ivc + I_HELD]!
    const out = m[ovc + O_PORT]!
    if ((this.slowLinks || this.finiteReceive) && this.outputBlocked(out)) return true
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

  /** Output VCs an input VC may take at an output port. */
  private allowedAt(ivc: number, out: number): number {
    const m = this.m
    if (m[ivc + I_STATE] !== VC_BRANCHING) return m[ivc + I_ALLOWED]!
    return this.branches[m[ivc + I_HELD]! + B_FIRST + 4 * m[out + P_NUMBER]! + B_ALLOWED]!
  }

  /** The requester takes one of `candidates` at an output port, from its accept pointer on. */
  private acceptVc(ivc: number, out: number, candidates: number): void {
    const m = this.m
    const base = m[out + P_NUMBER]! << 4
    const pointer = m[ivc + I_ACCEPT]! - base
    const vc = roundRobin(candidates, pointer < 0 || pointer > 16 ? 0 : pointer)
    const ovc = m[out + P_OUT]! + vc * O_SIZE
    m[ovc + O_GRANT] = m[ivc + I_KEY]! + 1
    m[ivc + I_ACCEPT] = base + vc + 1
    this.grantIvc[this.grantCount] = ivc
    this.grantOvc[this.grantCount++] = ovc
  }

  /** VC allocation: fills the grants; nothing is committed yet. */
  private allocateVcs(router: number, outputs: number): void {
    const m = this.m
    const ports = router + R_SIZE
    for (let rest = outputs; rest !== 0; rest &= rest - 1) {
      const out = ports + lowest(rest) * this.portSize
      const free = m[out + P_FREE]!
      const inputs = m[out + P_REQUESTS]! & 0xffff
      if ((inputs & (inputs - 1)) === 0) {
        const input = lowest(inputs)
        const vcs = m[out + P_PAIR + input]! & 0xffff
        if ((vcs & (vcs - 1)) === 0) {
          const ivc = m[ports + input * this.portSize + P_IN]! + lowest(vcs) * this.ivcSize
          const candidates = this.anyVc ? free : free & this.allowedAt(ivc, out)
          if (candidates !== 0) this.acceptVc(ivc, out, candidates)
          continue
        }
      }
      this.allocateContended(ports, out, inputs, free)
    }
  }

  /** Several input VCs want VCs of one output port: each free VC grants one, each requester accepts one. */
  private allocateContended(ports: number, out: number, inputs: number, free: number): void {
    const m = this.m
    const { requester, granted } = this
    let n = 0
    for (let rest = inputs; rest !== 0; rest &= rest - 1) {
      const input = lowest(rest)
      const base = m[ports + input * this.portSize + P_IN]!
      for (let vcs = m[out + P_PAIR + input]! & 0xffff; vcs !== 0; vcs &= vcs - 1) {
        requester[n] = base + lowest(vcs) * this.ivcSize
        granted[n++] = 0
      }
    }
    for (let vcs = free; vcs !== 0; vcs &= vcs - 1) {
      const vc = lowest(vcs)
      const pointer = m[m[out + P_OUT]! + vc * O_SIZE + O_GRANT]!
      let first = -1
      let chosen = -1
      for (let k = 0; k < n; k++) {
        const ivc = requester[k]!
        if (!this.anyVc && ((this.allowedAt(ivc, out) >> vc) & 1) === 0) continue
        if (first < 0) first = k
        if (m[ivc + I_KEY]! < pointer) continue
        chosen = k
        break
      }
      if (chosen < 0) chosen = first
      if (chosen >= 0) granted[chosen]! |= 1 << vc
    }
    for (let k = 0; k < n; k++) {
      if (granted[k] !== 0) this.acceptVc(requester[k]!, out, granted[k]!)
    }
  }

  /** Hands out a granted VC; the head flit is at the front, so it bids for the switch if there is a credit. */
  private takeVc(ivc: number, ovc: number): void {
    const m = this.m
    const out = m[ovc + O_PORT]!
    this.turnRequest(ivc, out, m[ovc + O_CREDITS] !== 0)
    m[ovc + O_OWNER] = ivc
    const free = m[out + P_FREE]! & ~(1 << (m[ovc + O_KEY]! & 15))
    m[out + P_FREE] = free
    if (free === 0) m[m[out + P_ROUTER]! + R_FREE]! &= ~(1 << m[out + P_NUMBER]!)
    if (m[ivc + I_STATE] === VC_BRANCHING) {
      this.branches[m[ivc + I_HELD]! + B_FIRST + 4 * m[out + P_NUMBER]! + B_OVC] = ovc
    } else {
      m[ivc + I_STATE] = VC_ACTIVE
      m[ivc + I_HELD] = ovc
    }
  }

  /** Withdraws a request for a VC and, if `bids`, asks for the switch instead: both halves in one go. */
  private turnRequest(ivc: number, out: number, bids: boolean): void {
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

  /** Heads of one input port that still wait for a VC of an output and could have one with a credit at once. */
  private speculators(ports: number, out: number, input: number): number {
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
  private biddingInputs(ports: number, out: number): number {
    const requests = this.m[out + P_REQUESTS]!
    let inputs = requests >>> 16
    if (!this.speculative) return inputs
    for (let rest = requests & 0xffff & ~inputs; rest !== 0; rest &= rest - 1) {
      if (this.speculators(ports, out, lowest(rest)) !== 0) inputs |= rest & -rest
    }
    return inputs
  }

  /** VC of an input port that bids for an output: round robin, speculative bids only when there is no other. */
  private bidder(ports: number, out: number, input: number): number {
    const m = this.m
    const certain = m[out + P_PAIR + input]! >>> 16
    const vcs = certain !== 0 ? certain : this.speculators(ports, out, input)
    return roundRobin(vcs, m[ports + input * this.portSize + P_VC]!)
  }

  /** Whether a link still carried an earlier cycle's flit in the cycle just simulated; not if it took one in that cycle. */
  linkBusy(out: number): boolean {
    const until = this.slowLinks ? this.busyUntil[this.m[out + P_ID]!]! : 0
    return until >= this.now && until < this.now - 1 + this.m[out + P_PER_FLIT]!
  }

  /** Whether a link or a receiver cannot take a flit in this cycle. */
  private outputBlocked(out: number): boolean {
    const m = this.m
    if (this.slowLinks && this.busyUntil[m[out + P_ID]!]! > this.now) return true
    if (!this.finiteReceive) return false
    const endpoint = m[out + P_ENDPOINT]!
    return endpoint >= 0 && this.receiveFree[endpoint]! <= 0
  }

  /** Switch allocation: fills the matches. */
  private allocateSwitch(router: number, outputs: number): void {
    const m = this.m
    const { grantsOf } = this
    const ports = router + R_SIZE
    const mayBlock = this.slowLinks || this.finiteReceive
    let grantedInputs = 0
    for (let rest = outputs; rest !== 0; rest &= rest - 1) {
      const output = lowest(rest)
      const out = ports + output * this.portSize
      const inputs = this.biddingInputs(ports, out)
      if (inputs === 0 || (mayBlock && this.outputBlocked(out))) continue
      const input = roundRobin(inputs, m[out + P_GRANT]!)
      const before = (grantedInputs >> input) & 1 ? grantsOf[input]! : 0
      grantsOf[input] = before | (1 << output)
      grantedInputs |= 1 << input
    }
    for (; grantedInputs !== 0; grantedInputs &= grantedInputs - 1) {
      const input = lowest(grantedInputs)
      const inPort = ports + input * this.portSize
      const grants = grantsOf[input]!
      const output = roundRobin(grants, m[inPort + P_ACCEPT]!)
      const out = ports + output * this.portSize
      const vc = this.bidder(ports, out, input)
      const ivc = m[inPort + P_IN]! + vc * this.ivcSize
      this.matchIvc[this.matchCount] = ivc
      this.matchOut[this.matchCount++] = out
      if ((grants & (grants - 1)) !== 0 && m[ivc + I_STATE] === VC_BRANCHING) {
        this.acceptBranches(ports, input, grants & ~(1 << output), ivc, out)
      }
      m[out + P_GRANT] = input + 1
      m[inPort + P_ACCEPT] = output + 1
      m[inPort + P_VC] = vc + 1
    }
  }

  /** A branching packet's flit goes to every output that granted it in this cycle: one buffer read, many outputs. */
  private acceptBranches(ports: number, input: number, others: number, ivc: number, firstOut: number): void {
    const m = this.m
    const base = m[ports + input * this.portSize + P_IN]!
    const branch = m[ivc + I_HELD]! + B_FIRST + B_SENT
    const sent = this.branches[branch + 4 * m[firstOut + P_NUMBER]!]
    for (let rest = others; rest !== 0; rest &= rest - 1) {
      const output = lowest(rest)
      const out = ports + output * this.portSize
      const same = base + this.bidder(ports, out, input) * this.ivcSize === ivc
      if (!same || this.branches[branch + 4 * output] !== sent) continue
      m[out + P_GRANT] = input + 1
      this.matchIvc[this.matchCount] = ivc
      this.matchOut[this.matchCount++] = out
    }
  }

  /** A match becomes a flit on its way, unless it was a bid without a VC (speculation that failed). */
  private traverse(ivc: number, out: number): void {
    const m = this.m
    const state = m[ivc + I_STATE]!
    if (state === VC_BRANCHING) {
      const ovc = this.branches[m[ivc + I_HELD]! + B_FIRST + 4 * m[out + P_NUMBER]! + B_OVC]!
      if (ovc >= 0 && m[ovc + O_CREDITS] !== 0) this.sendBranch(ivc, out, ovc)
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
  private forward(flit: number, ovc: number, out: number): void {
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
    if (this.adaptive) this.noteSent(flit, out)
    const peer = m[out + P_PEER_IN]!
    this.flits.push2(this.now + 2 + m[out + P_DELAY]!, peer < 0 ? ~ovc : peer + vc * this.ivcSize, flit)
    if (this.finiteReceive && peer < 0) this.receiveFree[m[out + P_ENDPOINT]!]!--
    if (this.slowLinks && m[out + P_PER_FLIT]! > 1) this.busyUntil[m[out + P_ID]!] = this.now + m[out + P_PER_FLIT]!
    if (this.observer !== null && (flit & (FLIT_HEAD | FLIT_TAIL)) !== 0) {
      this.observer.left(flit, m[m[out + P_ROUTER]! + R_INDEX]!, m[out + P_NUMBER]!, vc)
    }
    if (this.countsTags) this.countLink(flit >> 2, m[out + P_KIND]!, m[out + P_ENDPOINT]!)
  }

  /** For routing by load: when the output last sent, and where its head goes on to. */
  private noteSent(flit: number, out: number): void {
    const m = this.m
    m[out + P_SENT_AT] = this.now | 0
    if (!this.routesAhead || (flit & FLIT_HEAD) === 0 || m[out + P_PEER_IN]! < 0) return
    const { ports, peer } = this.wiring
    this.routeAhead(flit >> 2, peer[m[m[out + P_ROUTER]! + R_INDEX]! * ports + m[out + P_NUMBER]!]!)
  }

  private countLink(worm: number, kind: number, endpoint: number): void {
    const tag = this.worms.tag[worm]!
    if (kind === CHIP_LINK || (kind === EJECT_LINK && this.wiring.offChip[endpoint] === 1)) this.chipLinkFlitsByTag[tag]!++
    else if (kind !== EJECT_LINK) this.linkFlitsByTag[tag]!++
  }

  /** Endpoint behind an ejection VC. */
  endpointOf(ovc: number): number {
    return this.m[this.m[ovc + O_PORT]! + P_ENDPOINT]!
  }

  /** Flits that left each output; index router * ports + port. */
  linkFlits(): Float64Array {
    const { routers, ports } = this.wiring
    return Float64Array.from({ length: routers * ports }, (_, id) =>
      this.m[this.portAt(Math.floor(id / ports), id % ports) + P_FLITS]! >>> 0)
  }

  /** Flits that entered each router. */
  routerFlits(): Float64Array {
    return Float64Array.from({ length: this.wiring.routers }, (_, r) => this.m[this.routerAt(r) + R_FLITS]! >>> 0)
  }

  /** A flit leaves a source queue; where that is off the chip, it is counted as a flit over a chip-to-chip link. */
  countInjection(source: number, worm: number): void {
    if (this.countsTags && this.wiring.offChip[source] === 1) this.chipLinkFlitsByTag[this.worms.tag[worm]!]!++
  }

  /** A flit reaches its endpoint: its credit goes back. Returns the flit's index in its packet. */
  eject(ovc: number, flit: number): number {
    const m = this.m
    const index = m[ovc + O_DELIVERED]!
    m[ovc + O_DELIVERED] = (flit & FLIT_TAIL) !== 0 ? 0 : index + 1
    this.creditWheel.push1(this.now + 2, ovc)
    return index
  }

  /** Takes the front flit out of a buffer and returns its credit; behind a tail the next head moves up. */
  private release(ivc: number, flit: number): void {
    const m = this.m
    const inPort = m[ivc + I_PORT]!
    m[ivc + I_HEAD] = (m[ivc + I_HEAD]! + 1) & this.ringMask
    const left = m[ivc + I_COUNT]! - 1
    m[ivc + I_COUNT] = left
    const vc = m[ivc + I_KEY]! & 15
    const peer = m[inPort + P_PEER_OUT]!
    const target = peer < 0 ? ~(m[inPort + P_OUT]! + vc * O_SIZE) : peer + vc * O_SIZE
    this.creditWheel.push1(this.now + 1 + m[inPort + P_DELAY]!, target)
    if ((flit & FLIT_TAIL) === 0) return
    m[ivc + I_STATE] = left === 0 ? VC_IDLE : VC_WAITING
    if (left === 0) return
    // The route stage of this cycle is over for a head that moves up now; with look-ahead it needs none.
    if (this.lookahead) this.routeNow[this.routeNowCount++] = ivc
    else this.routeNext[this.routeNextCount++] = ivc
  }

  /** One output of a branching packet sends its next flit; the buffer slot is freed when all outputs have it. */
  private sendBranch(ivc: number, out: number, ovc: number): void {
    const m = this.m
    const b = this.branches
    const record = m[ivc + I_HELD]!
    const branch = record + B_FIRST + 4 * m[out + P_NUMBER]!
    const ahead = b[branch + B_SENT]! - b[record + B_RELEASED]!
    const flit = m[ivc + I_RING + ((m[ivc + I_HEAD]! + ahead) & this.ringMask)]!
    this.forward(flit, ovc, out)
    b[branch + B_SENT]!++
    if ((flit & FLIT_TAIL) !== 0) {
      b[record + B_OPEN]! &= ~(1 << m[out + P_NUMBER]!)
      b[branch + B_OVC] = -1
      this.withdraw(ivc, out, 16)
    } else {
      this.refreshBranch(ivc, out)
    }
    let slowest = b[branch + B_SENT]!
    for (let all = b[record + B_ALL]!; all !== 0; all &= all - 1) {
      slowest = Math.min(slowest, b[record + B_FIRST + 4 * lowest(all) + B_SENT]!)
    }
    if (slowest === b[record + B_RELEASED]) {
      this.branchCopies++
      return
    }
    b[record + B_RELEASED] = slowest
    const front = m[ivc + I_RING + m[ivc + I_HEAD]!]!
    if ((front & FLIT_TAIL) !== 0) {
      b[record] = this.freeBranch
      this.freeBranch = record
    }
    this.release(ivc, front)
  }
}
