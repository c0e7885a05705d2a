import { describeRefusal, type FabricDescription, refusalsOf } from '../fabric/index.js'
import type { ChipSpec } from './chip-spec.js'
import { type CoreKindName, kindsOn } from './core-kinds.js'
import { dataBankBits } from './data-sram.js'
import { fabricDescription } from './fabric.js'
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

/** Where the keys of a fabric stand in a chip file. */
const FABRIC_KEYS: Readonly<Partial<Record<keyof FabricDescription, readonly [string, string]>>> = {
  topology: ['grid', 'topology'], table: ['grid', 'table'], endpointsPerRouter: ['grid', 'coresPerTile'],
  routing: ['network', 'routing'], virtualChannels: ['network', 'virtualChannels'], multicast: ['network', 'multicast'],
  chipColumns: ['system', 'chipColumns'], chipRows: ['system', 'chipRows'],
}

/** What the fabric refuses, such as what could deadlock, hung on the keys of the chip file. */
function fabricProblems(spec: ChipSpec): ChipProblem[] {
  const description = fabricDescription(spec)
  const pathOf = (key: keyof FabricDescription): readonly string[] => FABRIC_KEYS[key] ?? ['grid']
  return refusalsOf(description).map((refusal) => ({
    path: pathOf(refusal.key), message: describeRefusal(refusal, description, (key) => pathOf(key).join('.')),
  }))
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

/** Kinds of core whose arrays can do something about zero weights, and what. */
const SPARING_KINDS: Readonly<Partial<Record<CoreKindName, readonly ChipSpec['core']['zeroWeights'][]>>> = {
  'adder-array': ['gated', 'skipped'],
  // A lane keeps one output's sum over a whole train: without its weight it waits for the others.
  'mac-lanes': ['gated'],
}

const coresCanSpareZeros: Rule = (spec) => {
  const { zeroWeights } = spec.core
  if (zeroWeights === 'paid') return undefined
  const kind = kindsOn(spec).find((one) => SPARING_KINDS[one]?.includes(zeroWeights) !== true)
  if (kind === undefined) return undefined
  const may = ['paid', ...SPARING_KINDS[kind] ?? []].join(', ')
  return { path: ['core', 'zeroWeights'], message: `core.zeroWeights is '${zeroWeights}', but cores of kind ${kind} stand on the chip, which take: ${may}` }
}

const arrayIsFilled: Rule = (spec) => {
  const { lanes, arrayRows } = spec.core
  if (!kindsOn(spec).includes('systolic') || lanes % arrayRows === 0) return undefined
  return {
    path: ['core', 'arrayRows'],
    message: `core.arrayRows ${arrayRows} does not divide core.lanes ${lanes}, which is how many processing elements a systolic array has`,
  }
}

const dataSramTakesAFlit: Rule = (spec) => {
  const { core, network } = spec
  const [words, bankBits] = [Math.max(1, Math.floor(network.flitBits / 32)), dataBankBits(spec)]
  if (core.dataSramPorts === 'ideal' || 2 * 32 * words <= core.dataSramBanks * bankBits) return undefined
  return {
    path: ['core', 'dataSramBanks'],
    message: `core.dataSramBanks is ${core.dataSramBanks}, which read or write ${bankBits} bits a cycle each, but the network brings`
      + ` ${32 * words} that may have to be read, added to and written back: at least ${Math.ceil((64 * words) / bankBits)} banks,`
      + ' or a larger core.dataSramBankBits',
  }
}

const RULES: readonly Rule[] = [
  coresCanSpareZeros,
  arrayIsFilled,
  barrierNeedsUnrolledTrains,
  tilesCanBeNumbered,
  fifoTakesAFlit,
  weightSramHoldsARowOfWords,
  dataSramTakesAFlit,
]

/** What is wrong with a chip whose keys are each valid by themselves; empty when nothing is. */
export function checkChip(spec: ChipSpec): ChipProblem[] {
  const problems = RULES.map((rule) => rule(spec)).filter((problem) => problem !== undefined)
  return tilesCanBeNumbered(spec) === undefined ? [...problems, ...fabricProblems(spec)] : problems
}
