import { buildFabric, type Fabric, type Wiring } from '../../fabric/index.js'
import type { ResolvedConfig } from '../config.js'
import { LAYOUT } from '../layout.js'
import type { RouterMemory } from './memory.js'

const {
  R_ALONE, R_COLUMN, R_FREE, R_INDEX, R_ROW, R_SIZE, P_CREDIT, P_DELAY, P_ENDPOINT, P_FREE, P_ID, P_IN, P_INJECT, P_KIND, P_NUMBER, P_OUT,
  P_PAIR, P_PEER_IN, P_PEER_OUT, P_PER_FLIT, P_ROUTER, P_SENT_AT, I_HELD, I_KEY, I_PORT, I_RING, O_CREDITS, O_INJECT, O_KEY, O_OWNER, O_PORT,
  O_SIZE, B_FIRST, W_SIZE, W_PLACE, W_TAG,
} = LAYOUT

/** Input or output ports of a router, at most, as scratch areas are sized. */
const MOST_MATCHES = 256

/**
 * The state of all routers: one array `m`, in which everything has an address, and the few numbers that are not in it. The
 * stages (requests.ts, traversal.ts, switch-allocation.ts, vc-allocation.ts, stages.ts) are written on these names alone, so
 * that they compile to JavaScript and to WebAssembly.
 */
export abstract class RouterState {
  readonly config: ResolvedConfig
  readonly fabric: Fabric
  readonly wiring: Wiring
  protected readonly memory: RouterMemory
  /** All words, and the same memory as 64-bit floats. Both are replaced when the memory grows, which is never within a cycle. */
  m: Int32Array
  d: Float64Array
  /** The cycle being simulated. */
  now = 0

  // Sizes and addresses, fixed once laid out.
  readonly blockSize: number
  readonly portSize: number
  readonly ivcSize: number
  readonly ringMask: number
  readonly ports: number
  readonly allVcs: number
  readonly wheelMask: number
  readonly flitCapacity: number
  readonly creditCapacity: number
  readonly flitCount: number
  readonly flitWords: number
  readonly creditCount: number
  readonly creditWords: number
  readonly woken: number
  readonly delivered: number
  protected readonly active: number
  protected readonly matches: number
  protected readonly grants: number
  protected readonly requesters: number
  protected readonly grantsOf: number
  readonly routeVcs: number
  readonly receiveFree: number
  protected readonly offChip: number
  /** Addresses in `d`: counters by tag. */
  protected readonly flitHopsOf: number
  protected readonly linkFlits: number
  protected readonly chipLinkFlits: number

  // What kind of routers they are.
  protected readonly lookahead: boolean
  protected readonly speculative: boolean
  /** Every packet may take every VC: no classes, no pinned flows. */
  protected readonly anyVc: boolean
  /** Plain XY on a mesh, the usual case, is routed in place. */
  protected readonly plainXy: boolean
  protected readonly slowLinks: boolean
  readonly finiteReceive: boolean
  /** Whether an output may be unable to take a flit. */
  protected readonly mayBlock: boolean
  protected readonly countsTags: boolean
  /** Whether somebody sees every flit arrive and leave. */
  protected watched = false

  // What changes.
  activeCount = 0
  /** Input VCs whose head is routed at the end of this cycle, and of the next. */
  protected routeNow: number
  routeNowCount = 0
  protected routeNext: number
  routeNextCount = 0
  protected grantCount = 0
  protected matchCount = 0
  protected freeBranch = -1
  branchCopies = 0
  /** Flits that entered buffers in this cycle's arrivals. */
  protected arrived = 0
  /** Address of the worms' words. */
  worms: number
  private wormRoom = 0

