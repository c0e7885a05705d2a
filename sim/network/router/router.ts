import { firstOutput, routePhase, secondOutput } from '../../fabric/index.js'
import { Random } from '../../random.js'
import type { ResolvedConfig } from '../config.js'
import { type DestinationSets, nodeClass, nodeOutputs, SET_RECTANGLE } from '../destination-sets.js'
import { LAYOUT } from '../layout.js'
import type { Worms } from '../worms.js'
import { type KernelHost, type RouterKernel, routerKernel } from './kernel.js'
import { plainMemory } from './memory.js'
import { Stages } from './stages.js'

const {
  R_FLITS, R_INDEX, P_FLITS, P_NUMBER, P_OUT, P_PER_FLIT, P_ROUTER, P_SENT_AT, P_ID, I_HEAD, I_PORT, I_RING, O_CREDITS, O_SIZE, FLIT_HEAD,
  FLIT_TAIL,
} = LAYOUT

/** Fields that change here, never in the kernel. */
const KERNEL_KEEPS: ReadonlySet<string> = new Set(['watched'])

/** Sees packets enter their source queue, and their heads and tails arrive at and leave routers: for logs. */
export interface FlitObserver {
  queued(worm: number): void
  /** `flit` is a head or a tail (or both), `port` the input port. */
  arrived(flit: number, router: number, port: number, vc: number): void
  left(flit: number, router: number, port: number, vc: number): void
}

/**
 * The routers as the network uses them: the stages, and what they ask of others: routes that depend on fabric, load or
 * destination sets, narrow links, logs and counters.
 */
export class Routers extends Stages {
  readonly random: Random
  private readonly wormTable: Worms
  sets!: DestinationSets
  flitHops = 0
  /** VCs of class 0 (XY packets, rings not crossed) and class 1; the odd one out belongs to class 0. */
  private readonly classVcs: Int32Array
  private readonly hasClasses: boolean
  private readonly adaptive: boolean
  private readonly routesAhead: boolean
  /** Cycle from which a slow link, by its output port id, can take a flit again. */
  private readonly busyUntil: Float64Array
  /** What `carryCounters` moved, by port id and by router. */
  private readonly carriedOfPorts: Float64Array
  private readonly carriedOfRouters: Float64Array
  private seenBy: FlitObserver | null = null
  private fresh = true

  private readonly kernel: RouterKernel | undefined

  constructor(config: ResolvedConfig, seed: number, worms: Worms) {
    const host: { routers?: Routers } = {}
    const kernel = config.kernels === 'wasm' ? routerKernel(() => host.routers as unknown as KernelHost) : undefined
    super(config, kernel?.memory ?? plainMemory())
    host.routers = this
    this.kernel = kernel
    this.wormTable = worms
    this.random = new Random(seed)
    const vcs = config.virtualChannels
    // BookSim2 gives class 1 the upper floor(vcs / 2) channels.
    const lower = (1 << (vcs - (vcs >> 1))) - 1
    this.classVcs = Int32Array.of(lower, this.allVcs & ~lower)
    this.hasClasses = this.fabric.classes > 1
    this.adaptive = this.fabric.adaptive
    this.routesAhead = this.adaptive && this.lookahead
    this.watched = this.adaptive
    this.busyUntil = new Float64Array(this.slowLinks ? this.wiring.routers * this.ports : 0)
    this.carriedOfPorts = new Float64Array(this.wiring.routers * this.ports)
    this.carriedOfRouters = new Float64Array(this.wiring.routers)
    this.handOver()
  }

  get observer(): FlitObserver | null {
    return this.seenBy
  }

  set observer(observer: FlitObserver | null) {
    this.seenBy = observer
    this.watched = this.adaptive || observer !== null
    this.handOver()
  }

  /** Tells the kernel all fields as they are here: at the beginning, and after a change of the few that the kernel never changes. */
  private handOver(): void {
    if (this.kernel === undefined) return
    for (const [name, field] of Object.entries(this.kernel.fields)) {
      const value = (this as unknown as Record<string, unknown>)[name]
      if (typeof field === 'object' && (this.fresh || KERNEL_KEEPS.has(name))) field.value = Number(value)
    }
    this.fresh = false
  }

