import { disassembleWord, instructionByOpcode } from '../../isa/index.js'
import type { DecodedProgram, InstructionSpec, OperandField } from '../../isa/index.js'
import { InputError } from '../errors.js'
import { hostWords } from '../image.js'
import type { AxonTableEntry, CoreImage, MachineImage, RouteEntry, WeightTile } from '../image.js'
import { packetFormat, wordFlits } from '../packets.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { coreCount } from '../config/size.js'
import { rowWords } from '../config/weight-rows.js'
import { SEMAPHORES } from './core.js'
import { weightBytes } from './weights.js'

/**
 * What can be wrong with a machine image before it runs: every index and range that operands and tables state by
 * themselves. What registers reach into is checked as it runs (execute.ts).
 */

/** Limits that come from the chip and the rest of the image. */
interface Limits {
  readonly spec: ChipSpec
  /** Cores of the chip; the endpoint behind the last is the host. */
  readonly cores: number
  readonly image: MachineImage
}

const DATA_SRAM = 'data SRAM (core.dataSramKiB)'
const WEIGHT_SRAM = 'weight SRAM (core.weightSramKiB)'
const ADDERS = 'adder array (core.accumulators)'

/** Names the place that is being checked; called only when something is wrong with it. */
type Where = () => string

/**
 * All but the weights themselves, so that what follows may read them.
 * @throws InputError naming core, table entry or instruction, the value and the limit
 */
export function checkImage(image: MachineImage, programs: readonly DecodedProgram[], spec: ChipSpec): void {
  const cores = coreCount(spec)
  if (image.cores.length > cores) throw new InputError(`the image has ${image.cores.length} cores, the system ${cores}`)
  const limits = { spec, cores, image }
  image.cores.forEach((core, id) => checkCore(core, id, programs[id]!, limits))
}

/** Words of data SRAM that a core has in memory. */
function dataWordsOf(core: CoreImage, spec: ChipSpec): number {
  const words = Math.floor(spec.core.dataSramKiB * 256)
  return Math.min(words, core.dataWords ?? words)
}

function checkCore(core: CoreImage, id: number, program: DecodedProgram, limits: Limits): void {
  const { spec, image } = limits
  const dataWords = dataWordsOf(core, spec)
  core.data.forEach(({ address, words }, index) => {
    within(() => `core ${id}, data segment ${index}`, address, words.length, dataWords, 'word', DATA_SRAM)
  })
  core.axonTable.forEach((entry, table) => checkEntry(entry, () => `core ${id}, axon table entry ${table}`, spec))
  core.routes.forEach((route, index) => checkRoute(route, () => `core ${id}, route ${index}`, limits))
  if (core.program.length > spec.core.programWords) {
    throw new InputError(
      `core ${id}: the program has ${core.program.length} instructions, core.programWords is ${spec.core.programWords}`,
    )
  }
  if (core.tags.length !== core.program.length) {
    throw new InputError(`core ${id}: ${core.tags.length} tags for ${core.program.length} instructions`)
  }
  const foreign = core.tags.find((tag) => tag >= image.tags.length)
  if (foreign !== undefined) {
    throw new InputError(`core ${id}: tag ${foreign}, but the image has tags 0..${image.tags.length - 1}`)
  }
  for (let at = 0; at < program.op.length; at++) {
    const row = instructionByOpcode[program.op[at]!]!
    const where = (): string => (
      `core ${id}, instruction ${at} '${disassembleWord(core.program[at]!).replace(/\s+/g, ' ')}'`
    )
    checkInstruction(row, operandsOf(row, program, at), where, core, limits)
  }
}

type Operands = Readonly<Record<string, number>>

function operandsOf(row: InstructionSpec, program: DecodedProgram, at: number): Operands {
  const slots = [program.a, program.b, program.c, program.d, program.e]
  const operands: Record<string, number> = {}
  for (const { name, slot } of row.operands) operands[name] = slots[slot]![at]!
  return operands
}

/** A range [first, first + length) of something with `size` places. */
function within(where: Where, first: number, length: number, size: number, unit: string, of: string): void {
  if (first >= 0 && first + length <= size) return
  throw new InputError(
    `${where()}: ${unit}s ${first}..${first + length - 1}, but there are ${unit}s 0..${size - 1} in the ${of}`,
  )
}

function index(where: Where, what: string, value: number, size: number): void {
  if (value < size) return
  throw new InputError(
    `${where()}: ${what} ${value}, but ${size === 0 ? `there is no ${what}` : `the last is ${size - 1}`}`,
  )
}

function checkEntry(entry: AxonTableEntry, where: Where, spec: ChipSpec): void {
  const { tile } = entry
  if (tile.inputs < 1 || tile.outputs < 1) {
    throw new InputError(`${where()}: a tile of ${tile.inputs} inputs x ${tile.outputs} outputs`)
  }
  const sums = entry.levels === undefined ? 1 : 2 // of each output
  within(where, entry.accumulator, sums * tile.outputs, spec.core.accumulators, 'accumulator', ADDERS)
  const isShape = tile.weights.length === 0 // statistics mode: there are no weights to look at
  if (!isShape) {
    within(where, tile.offset, (tile.inputs - 1) * tile.stride + tile.outputs, tile.weights.length, 'weight', 'layer')
  }
  const bytes = weightBytes(entry, rowWords(spec.core, tile.outputs, tile.bits), spec.core.weightBankBits)
  if (entry.streamed !== 'through') {
    within(where, entry.weightAddress, bytes, spec.core.weightSramKiB * 1024, 'byte', WEIGHT_SRAM)
  }
}