  constructor(config: ResolvedConfig, memory: RouterMemory) {
    this.config = config
    this.memory = memory
    this.fabric = buildFabric(config)
    this.wiring = this.fabric.wiring
    const { routers, ports, endpoints, maxDelayCycles } = this.wiring
    const { virtualChannels: vcs, tags } = config
    this.ports = ports
    this.allVcs = (1 << vcs) - 1
    const ring = 2 ** Math.ceil(Math.log2(config.bufferFlits))
    this.ringMask = ring - 1
    this.portSize = P_PAIR + ports
    this.ivcSize = I_RING + ring
    this.blockSize = R_SIZE + ports * (this.portSize + vcs * (this.ivcSize + O_SIZE))
    const slots = 2 ** Math.ceil(Math.log2(maxDelayCycles + 4))
    this.wheelMask = slots - 1
    // A link carries a flit a cycle and has one length, so no port gets more than one flit, or credit, in a cycle.
    this.flitCapacity = 2 * (routers * ports + endpoints)
    this.creditCapacity = routers * ports + endpoints
    memory.take(routers * this.blockSize)
    this.flitCount = memory.take(slots)
    this.flitWords = memory.take(slots * this.flitCapacity)
    this.creditCount = memory.take(slots)
    this.creditWords = memory.take(slots * this.creditCapacity)
    this.woken = memory.take(this.creditCapacity)
    this.delivered = memory.take(3 * endpoints)
    this.active = memory.take(routers)
    this.routeNow = memory.take(routers * ports * vcs)
    this.routeNext = memory.take(routers * ports * vcs)
    this.matches = memory.take(2 * MOST_MATCHES)
    this.grants = memory.take(2 * MOST_MATCHES)
    this.requesters = memory.take(2 * MOST_MATCHES)
    this.grantsOf = memory.take(32)
    this.routeVcs = memory.take(32)
    this.receiveFree = memory.take(endpoints)
    this.offChip = memory.take(endpoints)
    this.flitHopsOf = memory.takeDoubles(tags)
    this.linkFlits = memory.takeDoubles(tags)
    this.chipLinkFlits = memory.takeDoubles(tags)
    this.worms = 0
    this.m = memory.words
    this.d = memory.doubles
    this.speculative = config.speculative
    this.lookahead = config.hopCycles === 3 || (config.hopCycles === 4 && !config.speculative)
    this.anyVc = this.fabric.classes === 1 && !config.ordered
    this.plainXy = this.anyVc && this.fabric.columnsFirst
    this.slowLinks = this.wiring.cyclesPerFlit.some((cycles) => cycles > 1)
    this.finiteReceive = config.receiveBufferFlits !== Infinity
    this.mayBlock = this.slowLinks || this.finiteReceive
    this.countsTags = tags > 0
    for (let r = 0; r < routers; r++) for (let port = 0; port < ports; port++) this.layOutPort(r, port)
    this.m.fill(this.finiteReceive ? config.receiveBufferFlits : 0, this.receiveFree, this.receiveFree + endpoints)
    this.m.set(this.wiring.offChip, this.offChip)
    this.roomForWorms(256)
  }

  /** The output ports a head may leave by, with the VCs it may take at each (at `routeVcs`), where RC does not know itself. */
  protected abstract routeElsewhere(ivc: number): number
  /** A narrow link is busy for some cycles, and whether it is. */
  protected abstract holdLink(id: number, cycles: number): void
  protected abstract linkHeld(id: number): boolean
  protected abstract flitArrived(flit: number, router: number, port: number, vc: number): void
  protected abstract flitLeft(flit: number, router: number, port: number, vc: number): void

  /** Makes room for a worm's words. Addresses change: not within a cycle. */
  roomForWorms(worms: number): void {
    if (worms <= this.wormRoom) return
    const room = Math.max(worms, 2 * this.wormRoom)
    const from = this.worms
    const used = this.wormRoom * W_SIZE
    this.worms = this.memory.take(room * W_SIZE)
    this.m = this.memory.words
    this.d = this.memory.doubles
    this.m.copyWithin(this.worms, from, from + used)
    this.wormRoom = room
  }

  /** A packet's words: where it goes (-1 when routes are looked up elsewhere), and the tag it is counted under. */
  setWorm(worm: number, target: number, tag: number): void {
    this.roomForWorms(worm + 1)
    const at = this.worms + worm * W_SIZE
    const { endpointRouter, endpointPort, columnOf, rowOf } = this.wiring
    const router = target < 0 ? 0 : endpointRouter[target]!
    this.m[at + W_PLACE] = target < 0 ? -1 : (columnOf[router]! << 14) | (rowOf[router]! << 4) | endpointPort[target]!
    this.m[at + W_TAG] = tag
  }

  /** Branch records, one for each input VC: made when the first tree is registered, not within a cycle. */
  roomForBranches(): void {
    if (this.freeBranch >= 0) return
    const size = B_FIRST + 4 * this.ports
    const records = this.wiring.routers * this.ports * this.config.virtualChannels
    const first = this.memory.take(size * records)
    this.m = this.memory.words
    this.d = this.memory.doubles
    for (let k = 0; k < records; k++) this.m[first + k * size] = k + 1 < records ? first + (k + 1) * size : -1
    this.freeBranch = first
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
    return router * this.blockSize + R_SIZE + this.ports * this.portSize + port * this.config.virtualChannels * this.ivcSize
  }

  private ovcAt(router: number, port: number): number {
    return this.ivcAt(router, this.ports) + port * this.config.virtualChannels * O_SIZE
  }

  private layOutPort(router: number, port: number): void {
    const { m, wiring } = this
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
    this.layOutChannels(at)
  }

  private layOutChannels(at: number): void {
    const { m, config } = this
    for (let vc = 0; vc < config.virtualChannels; vc++) {
      const ivc = m[at + P_IN]! + vc * this.ivcSize
      const ovc = m[at + P_OUT]! + vc * O_SIZE
      const key = (m[at + P_NUMBER]! << 4) | vc
      m[ivc + I_HELD] = -1
      m[ivc + I_PORT] = at
      m[ivc + I_KEY] = key
      m[ovc + O_CREDITS] = config.bufferFlits
      m[ovc + O_INJECT] = config.bufferFlits
      m[ovc + O_OWNER] = -1
      m[ovc + O_PORT] = at
      m[ovc + O_KEY] = key
    }
  }
}
