import type { Action } from '../../isa/actions.js'
import type { ChipSpec } from '../config/chip-spec.js'
import {
  ARITHMETIC_PJ, CHIP_LINK_PJ_PER_BIT, CONTROL_SCALE_FROM_22, DRAM_PJ_PER_BIT, DSENT_VOLTS, LINK_PJ_PER_BIT_MM,
  type Mark, REGISTER_PJ_PER_BIT, ROUTER_64_PJ, SENECA_ISSUE_PJ, SENECA_LANE_PJ, SENECA_LOOP_BUFFER_PJ, SOURCES,
  SUPPLY_VOLTS,
} from './constants.js'
import { coreGeometry, EVENT_BITS, MACRO_BITS } from './geometry.js'
import type { Price } from './price.js'
import { bufferScale, flitWidthScale } from './router-scale.js'
import { sramReadPj, sramWritePj } from './sram.js'

/** Multiplications and additions of one exponential, reciprocal, root, sine or cosine (short polynomial or Newton). */
const SPECIAL_STEPS = 4

function price(spec: ChipSpec, value: number, formula: string, source: string, mark: Mark): Price {
  return { value, unit: 'pJ', supplyVolts: SUPPLY_VOLTS[spec.technologyNm], formula, source, mark }
}

/** Integer addition of `bits` bits: the straight line through the 8- and 32-bit figures. */
function integerAddPj(spec: ChipSpec, bits: number): number {
  const at8 = ARITHMETIC_PJ.int8Add[spec.technologyNm]
  return at8 + ((bits - 8) / 24) * (ARITHMETIC_PJ.int32Add[spec.technologyNm] - at8)
}

/** Horowitz's own figures at 45 nm; the line between nodes elsewhere. */
function arithmeticMark(spec: ChipSpec): Mark {
  return spec.technologyNm === 45 ? 'V' : 'I'
}

function adderPrices(spec: ChipSpec) {
  const bits = spec.core.accumulatorBits
  const mark = arithmeticMark(spec)
  const add = integerAddPj(spec, bits)
  const line = `${bits}-bit integer add, on the line between 8 and 32 bits`
  return {
    synapticAdd: price(spec, add, line, SOURCES.arithmetic, mark),
    mac: price(spec, ARITHMETIC_PJ.int8Multiply[spec.technologyNm] + add, `8-bit multiply + ${line}`,
      SOURCES.arithmetic, mark),
  }
}

function memoryPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const { core } = spec
  const g = coreGeometry(spec)
  const mark: Mark = 'I'
  const size = (kib: number): string => `${Number(kib.toPrecision(4))} KiB`
  const bank = `${core.weightBankBits}-bit word of a ${size(g.weightBankKib)} bank`
  const macroKib = g.accumulatorKib / g.accumulatorMacros
  const macroBits = Math.min(MACRO_BITS, core.lanes * core.accumulatorBits)
  const accumulatorShare = core.accumulatorBits / macroBits
  const row = `${core.accumulatorBits} of ${macroBits} bits of a ${size(macroKib)} macro ` +
    `(${g.accumulatorMacros} a core)`
  const dataBits = Math.min(MACRO_BITS, core.vectorLanes * 32)
  const data = `32 of ${dataBits} bits of a ${size(core.dataSramKiB)} memory (vector unit reads rows)`
  const read = (kib: number, bits: number, share: number, text: string): Price =>
    price(spec, sramReadPj(node, kib, bits) * share, text, SOURCES.sram, mark)
  const write = (kib: number, bits: number, share: number, text: string): Price =>
    price(spec, sramWritePj(node, kib, bits) * share, text, SOURCES.sramWrite, mark)
  return {
    weightWordRead: read(g.weightBankKib, core.weightBankBits, 1, bank),
    weightWordWrite: write(g.weightBankKib, core.weightBankBits, 1, bank),
    accumulatorRead: read(macroKib, macroBits, accumulatorShare, row),
    accumulatorWrite: write(macroKib, macroBits, accumulatorShare, row),
    dataWordRead: read(core.dataSramKiB, dataBits, 32 / dataBits, data),
    dataWordWrite: write(core.dataSramKiB, dataBits, 32 / dataBits, data),
    fifoPush: write(g.fifoKib, EVENT_BITS, 1, `${EVENT_BITS}-bit event, FIFO of ${size(g.fifoKib)}`),
    fifoPop: read(g.fifoKib, EVENT_BITS, 1, `${EVENT_BITS}-bit event, FIFO of ${size(g.fifoKib)}`),
    axonLookup: read(g.axonTableKib, EVENT_BITS, 1,
      `${EVENT_BITS}-bit entry for each weight row, table of ${size(g.axonTableKib)}`),
    packetFlit: price(spec,
      sramReadPj(node, g.injectionQueueKib, spec.network.flitBits) +
        sramWritePj(node, g.injectionQueueKib, spec.network.flitBits),
      `write and read of ${spec.network.flitBits} bits, injection queue of ${size(g.injectionQueueKib)}`,
      SOURCES.sramWrite, mark),
  }
}

function encoderPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const register = REGISTER_PJ_PER_BIT[node]
  const step = 2 * ARITHMETIC_PJ.int32Add[node] + 64 * register
  return {
    encoderStep: price(spec, step, 'compare and subtract (two 32-bit adds), membrane register read and written',
      `${SOURCES.arithmetic}; ${SOURCES.register}`, 'I'),
    spikeEmit: price(spec, EVENT_BITS * register, `${EVENT_BITS}-bit event register`, SOURCES.register, 'I'),
  }
}

function vectorPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const lane = (SENECA_LANE_PJ + SENECA_LOOP_BUFFER_PJ) * CONTROL_SCALE_FROM_22[node]
  const laneText = `lane control and registers ${Number(lane.toPrecision(3))}`
  const op = (datapath: number, text: string): Price =>
    price(spec, datapath + lane, `${text} ${Number(datapath.toPrecision(3))} + ${laneText}`,
      `${SOURCES.arithmetic}; ${SOURCES.control}`, 'I')
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
  const { programKib } = coreGeometry(spec)
  const fetch = sramReadPj(node, programKib, 64)
  const issue = SENECA_ISSUE_PJ * CONTROL_SCALE_FROM_22[node]
  const register = REGISTER_PJ_PER_BIT[node]
  const add = ARITHMETIC_PJ.int32Add[node]
  const hop = hopPj(spec) + linkPj(spec)
  return {
    instruction: price(spec, fetch + issue,
      `64-bit fetch from ${programKib} KiB ${Number(fetch.toPrecision(3))} + decode and issue ` +
      Number(issue.toPrecision(3)), `${SOURCES.sram}; ${SOURCES.control}`, 'I'),
    scalarOp: price(spec, add + 96 * register, '32-bit add, two registers read, one written',
      `${SOURCES.arithmetic}; ${SOURCES.register}`, 'I'),
    semaphoreOp: price(spec, add + 64 * register, '32-bit add, one register read and written',
      `${SOURCES.arithmetic}; ${SOURCES.register}`, 'I'),
    barrierFlit: price(spec, hop, 'one flitHop + one linkFlit: an upper bound, no figure is published',
      `${SOURCES.router}; ${SOURCES.link}`, 'I'),
  }
}

function hopPj(spec: ChipSpec): number {
  return ROUTER_64_PJ[spec.technologyNm] * flitWidthScale(spec) * bufferScale(spec)
}

function linkPj(spec: ChipSpec): number {
  return LINK_PJ_PER_BIT_MM[spec.technologyNm] * spec.network.flitBits * spec.grid.tilePitchMm
}

function dramPrice(spec: ChipSpec): Price {
  const { kind } = spec.dram
  if (kind === 'none') return price(spec, 0, 'no external memory: a transfer is an error', 'the chip file', 'V')
  const { value, source, mark } = DRAM_PJ_PER_BIT[kind]
  return price(spec, value, `${kind}, activation and I/O included, refresh and standby not`, source, mark)
}

function networkPrices(spec: ChipSpec) {
  const node = spec.technologyNm
  const { flitBits, virtualChannels, bufferFlits } = spec.network
  const dsent = { supplyVolts: DSENT_VOLTS[node] }
  const mark = node === 28 ? 'I' : 'T'
  return {
    flitHop: {
      ...price(spec, hopPj(spec), `${ROUTER_64_PJ[node]} x ${flitWidthScale(spec).toFixed(3)} for ${flitBits}-bit ` +
        `flits x ${bufferScale(spec).toFixed(3)} for ${virtualChannels} x ${bufferFlits} flits a port`,
        SOURCES.router, mark),
      ...dsent,
    },
    linkFlit: {
      ...price(spec, linkPj(spec), `${LINK_PJ_PER_BIT_MM[node]} pJ/bit/mm x ${flitBits} bits x ` +
        `${spec.grid.tilePitchMm} mm`, SOURCES.link, mark),
      ...dsent,
    },
    chipLinkFlit: price(spec, CHIP_LINK_PJ_PER_BIT * flitBits, `${CHIP_LINK_PJ_PER_BIT} pJ/bit x ${flitBits} bits`,
      SOURCES.chipLink, 'V'),
    dramBit: dramPrice(spec),
  }
}

/** One price for every counted action, pJ, on this chip. The type makes a missing action a compile error. */
export function actionPrices(spec: ChipSpec): Record<Action, Price> {
  return {
    ...adderPrices(spec), ...memoryPrices(spec), ...encoderPrices(spec), ...vectorPrices(spec), ...controlPrices(spec),
    ...networkPrices(spec),
  }
}
