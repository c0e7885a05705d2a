import { didYouMean, InputError } from '../errors.js'
import type { Random } from '../random.js'
import type { ResolvedConfig } from './config.js'

export const PATTERNS = [
  'uniform', 'transpose', 'tornado', 'bit-complement', 'bit-reverse', 'shuffle', 'neighbor', 'hotspot', 'multicast',
] as const
export type Pattern = (typeof PATTERNS)[number]

export interface TrafficOptions {
  readonly pattern: Pattern
  /** Hotspot: the nodes (default: one in the middle), and the share of packets that go there (default 1). */
  readonly hotspots?: readonly number[]
  readonly hotspotFraction?: number
  /** Multicast: destinations of a packet. */
  readonly fanout?: number
}

/** A traffic pattern by name. @throws InputError with the nearest name */
export function patternByName(name: string): Pattern {
  const found = PATTERNS.find((pattern) => pattern === name)
  if (found) return found
  throw new InputError(`no traffic pattern '${name}'.${didYouMean(name, PATTERNS)} Patterns: ${PATTERNS.join(', ')}`)
}

function bitsOf(nodes: number, pattern: string): number {
  const bits = 31 - Math.clz32(nodes)
  if (2 ** bits === nodes) return bits
  throw new InputError(
    `traffic ${pattern} permutes the bits of a node's index and needs a power of two of nodes, not ${nodes}; ` +
    `${2 ** bits} or ${2 ** (bits + 1)} would do`)
}

function reverseBits(value: number, bits: number): number {
  let reversed = 0
  for (let k = 0; k < bits; k++) reversed |= ((value >> k) & 1) << (bits - 1 - k)
  return reversed
}

/** Moves a node by its router's coordinates; the place on the router stays. */
function moved(config: ResolvedConfig, node: number, move: (column: number, row: number) => readonly [number, number]): number {
  const { columns, rows, endpointsPerRouter } = config
  const router = Math.floor(node / endpointsPerRouter)
  const [column, row] = move(router % columns, Math.floor(router / columns))
  return ((row % rows) * columns + (column % columns)) * endpointsPerRouter + (node % endpointsPerRouter)
}

/**
 * The destination of each node under a permutation pattern, as in BookSim2: tornado goes ceil(k/2) - 1 further in
 * both dimensions, neighbor 1 further, both modulo the size; transpose swaps column and row.
 */
export function permutation(config: ResolvedConfig, pattern: Pattern): Int32Array {
  const { columns, rows, endpointsPerRouter } = config
  const nodes = columns * rows * endpointsPerRouter
  const target = (node: number): number => {
    switch (pattern) {
      case 'transpose': return moved(config, node, (column, row) => [row, column])
      case 'tornado':
        return moved(config, node, (c, r) => [c + Math.ceil(columns / 2) - 1, r + Math.ceil(rows / 2) - 1])
      case 'neighbor': return moved(config, node, (column, row) => [column + 1, row + 1])
      case 'bit-complement': return nodes - 1 - node
      case 'bit-reverse': return reverseBits(node, bitsOf(nodes, pattern))
      case 'shuffle': return ((node << 1) & (nodes - 1)) | (node >> (bitsOf(nodes, pattern) - 1))
      default: throw new Error(`traffic ${pattern} is no permutation`)
    }
  }
  if (pattern === 'transpose' && columns !== rows) {
    throw new InputError(`traffic transpose needs as many columns as rows, not ${columns} x ${rows}`)
  }
  if (pattern === 'bit-reverse' || pattern === 'shuffle') bitsOf(nodes, pattern)
  return Int32Array.from({ length: nodes }, (_, node) => target(node))
}

function checkHotspots(nodes: number, options: TrafficOptions): readonly number[] {
  const hotspots = options.hotspots ?? [Math.floor(nodes / 2)]
  const wrong = hotspots.find((node) => !Number.isInteger(node) || node < 0 || node >= nodes)
  if (wrong !== undefined) throw new InputError(`hotspot ${wrong} does not exist, nodes are 0 to ${nodes - 1}`)
  if (hotspots.length === 0) throw new InputError('hotspot traffic needs at least one hotspot')
  const fraction = options.hotspotFraction ?? 1
  if (!(fraction >= 0 && fraction <= 1)) throw new InputError(`hotspot fraction ${fraction} is not between 0 and 1`)
  return hotspots
}

/** Nodes whose router works, in order. */
export function workingNodes({ columns, rows, endpointsPerRouter, table }: ResolvedConfig): number[] {
  const dead = new Set(table?.dead)
  return Array.from({ length: columns * rows * endpointsPerRouter }, (_, node) => node)
    .filter((node) => !dead.has(Math.floor(node / endpointsPerRouter)))
}

function checkWorking({ endpointsPerRouter, table }: ResolvedConfig, targets: readonly number[]): void {
  const lost = targets.find((node) => table?.dead.includes(Math.floor(node / endpointsPerRouter)))
  if (lost !== undefined) throw new InputError(`the traffic sends to node ${lost}, whose router does not work; uniform traffic avoids such nodes`)
}

/**
 * A function from source node to the destination of its next packet. Uniform draws from all nodes, the source
 * included, as BookSim2 does.
 */
export function destinationOf(config: ResolvedConfig, options: TrafficOptions, random: Random): (source: number) => number {
  const nodes = config.columns * config.rows * config.endpointsPerRouter
  const working = workingNodes(config)
  if (options.pattern === 'uniform') return () => working[random.below(working.length)]!
  if (options.pattern === 'hotspot') {
    const hotspots = checkHotspots(nodes, options)
    const fraction = options.hotspotFraction ?? 1
    checkWorking(config, hotspots)
    return () => random.uniform() < fraction ? hotspots[random.below(hotspots.length)]! : working[random.below(working.length)]!
  }
  const targets = permutation(config, options.pattern)
  checkWorking(config, working.map((node) => targets[node]!))
  return (source) => targets[source]!
}

/** `count` distinct nodes, drawn without replacement, in increasing order. */
export function drawSet(nodes: number, count: number, random: Random): number[] {
  if (!Number.isInteger(count) || count < 1 || count > nodes) {
    throw new InputError(`multicast fan-out ${count} is not between 1 and the ${nodes} nodes`)
  }
  const drawn = new Set<number>()
  // Floyd's sampling: as many draws as elements.
  for (let limit = nodes - count; limit < nodes; limit++) {
    const candidate = random.below(limit + 1)
    drawn.add(drawn.has(candidate) ? limit : candidate)
  }
  return [...drawn].sort((a, b) => a - b)
}
