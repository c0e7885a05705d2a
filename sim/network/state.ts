import { Random } from '../random.js'
import type { ResolvedConfig } from './config.js'
import { buildTopology, type Topology } from './topology.js'
import { Wheel } from './wheel.js'

/** States of an input virtual channel. */
export const VC_IDLE = 0
/** The head flit waits for its route or for an output virtual channel. */
export const VC_WAITING = 1
/** The packet holds one output virtual channel. */
export const VC_ACTIVE = 2
/** The packet leaves through several outputs, each with its own progress. */
export const VC_BRANCHING = 3

/** Flits are one integer: (worm << 2) | (head << 1) | tail. */
export const FLIT_TAIL = 1
export const FLIT_HEAD = 2

/** Index of the lowest bit at or after `start` in `mask`, cyclically: a round-robin arbiter. mask is not 0. */
export function roundRobin(mask: number, start: number): number {
  const from = mask & (-1 << start)
  const candidates = from !== 0 ? from : mask
  return 31 - Math.clz32(candidates & -candidates)
}

/**
 * All router state, as structure of arrays. Indices: port id = (router << portShift) | port; a virtual channel
 * is (port id << vcShift) | vc, of an input port (`ivc`) or of an output port (`ovc`, mirroring the buffer at the
 * other end of the link); a pair is (output port id << portShift) | input port.
 */
export class NetworkState {
  readonly config: ResolvedConfig
  readonly topology: Topology
  readonly random: Random
  readonly portShift: number
  readonly portMask: number
  readonly vcShift: number
  readonly vcMask: number
  readonly allVcs: number
  /** VCs of class 0 (XY packets, rings not crossed) and class 1; the odd one out belongs to class 0. */
  readonly classVcs: Int32Array
  now = 0

  readonly ringShift: number
  readonly ringMask: number
  readonly buffer: Int32Array
  readonly bufferHead: Uint16Array
  readonly bufferCount: Uint16Array
  readonly vcState: Uint8Array
  /** Unicast: output VC held, and the output VCs the head may take. */
  readonly heldOvc: Int32Array
  readonly allowedVcs: Uint16Array
  /** Branching packets: outputs of the packet, outputs not finished, flits released; then per (ivc, port). */
  readonly branchAll: Uint16Array
  readonly branchOpen: Uint16Array
  readonly branchReleased: Uint16Array
  branchOvc = new Int32Array(0)
  branchSent = new Uint16Array(0)
  branchAllowed = new Uint16Array(0)

  readonly credits: Uint16Array
  readonly owner: Int32Array
  /** Per output port: VCs not held by a packet, VCs with a credit. */
  readonly freeVcs: Uint16Array
  readonly creditVcs: Uint16Array
  readonly linkBusyUntil: Float64Array

  /** Requests: per pair a mask of input VCs, per output port a mask of input ports, per router a mask of outputs. */
  readonly vaRequests: Uint16Array
  readonly vaInputs: Uint16Array
  readonly vaOutputs: Uint16Array
  readonly saRequests: Uint16Array
  readonly saInputs: Uint16Array
  readonly saOutputs: Uint16Array
  /** iSLIP pointers: grant per output, accept per input; and the VC pointer of an input port. */
  readonly vaGrant: Int16Array
  readonly vaAccept: Int16Array
  readonly saGrant: Uint8Array
  readonly saAccept: Uint8Array
  readonly saVc: Uint8Array

  readonly flits: Wheel
  readonly creditWheel: Wheel
  /** Routers with requests; input VCs whose head is routed at the end of this cycle, and of the next. */
  readonly activeRouters: Int32Array
  activeCount = 0
  readonly isActive: Uint8Array
  routeNow: Int32Array
  routeNowCount = 0
  routeNext: Int32Array
  routeNextCount = 0

  /** Injection, per input port id of a local port. */
  readonly injectCredits: Uint16Array
  readonly injectVcs: Uint16Array
  /** Flits an endpoint can still take; only kept when receive buffers are finite. */
  readonly receiveFree: Int32Array
  readonly finiteReceive: boolean
  readonly slowLinks: boolean

