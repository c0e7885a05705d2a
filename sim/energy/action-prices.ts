import type { Action } from '../../isa/actions.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { linkMm, tilePitchMm, weightWireMm } from './area.js'
import { addPj, macPj, type Range } from './arithmetic.js'
import {
  ARITHMETIC_PJ, CHIP_LINK_PJ_PER_BIT, CONTROL_SCALE_FROM_22, DRAM_ACTIVATE_PJ, DRAM_PJ_PER_BIT, LINK_PJ_PER_BIT_MM, type Mark,
  REGISTER_PJ_PER_BIT, ROUTER_64_PJ, SENECA_ISSUE_PJ, SENECA_LANE_PJ, SENECA_LOOP_BUFFER_PJ, SOURCES,
} from './constants.js'
import { around, type Driver, scaleRange, sumRanges } from './drivers.js'
import { coreGeometry, EVENT_BITS } from './geometry.js'
import { describeMemory, type Memory, readPj, writePj } from './memory.js'
import type { Price, Widths } from './price.js'
import { registerWritePj } from './register-file.js'
import { bufferScale, flitWidthScale, hasMemoryNetwork } from './router-scale.js'
import { energyScale, supplyVolts } from './supply.js'

/** Leading-nonzero detection: 0.023 mW at 800 MHz, one find a cycle, at 45 nm (EIE, table II). */
const NONZERO_FIND_PJ_45 = 0.023 / 0.8

/** Two-input gates of one bit of an adder (28 transistors for 4). */
const GATES_PER_ADDER_BIT = 7

/** The axon of an event, and a counter over rows. */
const ROW_BITS = 14

/** Multiplications and additions of one exponential, reciprocal, root, sine or cosine (short polynomial or Newton). */
const SPECIAL_STEPS = 4

interface Origin {
  readonly driver: Driver
  readonly source: string
  readonly mark: Mark
}

/** A price of the chip's own supply, from a range at the node's nominal one. */
function price(spec: ChipSpec, range: Range, formula: string, origin: Origin): Price {
  return { ...scaleRange(range, energyScale(spec)), ...origin, unit: 'pJ', supplyVolts: supplyVolts(spec), formula }
}

const digits = (value: number, count = 3): number => Number(value.toPrecision(count))

function adderPrices(spec: ChipSpec, widths: Widths) {
  const { core: { accumulatorBits: bits }, technologyNm: node } = spec
  const { weightBits, activationBits, attentionBits, kvCacheBits } = widths
  const origin: Origin = { driver: 'arithmetic', source: `${SOURCES.arithmetic}; ${SOURCES.widths}`, mark: 'I' }
  const product = (a: number, b: number): Price => price(spec, macPj(node, a, b, bits),
    `${a} x ${b}-bit multiply, product added to ${bits} bits`, origin)
  const shift = (width: number, what: string): Price => price(spec, around('registers', registerWritePj(node, 1, width)),
    `${what} of ${width} bits written to a register`, { driver: 'registers', source: SOURCES.registerFile, mark: 'I' })
  return {
    synapticAdd: price(spec, addPj(node, bits, weightBits),
      `${weightBits} bits added to or subtracted from ${bits} bits`, origin),
    activationShift: shift(activationBits, 'an activation'),
    weightShift: shift(weightBits, 'a weight'),
    // An OR of a weight's bits, as gates of the same adder.
    weightTest: price(spec, scaleRange(addPj(node, bits, bits), (weightBits - 1) / (bits * GATES_PER_ADDER_BIT)),
      `${weightBits - 1} two-input gates, ${GATES_PER_ADDER_BIT} of which are one of ${bits} bits of an adder`, origin),
    weightFind: nonzeroFindPrice(spec),
    membraneAdd: price(spec, addPj(node, bits, bits), `${bits} bits added to ${bits} bits`, origin),
    mac: product(activationBits, weightBits),
    laneMac: price(spec, sumRanges(macPj(node, activationBits, weightBits, bits), around('registers', registerWritePj(node, 1, bits))),
      `${activationBits} x ${weightBits}-bit multiply, product added to ${bits} bits, which are written to the lane's register`,
      { ...origin, source: `${origin.source}; ${SOURCES.registerFile}` }),
    attentionMac: product(attentionBits, kvCacheBits),
  }
}

/** A word read from a bank and brought to the lanes. */
function bankReadPrice(spec: ChipSpec, weightBits: number, origin: Origin): Price {
  const { weights } = coreGeometry(spec)
  const mm = weightWireMm(spec, weightBits)
  return price(spec, sumRanges(readPj(spec.technologyNm, weights), wirePj(spec, spec.core.weightBankBits, mm)),
    `read ${describeMemory(weights)}, and ${digits(mm)} mm of wire to the lanes`, { ...origin, source: `${origin.source}; ${SOURCES.link}` })
}

function wirePj({ technologyNm: node }: ChipSpec, bits: number, mm: number): Range {
  const at = (column: 'low' | 'nominal' | 'high'): number => LINK_PJ_PER_BIT_MM[column][node] * bits * mm
  return { low: at('low'), value: at('nominal'), high: at('high') }
}