/**
 * The weights of an image that `checkImage` has passed. Law: each is within its tile's limit.
 * @param known tiles whose weights have been looked at already
 * @throws InputError naming core, table entry, the weight and the limit
 */
export function checkImageWeights(image: MachineImage, known: ReadonlySet<WeightTile>): void {
  image.cores.forEach(({ axonTable }, core) => axonTable.forEach(({ tile }, table) => {
    if (tile.weights.length > 0 && !known.has(tile)) checkWeights(tile, () => `core ${core}, axon table entry ${table}`)
  }))
}

function checkWeights(tile: WeightTile, where: Where): void {
  const { weights, offset, stride, inputs, outputs, limit, bits } = tile
  if (fitsByWords(tile)) return
  for (let input = 0; input < inputs; input++) {
    const row = offset + input * stride
    for (let at = row; at < row + outputs; at++) {
      const weight = weights[at]!
      if (weight <= limit && weight >= -limit - 1) continue
      throw new InputError(
        `${where()}: weight ${weight} of input ${input}, output ${at - row} does not fit ${bits} bits ` +
          `(${-limit - 1}..${limit})`,
      )
    }
  }
}

/**
 * True if all weights fit, found four at a time; false if one does not, or the tile does not lie in whole words. A
 * byte fits k + 1 bits if its bits k..7 are equal: if it and itself shifted by one agree in bits k + 1..7.
 */
function fitsByWords({ weights, offset, stride, inputs, outputs, limit }: WeightTile): boolean {
  const first = weights.byteOffset + offset
  if ((limit & (limit + 1)) !== 0 || ((first | stride | outputs) & 3) !== 0) return false
  const differing = (0xff & ~(2 * limit + 1)) * 0x01010101
  const words = new Int32Array(weights.buffer, first, ((inputs - 1) * stride + outputs) / 4)
  let excess = 0
  for (let row = 0; row < words.length; row += stride / 4) {
    for (let at = row, end = row + outputs / 4; at < end; at++) {
      const four = words[at]!
      excess |= four ^ (four << 1)
    }
  }
  return (excess & differing) === 0
}

function checkRoute(route: RouteEntry, where: Where, { cores, image }: Limits): void {
  if (route.destinations.length === 0) throw new InputError(`${where()}: no destination`)
  for (const destination of route.destinations) {
    if (destination >= 0 && destination < image.cores.length) continue
    if (destination === cores && image.host !== undefined) continue
    const host = image.host === undefined ? '; there is no host' : `, or ${cores} for the host`
    throw new InputError(
      `${where()}: destination ${destination}, but the image has cores 0..${image.cores.length - 1}${host}`,
    )
  }
  if (!(route.semaphore >= 0 && route.semaphore < SEMAPHORES)) {
    throw new InputError(`${where()}: semaphore ${route.semaphore}, but there are semaphores 0..${SEMAPHORES - 1}`)
  }
}

function checkInstruction(
  row: InstructionSpec, operands: Operands, where: Where, core: CoreImage, limits: Limits,
): void {
  const { spec } = limits
  const dataWords = dataWordsOf(core, spec)
  for (const operand of row.operands) {
    const { name, kind, access } = operand
    const value = operands[name]!
    if (kind === 'route') index(where, 'route', value, core.routes.length)
    else if (kind === 'table') index(where, 'axon table entry', value, core.axonTable.length)
    else if (kind === 'target') index(where, 'instruction', value, core.program.length)
    else if (kind === 'acc') within(where, value, operands.len!, spec.core.accumulators, 'accumulator', ADDERS)
    else if (kind === 'addr' && access !== 'none') { // of DLD and DST, one address names an external buffer
      within(where, value, staticWords(operand, operands), dataWords, 'word', DATA_SRAM)
    }
  }
  if (row.class === 'messages') checkWords(core.routes[operands.route!]!, operands.len!, where, limits)
  else if (row.class === 'spikes out') checkSpikeRoute(core.routes[operands.route!]!, where, limits)
}

/** Words that an instruction surely reaches behind an address operand; registers may add to them. */
function staticWords({ reach = 'len' }: OperandField, operands: Operands): number {
  switch (reach) {
    case 'len': return operands.len!
    case 'rbOrLen': return operands.rb === 0 ? operands.len! : 0
    case 'one': return 1
    case 'running': return 0
  }
}

/** Words that a send writes at its destinations. */
function checkWords(route: RouteEntry, length: number, where: Where, { spec, cores, image }: Limits): void {
  for (const destination of route.destinations) {
    const [words, memory] = destination === cores
      ? [image.host === undefined ? 0 : hostWords(image.host), 'host memory']
      : [dataWordsOf(image.cores[destination]!, spec), `data SRAM of core ${destination}`]
    within(where, route.address, length, words, 'word', memory)
  }
  const format = packetFormat(spec.network, spec.core.spikeTrain)
  const flits = wordFlits(Math.min(length, format.wordsPerPacket), format)
  if (route.destinations.length < 2 || spec.network.multicast !== 'tree' || flits <= spec.network.bufferFlits) return
  throw new InputError(
    `${where()}: a packet of ${flits} flits branches to ${route.destinations.length} cores, but network.bufferFlits is ` +
      `${spec.network.bufferFlits}, and a branching packet must fit a buffer. Raise network.bufferFlits, lower ` +
      'network.wordsPerPacket, or set network.multicast to unicast',
  )
}

function checkSpikeRoute(route: RouteEntry, where: Where, { cores }: Limits): void {
  if (route.destinations.includes(cores)) {
    throw new InputError(`${where()}: spikes go to the host, which takes words and signals only`)
  }
}
