import type { ChipSpec } from './chip-spec.js'

/** One thing wrong with a chip: the key it hangs on, and what is wrong with it, in words. */
export interface ChipProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Rule = (spec: ChipSpec) => ChipProblem | undefined

/** Flits of one packet: a header flit and its payload. */
function packetFlits(payloadBits: number, flitBits: number): number {
  return 1 + Math.ceil(payloadBits / flitBits)
}

const barrierNeedsUnrolledTrains: Rule = ({ sync, core }) => {
  if (sync.mode !== 'barrier' || core.spikeTrain === 'unrolled') return undefined
  return {
    path: ['core', 'spikeTrain'],
    message: `core.spikeTrain is 'burst', but sync.mode 'barrier' sends one spike a time step:`
      + ` set core.spikeTrain to 'unrolled', or sync.mode to 'dataflow'`,
  }
}

/** Channels that the routing function needs so that no cycle of waiting packets can close (Dally and Seitz, 1987). */
function channelsNeeded({ grid, network }: ChipSpec): { count: number; why: string } {
  const routes = network.routing === 'o1turn' ? 2 : 1
  const dateline = grid.topology === 'torus' ? 2 : 1
  const reasons = [
    ...(routes > 1 ? [`routing 'o1turn' keeps XY and YX packets apart`] : []),
    ...(dateline > 1 ? ['a torus breaks each ring at a dateline'] : []),
  ]
  return { count: routes * dateline, why: reasons.join(', and ') }
}

const enoughVirtualChannels: Rule = (spec) => {
  const { count, why } = channelsNeeded(spec)
  const { virtualChannels } = spec.network
  if (virtualChannels >= count) return undefined
  return {
    path: ['network', 'virtualChannels'],
    message: `network.virtualChannels is ${virtualChannels}, but must be at least ${count} to be free of deadlock: ${why}`,
  }
}

const turnModelsAreForMeshes: Rule = ({ grid, network }) => {
  if (grid.topology !== 'torus' || (network.routing !== 'odd-even' && network.routing !== 'west-first')) return undefined
  return {
    path: ['network', 'routing'],
    message: `network.routing '${network.routing}' is free of deadlock on a mesh only:`
      + ` on a torus use 'xy', 'yx' or 'o1turn'`,
  }
}

const wordPacketFitsQueue: Rule = ({ network }) => {
  const flits = packetFlits(network.wordsPerPacket * 32, network.flitBits)
  if (flits <= network.injectionQueueFlits) return undefined
  return {
    path: ['network', 'wordsPerPacket'],
    message: `network.wordsPerPacket ${network.wordsPerPacket} makes packets of ${flits} flits,`
      + ` but network.injectionQueueFlits is ${network.injectionQueueFlits}: raise the queue or shorten the packet`,
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

const torusHasRings: Rule = ({ grid }) => {
  if (grid.topology !== 'torus' || (grid.columns !== 2 && grid.rows !== 2)) return undefined
  const side = grid.columns === 2 ? 'columns' : 'rows'
  return {
    path: ['grid', side],
    message: `grid.${side} is 2, but a torus ring of two tiles has both its links between the same pair:`
      + ` use 3 or more, or grid.topology 'mesh'`,
  }
}

const RULES: readonly Rule[] = [
  barrierNeedsUnrolledTrains,
  enoughVirtualChannels,
  turnModelsAreForMeshes,
  wordPacketFitsQueue,
  weightSramHoldsARowOfWords,
  torusHasRings,
]

/** What is wrong with a chip whose keys are each valid by themselves; empty when nothing is. */
export function checkChip(spec: ChipSpec): ChipProblem[] {
  return RULES.map((rule) => rule(spec)).filter((problem) => problem !== undefined)
}