  /** What arrives in the current cycle; deliveries stand at `delivered`, three words each. Returns their number. */
  arrive(): number {
    const { kernel } = this
    if (kernel === undefined) {
      const count = this.arrivals()
      this.flitHops += this.arrived
      return count
    }
    kernel.fields['now']!.value = this.now | 0
    const count = kernel.arrivals()
    this.flitHops += kernel.fields['arrived']!.value
    return count
  }

  /** The credits of a cycle; endpoints that got one stand at `woken`. Returns their number. */
  takeCredits(cycle: number): number {
    return this.kernel === undefined ? this.credits(cycle) : this.kernel.credits(cycle | 0)
  }

  /** Simulates the switches and routes of the current cycle, once arrivals, credits and injections are done. */
  step(): void {
    if (this.kernel === undefined) this.stages()
    else this.kernel.stages()
  }

  /** Whether WebAssembly simulates the routers. */
  get compiled(): boolean {
    return this.kernel !== undefined
  }

  /** Routers with a request. */
  get busyRouters(): number {
    return this.kernel?.fields['activeCount']!.value ?? this.activeCount
  }

  /** Further crossbar outputs that branching flits took. */
  get copies(): number {
    return this.kernel?.fields['branchCopies']!.value ?? this.branchCopies
  }

  override roomForWorms(worms: number): void {
    super.roomForWorms(worms)
    const field = this.kernel?.fields['worms']
    if (field !== undefined) field.value = this.worms
  }

  override roomForBranches(): void {
    if (this.freeBranch >= 0) return
    super.roomForBranches()
    const field = this.kernel?.fields['freeBranch']
    if (field !== undefined) field.value = this.freeBranch
  }

  protected routeElsewhere(ivc: number): number {
    const { m, wiring, wormTable } = this
    const inPort = m[ivc + I_PORT]!
    const router = m[m[inPort + P_ROUTER]! + R_INDEX]!
    const worm = m[ivc + I_RING + m[ivc + I_HEAD]!]! >> 2
    const target = wormTable.target[worm]!
    if (target < 0) return this.routeSet(router, m[inPort + P_NUMBER]!, ~target, worm)
    const targetRouter = wiring.endpointRouter[target]!
    if (targetRouter === router) {
      const output = wiring.endpointPort[target]!
      m[this.routeVcs + output] = this.config.ordered ? this.pinned(this.allVcs, worm) : this.allVcs
      return 1 << output
    }
    const phase = wormTable.phase[worm]!
    const coin = this.hasClasses && this.fabric.wantsCoin(phase) ? this.coin(worm) : 0
    const source = wiring.endpointRouter[wormTable.source[worm]!]!
    const route = this.fabric.route(router, m[inPort + P_NUMBER]!, targetRouter, source, phase, coin)
    const output = this.routesAhead ? wormTable.output[worm]! : this.moreCredits(router, firstOutput(route), secondOutput(route))
    wormTable.phase[worm] = routePhase(route)
    m[this.routeVcs + output] = this.allowed(routePhase(route), worm)
    return 1 << output
  }

  /** Outputs and VCs of a branching packet. */
  private routeSet(router: number, inputPort: number, set: number, worm: number): number {
    const rectangle = this.sets.kind[set] === SET_RECTANGLE
    const node = rectangle ? 0 : this.sets.node(set, router)
    const outputs = rectangle ? this.sets.rectangleOutputs(set, router, inputPort) : nodeOutputs(node)
    for (let output = 0; output < this.ports; output++) {
      if (((outputs >> output) & 1) === 0) continue
      const local = output >= this.wiring.directions
      const vcs = local ? this.allVcs : this.allowed(nodeClass(node, output), worm)
      this.m[this.routeVcs + output] = local && this.config.ordered ? this.pinned(vcs, worm) : vcs
    }
    return outputs
  }

