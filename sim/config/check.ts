import type { ChipSpec } from './chip-spec.js'
import { tileCount } from './size.js'

/** One thing wrong with a chip: the key it hangs on, and what is wrong with it, in words. */
export interface ChipProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Rule = (spec: ChipSpec) => ChipProblem | undefined

const barrierNeedsUnrolledTrains: Rule = ({ sync, core }) => {
  if (sync.mode !== 'barrier' || core.spikeTrain === 'unrolled') return undefined
  return {
    path: ['core', 'spikeTrain'],
    message: `core.spikeTrain is 'burst', but sync.mode 'barrier' sends one spike a time step:`
      + ` set core.spikeTrain to 'unrolled', or sync.mode to 'dataflow'`,
  }
}

// The next three rules are those of sim/network, which states why in docs/network.md; here they are placed in the file.

const enoughVirtualChannels: Rule = ({ grid, network }) => {
  const why = grid.topology === 'torus' ? 'packets that wrap around a ring of a torus need channels of their own'
    : network.routing === 'o1turn' ? `routing 'o1turn' keeps XY and YX packets apart`
    : undefined
  if (why === undefined || network.virtualChannels >= 2) return undefined
  return {
    path: ['network', 'virtualChannels'],
    message: `network.virtualChannels is ${network.virtualChannels}, but must be at least 2 to be free of deadlock: ${why}`,
  }
}

const torusIsRoutedInDimensionOrder: Rule = ({ grid, network }) => {
  if (grid.topology !== 'torus' || network.routing === 'xy' || network.routing === 'yx') return undefined
  return {
    path: ['network', 'routing'],
    message: `network.routing '${network.routing}' is free of deadlock on a mesh only: on a torus use 'xy' or 'yx'`,
  }
}

const treesTakeNoOddEvenTurns: Rule = ({ network }) => {
  if (network.routing !== 'odd-even' || network.multicast !== 'tree') return undefined
  return {
    path: ['network', 'multicast'],
    message: `network.multicast 'tree' takes turns that network.routing 'odd-even' forbids, and can deadlock:`
      + ` set network.multicast to 'unicast', or network.routing to 'xy' or 'west-first'`,
  }
}

const chipsFormAMesh: Rule = ({ grid, system }) => {
  if (grid.topology !== 'torus' || system.chipColumns * system.chipRows === 1) return undefined
  return {
    path: ['grid', 'topology'],
    message: `grid.topology 'torus' is for one chip, but the system has ${system.chipColumns}x${system.chipRows}:`
      + ` the links between chips form a mesh; use 'mesh'`,
  }
}

/** Routers are numbered in 16 bits (sim/network). */
const MOST_TILES = 65536

const tilesCanBeNumbered: Rule = (spec) => {
  const tiles = tileCount(spec)
  if (tiles <= MOST_TILES) return undefined
  const { grid, system } = spec
  return {
    path: ['system'],
    message: `${system.chipColumns}x${system.chipRows} chips of ${grid.columns}x${grid.rows} tiles are ${tiles} tiles,`
      + ` above the most there may be, ${MOST_TILES}`,
  }
}

/** An event is at least 16 bits in a flit (sim/packets.ts). */
const SMALLEST_EVENT_BITS = 16

const fifoTakesAFlit: Rule = ({ core, network }) => {
  const events = Math.floor(network.flitBits / SMALLEST_EVENT_BITS)
  if (core.spikeFifoEvents >= events) return undefined
  return {
    path: ['core', 'spikeFifoEvents'],
    message: `core.spikeFifoEvents is ${core.spikeFifoEvents}, but one flit of network.flitBits ${network.flitBits}`
      + ` holds up to ${events} events, which must fit`,
  }
}

const weightSramHoldsARowOfWords: Rule = ({ core }) => {
  const rowBits = core.weightBanks * core.weightBankBits
  if (core.weightSramKiB * 8192 >= rowBits) return undefined
  return {
    path: ['core', 'weightSramKiB'],
    message: `core.weightSramKiB ${core.weightSramKiB} is less than one word in each bank:`
      + ` ${core.weightBanks} banks of ${core.weightBankBits} bits need ${rowBits / 8192} KiB`,
  }
}

const RULES: readonly Rule[] = [
  barrierNeedsUnrolledTrains,
  enoughVirtualChannels,
  torusIsRoutedInDimensionOrder,
  treesTakeNoOddEvenTurns,
  chipsFormAMesh,
  tilesCanBeNumbered,
  fifoTakesAFlit,
  weightSramHoldsARowOfWords,
]

/** What is wrong with a chip whose keys are each valid by themselves; empty when nothing is. */
export function checkChip(spec: ChipSpec): ChipProblem[] {
  return RULES.map((rule) => rule(spec)).filter((problem) => problem !== undefined)
}