  readonly routerFlits: Float64Array
  readonly linkFlits: Float64Array

  constructor(config: ResolvedConfig, seed: number) {
    this.config = config
    this.random = new Random(seed)
    this.topology = buildTopology(config)
    const { routers, portShift, endpoints, maxDelayCycles } = this.topology
    const vcs = config.virtualChannels
    this.portShift = portShift
    this.portMask = (1 << portShift) - 1
    this.vcShift = Math.ceil(Math.log2(vcs))
    this.vcMask = (1 << this.vcShift) - 1
    this.allVcs = (1 << vcs) - 1
    // BookSim2 gives class 1 the upper floor(vcs / 2) channels.
    const lower = (1 << (vcs - (vcs >> 1))) - 1
    this.classVcs = Int32Array.of(lower, this.allVcs & ~lower)
    this.ringShift = Math.ceil(Math.log2(config.bufferFlits))
    this.ringMask = (1 << this.ringShift) - 1
    const portIds = routers << portShift
    const channels = portIds << this.vcShift
    const pairs = portIds << portShift
    this.buffer = new Int32Array(channels << this.ringShift)
    this.bufferHead = new Uint16Array(channels)
    this.bufferCount = new Uint16Array(channels)
    this.vcState = new Uint8Array(channels)
    this.heldOvc = new Int32Array(channels).fill(-1)
    this.allowedVcs = new Uint16Array(channels)
    this.branchAll = new Uint16Array(channels)
    this.branchOpen = new Uint16Array(channels)
    this.branchReleased = new Uint16Array(channels)
    this.credits = new Uint16Array(channels).fill(config.bufferFlits)
    this.owner = new Int32Array(channels).fill(-1)
    this.freeVcs = new Uint16Array(portIds).fill(this.allVcs)
    this.creditVcs = new Uint16Array(portIds).fill(this.allVcs)
    this.linkBusyUntil = new Float64Array(portIds)
    this.vaRequests = new Uint16Array(pairs)
    this.vaInputs = new Uint16Array(portIds)
    this.vaOutputs = new Uint16Array(routers)
    this.saRequests = new Uint16Array(pairs)
    this.saInputs = new Uint16Array(portIds)
    this.saOutputs = new Uint16Array(routers)
    this.vaGrant = new Int16Array(channels)
    this.vaAccept = new Int16Array(channels)
    this.saGrant = new Uint8Array(portIds)
    this.saAccept = new Uint8Array(portIds)
    this.saVc = new Uint8Array(portIds)
    const slots = 2 ** Math.ceil(Math.log2(maxDelayCycles + 4))
    this.flits = new Wheel(slots)
    this.creditWheel = new Wheel(slots)
    this.activeRouters = new Int32Array(routers)
    this.isActive = new Uint8Array(routers)
    this.routeNow = new Int32Array(channels)
    this.routeNext = new Int32Array(channels)
    this.injectCredits = new Uint16Array(channels).fill(config.bufferFlits)
    this.injectVcs = new Uint16Array(portIds).fill(this.allVcs)
    this.finiteReceive = config.receiveBufferFlits !== Infinity
    this.receiveFree = new Int32Array(endpoints).fill(this.finiteReceive ? config.receiveBufferFlits : 0)
    this.slowLinks = config.chipLinkCyclesPerFlit > 1 && config.chipColumns * config.chipRows > 1
    this.routerFlits = new Float64Array(routers)
    this.linkFlits = new Float64Array(portIds)
  }

  /** Makes room for branching packets; called when the first destination set with several outputs is registered. */
  allocateBranches(): void {
    if (this.branchOvc.length > 0) return
    const size = this.vcState.length << this.portShift
    this.branchOvc = new Int32Array(size).fill(-1)
    this.branchSent = new Uint16Array(size)
    this.branchAllowed = new Uint16Array(size)
  }

  /** Puts a router on the worklist. */
  activate(router: number): void {
    if (this.isActive[router] !== 0) return
    this.isActive[router] = 1
    this.activeRouters[this.activeCount++] = router
  }
}