  /** Of two outputs the one with more credits, the first when they are equal: what the adaptive routings choose by. */
  private moreCredits(router: number, a: number, b: number): number {
    return a !== b && this.creditsBeforeSwitch(router, b) > this.creditsBeforeSwitch(router, a) ? b : a
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

  /**
   * Look-ahead with adaptive routing: the output of a router that a head is about to be sent to is decided when it wins
   * the switch of the router before (or leaves its source), on what that router's credits were before this cycle's switch.
   */
  routeAhead(worm: number, inputPortId: number): void {
    const { wormTable, wiring } = this
    const target = wormTable.target[worm]!
    if (!this.routesAhead || target < 0) return
    const router = Math.floor(inputPortId / wiring.ports)
    const targetRouter = wiring.endpointRouter[target]!
    if (router === targetRouter) return
    const source = wiring.endpointRouter[wormTable.source[worm]!]!
    const route = this.fabric.route(router, inputPortId % wiring.ports, targetRouter, source, wormTable.phase[worm]!, 0)
    wormTable.output[worm] = this.moreCredits(router, firstOutput(route), secondOutput(route))
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
    const { source, target } = this.wormTable
    return (Math.imul(source[worm]! + 1, 0x9e3779b1) ^ Math.imul(target[worm]! + 3, 0x85ebca6b)) >>> 8
  }

  /** The one VC of a mask that a flow is pinned to. */
  pinned(vcs: number, worm: number): number {
    let skip = (this.flow(worm) >> 6) % this.config.virtualChannels
    for (let rest = vcs; ; rest = (rest & (rest - 1)) === 0 ? vcs : rest & (rest - 1)) {
      if (skip-- === 0) return rest & -rest
    }
  }

  protected holdLink(id: number, cycles: number): void {
    this.busyUntil[id] = this.now + cycles
  }

  protected linkHeld(id: number): boolean {
    return this.busyUntil[id]! > this.now
  }

  /** Whether a link still carried an earlier cycle's flit in the cycle just simulated; not if it took one in that cycle. */
  linkBusy(out: number): boolean {
    const until = this.slowLinks ? this.busyUntil[this.m[out + P_ID]!]! : 0
    return until >= this.now && until < this.now - 1 + this.m[out + P_PER_FLIT]!
  }

  protected flitArrived(flit: number, router: number, port: number, vc: number): void {
    if ((flit & (FLIT_HEAD | FLIT_TAIL)) !== 0) this.seenBy?.arrived(flit, router, port, vc)
  }

  protected flitLeft(flit: number, router: number, port: number, vc: number): void {
    if (this.adaptive) this.noteSent(flit, router, port)
    if ((flit & (FLIT_HEAD | FLIT_TAIL)) !== 0) this.seenBy?.left(flit, router, port, vc)
  }

  /** For routing by load: when the output last sent, and where its head goes on to. */
  private noteSent(flit: number, router: number, port: number): void {
    this.m[this.portAt(router, port) + P_SENT_AT] = this.now | 0
    const peer = this.wiring.peer[router * this.ports + port]!
    if (this.routesAhead && (flit & FLIT_HEAD) !== 0 && peer >= 0) this.routeAhead(flit >> 2, peer)
  }

  /** Flits that left each output; index router * ports + port. */
  linkFlitCounts(): Float64Array {
    const { ports } = this.wiring
    return this.carriedOfPorts.map((carried, id) => carried + (this.m[this.portAt(Math.floor(id / ports), id % ports) + P_FLITS]! >>> 0))
  }

  /** Flits that entered each router. */
  routerFlits(): Float64Array {
    return this.carriedOfRouters.map((carried, router) => carried + (this.m[this.routerAt(router) + R_FLITS]! >>> 0))
  }

  /** Moves the counters of flits, which have 32 bits, to doubles. Call it at least every 2^28 cycles: a router has at most 15 ports. */
  carryCounters(): void {
    const { ports, routers } = this.wiring
    this.carriedOfPorts.set(this.linkFlitCounts())
    this.carriedOfRouters.set(this.routerFlits())
    for (let id = 0; id < routers * ports; id++) this.m[this.portAt(Math.floor(id / ports), id % ports) + P_FLITS] = 0
    for (let router = 0; router < routers; router++) this.m[this.routerAt(router) + R_FLITS] = 0
  }

  private tagCounts(first: number): Float64Array {
    return this.d.subarray(first, first + this.config.tags) as Float64Array
  }

  get flitHopsByTag(): Float64Array {
    return this.tagCounts(this.flitHopsOf)
  }

  get linkFlitsByTag(): Float64Array {
    return this.tagCounts(this.linkFlits)
  }

  /** Flits over links between chips, and off the chip. */
  get chipLinkFlitsByTag(): Float64Array {
    return this.tagCounts(this.chipLinkFlits)
  }

  /** A flit leaves a source queue; where that is off the chip, it is counted as a flit over a chip-to-chip link. */
  countInjection(source: number, tag: number): void {
    if (this.countsTags && this.wiring.offChip[source] === 1) this.d[this.chipLinkFlits + tag]!++
  }
}
