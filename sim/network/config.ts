import { InputError } from '../errors.js'
import {
  type Attachment, describeRefusal, type FabricDescription, type FabricTable, refusalsOf, type Routing, ROUTINGS, TOPOLOGIES,
  type TopologyName,
} from '../fabric/index.js'


/** What a network is built from: a fabric, and routers. Endpoint e of router r has the index r * endpointsPerRouter + e. */
export interface NetworkConfig {
  readonly columns: number
  readonly rows: number
  readonly topology: TopologyName
  /** Endpoints (cores) on one router, 1..4; more than one makes a concentrated mesh or torus. */
  readonly endpointsPerRouter: number
  /** Endpoints beside the cores, such as a host; their indices follow those of the cores, in this order. */
  readonly attached?: readonly Attachment[]
  readonly routing: Routing
  /** Virtual channels of an input port, 1..16. */
  readonly virtualChannels: number
  /** Buffer depth of one virtual channel, flits. */
  readonly bufferFlits: number
  /** Cycles from one router to the next without contention: 5 = RC, VA, SA, ST, link. */
  readonly hopCycles: 3 | 4 | 5
  /** How 4 cycles are reached: false (the default) routes one hop ahead, true bids for VC and switch at once. */
  readonly speculative?: boolean
  readonly multicast: 'tree' | 'unicast'
  /** Flits an endpoint holds until `release`; Infinity (the default) sinks a flit a cycle for ever. */
  readonly receiveBufferFlits?: number
  /** Number of tags packets are counted under; 0 (the default) counts none. */
  readonly tags?: number
  /** Pin each flow (source, destination set) to one virtual channel and one path, so that it stays in order. */
  readonly ordered?: boolean
  /** Cycles a flit spends on a link between routers of one chip; 1 by default. */
  readonly linkCycles?: number
  /** A grid of chips: chipColumns x chipRows chips share the routers evenly, joined by slower links. */
  readonly chipColumns?: number
  readonly chipRows?: number
  /** Cycles a flit spends on a link between chips; 8 by default. */
  readonly chipLinkCycles?: number
  /** Cycles between two flits on a link between chips; 1 (full rate) by default. */
  readonly chipLinkCyclesPerFlit?: number
  /** Who simulates the routers: `wasm`, WebAssembly (the default), or `plain` code. The same bits. */
  readonly kernels?: 'wasm' | 'plain'
  /** Links and routes, when the topology is `table`. */
  readonly table?: FabricTable | undefined
}

export type ResolvedConfig = Required<Omit<NetworkConfig, keyof FabricDescription>> & FabricDescription

const MAX_ROUTERS = 65536
const MAX_BUFFER_ENTRIES = 2 ** 28

function checkInteger(key: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  const nearest = Number.isFinite(value) ? Math.min(max, Math.max(min, Math.round(value))) : min
  throw new InputError(`network: ${key} = ${value}, allowed are the integers ${min} to ${max}; nearest is ${nearest}`)
}

function checkChoice(key: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return
  throw new InputError(`network: ${key} = ${String(value)}, allowed are ${choices.join(', ')}`)
}

function checkRanges(config: ResolvedConfig): void {
  checkInteger('columns', config.columns, 1, 1024)
  checkInteger('rows', config.rows, 1, 1024)
  checkInteger('columns * rows', config.columns * config.rows, 1, MAX_ROUTERS)
  checkInteger('endpointsPerRouter', config.endpointsPerRouter, 1, 4)
  checkInteger('virtualChannels', config.virtualChannels, 1, 16)
  checkInteger('bufferFlits', config.bufferFlits, 1, 256)
  checkInteger('tags', config.tags, 0, 65536)
  checkInteger('linkCycles', config.linkCycles, 1, 64)
  checkInteger('chipColumns', config.chipColumns, 1, config.columns)
  checkInteger('chipRows', config.chipRows, 1, config.rows)
  checkInteger('chipLinkCycles', config.chipLinkCycles, 1, 1024)
  checkInteger('chipLinkCyclesPerFlit', config.chipLinkCyclesPerFlit, 1, 256)
  if (config.receiveBufferFlits !== Infinity) {
    checkInteger('receiveBufferFlits', config.receiveBufferFlits, 1, 2 ** 30)
  }
  checkChoice('topology', config.topology, TOPOLOGIES)
  checkChoice('routing', config.routing, ROUTINGS)
  checkChoice('hopCycles', config.hopCycles, [3, 4, 5])
  checkChoice('kernels', config.kernels, ['wasm', 'plain'])
  checkChoice('multicast', config.multicast, ['tree', 'unicast'])
}

function checkChips(config: ResolvedConfig): void {
  for (const [key, size, chips] of [
    ['chipColumns', config.columns, config.chipColumns], ['chipRows', config.rows, config.chipRows],
  ] as const) {
    if (size % chips === 0) continue
    throw new InputError(`network: ${key} = ${chips} does not divide the ${size} routers of that direction`)
  }
}

/** Refuses what could deadlock or cannot be built, with the reason (the arguments stand in docs/network.md). */
function checkFabric(config: ResolvedConfig): void {
  const refusals = refusalsOf(config)
  if (refusals.length === 0) return
  throw new InputError(refusals.map((refusal) => `network: ${describeRefusal(refusal, config, (key) => key)}`).join('\n'))
}

/**
 * Fills in defaults and checks ranges and deadlock freedom.
 * @throws InputError naming the key, the value, the limit and what to choose instead
 */
export function resolveConfig(config: NetworkConfig): ResolvedConfig {
  const resolved: ResolvedConfig = {
    ...config,
    attached: config.attached ?? [],
    table: config.table,
    kernels: config.kernels ?? 'wasm',
    speculative: config.hopCycles === 3 || (config.hopCycles === 4 && (config.speculative ?? false)),
    receiveBufferFlits: config.receiveBufferFlits ?? Infinity,
    tags: config.tags ?? 0,
    ordered: config.ordered ?? false,
    linkCycles: config.linkCycles ?? 1,
    chipColumns: config.chipColumns ?? 1,
    chipRows: config.chipRows ?? 1,
    chipLinkCycles: config.chipLinkCycles ?? 8,
    chipLinkCyclesPerFlit: config.chipLinkCyclesPerFlit ?? 1,
  }
  checkRanges(resolved)
  checkChips(resolved)
  checkFabric(resolved)
  const ports = 4 + resolved.endpointsPerRouter + resolved.attached.length
  const entries = resolved.columns * resolved.rows * ports * resolved.virtualChannels * resolved.bufferFlits
  if (entries > MAX_BUFFER_ENTRIES) {
    throw new InputError(
      `network: ${entries} buffered flits in all routers, at most ${MAX_BUFFER_ENTRIES} fit; ` +
      'choose fewer routers, virtualChannels or bufferFlits')
  }
  return resolved
}