function memoryPrices(spec: ChipSpec, { weightBits }: Widths) {
  const { core, technologyNm: node } = spec
  const g = coreGeometry(spec)
  const origin = (memory: Memory, write: boolean): Origin => (memory.kind === 'registers'
    ? { driver: 'registers', source: SOURCES.registerFile, mark: 'I' }
    : { driver: 'sram', source: sourceOf(node) + (write ? `; ${SOURCES.sramWrite}` : ''), mark: 'I' })
  const of = (memory: Memory, bits: number, write: boolean): Price => {
    const share = bits / memory.wordBits
    const text = share === 1 ? '' : `${bits} of `
    return price(spec, scaleRange((write ? writePj : readPj)(node, memory), share),
      `${write ? 'write' : 'read'} ${text}${describeMemory(memory)}`, origin(memory, write))
  }
  const word = 32
  return {
    weightWordRead: core.weightWires === 'none' ? of(g.weights, core.weightBankBits, false) : bankReadPrice(spec, weightBits, origin(g.weights, false)),
    weightWordWrite: of(g.weights, core.weightBankBits, true),
    accumulatorRead: of(g.accumulators, core.accumulatorBits, false),
    accumulatorWrite: of(g.accumulators, core.accumulatorBits, true),
    dataWordRead: of(g.data, word, false),
    dataWordWrite: of(g.data, word, true),
    fifoPush: of(g.fifo, EVENT_BITS, true),
    fifoPop: of(g.fifo, EVENT_BITS, false),
    axonLookup: of(g.axonTable, EVENT_BITS, false),
    rowStep: price(spec, sumRanges(addPj(node, ROW_BITS, 1), around('registers', registerWritePj(node, 1, ROW_BITS))),
      `a counter of ${ROW_BITS} bits`, { driver: 'arithmetic', source: `${SOURCES.arithmetic}; ${SOURCES.registerFile}`, mark: 'I' }),
    packetFlit: price(spec, sumRanges(readPj(node, g.injectionQueue), writePj(node, g.injectionQueue)),
      `write and read ${describeMemory(g.injectionQueue)}`, { ...origin(g.injectionQueue, true), driver: 'queue' }),
  }
}

function sourceOf(node: ChipSpec['technologyNm']): string {
  return node === 16 || node === 7 ? SOURCES.sramSmallNodes : SOURCES.sram
}

function nonzeroFindPrice(spec: ChipSpec): Price {
  const scale = ARITHMETIC_PJ.int32Add[spec.technologyNm] / ARITHMETIC_PJ.int32Add[45]
  return price(spec, around('vector', NONZERO_FIND_PJ_45 * scale), `${digits(NONZERO_FIND_PJ_45)} pJ at 45 nm, scaled as an adder`,
    { driver: 'vector', mark: 'I', source: SOURCES.nonzeroFind })
}

function encoderPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const register = REGISTER_PJ_PER_BIT[node]
  const step = 2 * ARITHMETIC_PJ.int32Add[node] + 64 * register
  const origin = { driver: 'vector', mark: 'I' } as const
  return {
    encoderStep: price(spec, around('vector', step), 'compare and subtract (two 32-bit adds), membrane register read and written',
      { ...origin, source: `${SOURCES.arithmetic}; ${SOURCES.register}` }),
    nonzeroFind: nonzeroFindPrice(spec),
    spikeEmit: price(spec, around('vector', EVENT_BITS * register), `${EVENT_BITS}-bit event register`,
      { ...origin, source: SOURCES.register }),
  }
}

function vectorPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const lane = (SENECA_LANE_PJ + SENECA_LOOP_BUFFER_PJ) * CONTROL_SCALE_FROM_22[node]
  const origin: Origin = { driver: 'vector', source: `${SOURCES.arithmetic}; ${SOURCES.control}`, mark: 'I' }
  const op = (datapath: number, text: string): Price =>
    price(spec, around('vector', datapath + lane), `${text} ${digits(datapath)} + lane control and registers ${digits(lane)}`, origin)
  const add = ARITHMETIC_PJ.fp32Add[node]
  const multiply = ARITHMETIC_PJ.fp32Multiply[node]
  return {
    fp32Add: op(add, 'float add'),
    fp32Mul: op(multiply, 'float multiply'),
    fp32Special: op(SPECIAL_STEPS * (add + multiply), `${SPECIAL_STEPS} float multiply-adds`),
    intOp: op(ARITHMETIC_PJ.int32Add[node], 'integer add'),
  }
}

function controlPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const { program } = coreGeometry(spec)
  const fetch = readPj(node, program).value
  const issue = SENECA_ISSUE_PJ * CONTROL_SCALE_FROM_22[node]
  const register = REGISTER_PJ_PER_BIT[node]
  const add = ARITHMETIC_PJ.int32Add[node]
  const scalar: Origin = { driver: 'control', source: `${SOURCES.arithmetic}; ${SOURCES.register}`, mark: 'I' }
  return {
    instruction: price(spec, around('control', fetch + issue),
      `fetch ${describeMemory(program)} ${digits(fetch)} + decode and issue ${digits(issue)}`,
      { driver: 'control', source: `${sourceOf(node)}; ${SOURCES.control}`, mark: 'I' }),
    scalarOp: price(spec, around('control', add + 96 * register), '32-bit add, two registers read, one written', scalar),
    semaphoreOp: price(spec, around('control', add + 64 * register), '32-bit add, one register read and written', scalar),
    barrierFlit: price(spec, around('barrier', hopPj(spec) + linkPj(spec).value), 'one flitHop + one linkFlit: an upper bound',
      { driver: 'barrier', source: `${SOURCES.router}; ${SOURCES.link}`, mark: 'I' }),
  }
}

function hopPj(spec: ChipSpec): number {
  return ROUTER_64_PJ[spec.technologyNm] * flitWidthScale(spec) * bufferScale(spec)
}

function linkPj(spec: ChipSpec): Range {
  return wirePj(spec, spec.network.flitBits, linkMm(spec))
}

/** A price that does not follow the chip's own supply: the device or the link has its own. */
function apart(spec: ChipSpec, range: Range, formula: string, origin: Origin): Price {
  return { ...range, ...origin, unit: 'pJ', supplyVolts: supplyVolts(spec), formula }
}

function dramPrice(spec: ChipSpec): Price {
  const { kind } = spec.dram
  if (kind === 'none') {
    return apart(spec, { low: 0, value: 0, high: 0 }, 'no external memory: a transfer is an error',
      { driver: 'dram', source: 'the chip file', mark: 'V' })
  }
  const { source, mark, ...range } = DRAM_PJ_PER_BIT[kind]
  return apart(spec, range, `${kind}, a whole page's activation and I/O included; standby, refresh and further activations apart`,
    { driver: 'dram', source, mark })
}

function networkPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const { flitBits, virtualChannels, bufferFlits } = spec.network
  return {
    flitHop: price(spec, around('router', hopPj(spec)), `${digits(ROUTER_64_PJ[node])} x ${flitWidthScale(spec).toFixed(3)} for ` +
      `${flitBits}-bit flits x ${bufferScale(spec).toFixed(3)} for ${virtualChannels} x ${bufferFlits} flits a port`,
    { driver: 'router', source: SOURCES.router, mark: node === 45 || node === 22 ? 'T' : 'I' }),
    linkFlit: price(spec, linkPj(spec), `${LINK_PJ_PER_BIT_MM.nominal[node]} pJ/bit/mm x ${flitBits} bits x ` +
      `${digits(linkMm(spec), 4)} mm`, { driver: 'wire', source: SOURCES.link, mark: 'I' }),
    chipLinkFlit: apart(spec, around('chipLink', CHIP_LINK_PJ_PER_BIT * flitBits), `${CHIP_LINK_PJ_PER_BIT} pJ/bit x ${flitBits} bits`,
      { driver: 'chipLink', source: SOURCES.chipLink, mark: 'V' }),
    dramBit: dramPrice(spec),
    ...memoryNetworkPrices(spec),
  }
}

function memoryNetworkPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const { linkBits } = spec.memory
  const exists = hasMemoryNetwork(spec) ? 1 : 0
  const hop = exists * ROUTER_64_PJ[node] * flitWidthScale(spec, linkBits)
  const mm = tilePitchMm(spec)
  const wire = (column: 'low' | 'nominal' | 'high'): number => exists * LINK_PJ_PER_BIT_MM[column][node] * linkBits * mm
  const { kind } = spec.dram
  return {
    dramActivate: apart(spec, around('dramStandby', kind === 'none' ? 0 : DRAM_ACTIVATE_PJ[kind]), 'a page opened and closed',
      { driver: 'dramStandby', source: SOURCES.dramCurrents, mark: 'I' }),
    memoryFlitHop: price(spec, around('router', hop), `${digits(ROUTER_64_PJ[node])} x ${flitWidthScale(spec, linkBits).toFixed(3)} for ` +
      `${linkBits}-bit flits, one channel of 4 flits`, { driver: 'router', source: SOURCES.router, mark: 'I' }),
    memoryLinkFlit: price(spec, { low: wire('low'), value: wire('nominal'), high: wire('high') },
      `${LINK_PJ_PER_BIT_MM.nominal[node]} pJ/bit/mm x ${linkBits} bits x ${digits(mm, 4)} mm`, { driver: 'wire', source: SOURCES.link, mark: 'I' }),
  }
}

/**
 * One price for every counted action, pJ, on this chip. The type makes a missing action a compile error.
 * @param widths of the operands that the run adds and multiplies
 */
export function actionPrices(spec: ChipSpec, widths: Widths): Record<Action, Price> {
  return {
    ...adderPrices(spec, widths), ...memoryPrices(spec, widths), ...encoderPrices(spec), ...vectorPrices(spec), ...controlPrices(spec),
    ...networkPrices(spec),
  }
}
