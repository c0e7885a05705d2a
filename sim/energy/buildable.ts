import type { ChipSpec } from '../config/chip-spec.js'
import type { ChipProblem } from '../config/check.js'
import { systemColumns, systemRows } from '../config/size.js'
import { memoryLinkBytes, memoryPortTiles } from '../memory/ports.js'
import { areaOf, MOST_FILL, tilePartsMm2, tilePitchMm, linkMm } from './area.js'
import { addNs, multiplyNs } from './arithmetic.js'
import { LEAST_VOLTS, MOST_VOLTS, DELAY_SCALE, WIRE_NS_PER_MM } from './constants.js'
import { coreGeometry } from './geometry.js'
import { accessNs, type Memory } from './memory.js'
import { priceNameProblem } from './prices.js'
import { delayScale, supplyVolts } from './supply.js'

/** What physics says of a chip: the fastest clock, and whether it could be built as its file says. */

/** Setup, clock skew and the multiplexer behind a memory, ns at 28 nm. */
const MEMORY_MARGIN_NS = 0.1
/** What a design keeps between its slowest path and its clock; a chip above it, but below the path itself, is warned of. */
export const TIMING_MARGIN = 1.3
/** A hop in one cycle of 1 ns at 45 nm and 1.1 V (MIT's mesh chip, DAC 2012); pipelined routers take a third or less a stage. */
const HOP_NS_45 = 1.0
const ATTENTION_BITS = 8
/** What a scanner exposes at once: 26 x 33 mm, the largest die. */
const RETICLE_MM2 = 26 * 33

/** One path that a clock cycle has to cover. */
export interface TimingPath {
  readonly name: string
  readonly ns: number
}

/** Paths of the chip, slowest first, without margin. */
export function timingPaths(spec: ChipSpec): TimingPath[] {
  const { technologyNm: node, core, network } = spec
  const g = coreGeometry(spec)
  const scale = delayScale(spec)
  const memory = (name: string, one: Memory): TimingPath => {
    const size = one.kind === 'sram' ? `${Number(one.bankKib.toPrecision(4))} KiB a bank` : 'registers'
    return { name: `${name} (${size})`, ns: scale * (accessNs(node, one) + (MEMORY_MARGIN_NS * DELAY_SCALE[node]) / DELAY_SCALE[28]) }
  }
  const multiply = multiplyNs(node, ATTENTION_BITS, ATTENTION_BITS)
  return [
    memory('weight SRAM', g.weights), memory('data SRAM', g.data), memory('program SRAM', g.program),
    memory('axon table', g.axonTable), memory('spike FIFO', g.fifo), memory('accumulators', g.accumulators),
    { name: `adder (${core.accumulatorBits} bits)`, ns: scale * addNs(node, core.accumulatorBits) },
    { name: `multiplier (${ATTENTION_BITS} x ${ATTENTION_BITS} bits)`, ns: scale * multiply },
    { name: `router (${network.hopCycles} cycles a hop)`, ns: (scale * HOP_NS_45 * DELAY_SCALE[node] * 2) / network.hopCycles },
    { name: `link (${Number(linkMm(spec).toPrecision(3))} mm)`, ns: WIRE_NS_PER_MM * linkMm(spec) },
  ].sort((a, b) => b.ns - a.ns)
}

/** Fastest clock of the chip, MHz, and the path that sets it. */
export function fastestClock(spec: ChipSpec): { mhz: number; path: TimingPath } {
  const path = timingPaths(spec)[0]!
  return { mhz: 1000 / path.ns, path }
}

type Rule = (spec: ChipSpec) => ChipProblem | undefined

const pricesNameSomething: Rule = ({ prices }) => {
  for (const name of Object.keys(prices)) {
    const message = priceNameProblem(name)
    if (message !== undefined) return { path: ['prices', name], message }
  }
  return undefined
}

const supplyIsInRange: Rule = (spec) => {
  const node = spec.technologyNm
  const volts = supplyVolts(spec)
  if (volts >= LEAST_VOLTS[node] && volts <= MOST_VOLTS[node]) return undefined
  return {
    path: ['voltage'],
    message: `voltage is ${volts}, outside ${LEAST_VOLTS[node]} to ${MOST_VOLTS[node]}, what memories and logic of ${node} nm run at`,
  }
}

const partsFitTheTile: Rule = (spec) => {
  const parts = tilePartsMm2(spec)
  const pitch = tilePitchMm(spec)
  if (parts <= MOST_FILL * pitch * pitch) return undefined
  const needed = Math.ceil(1000 * Math.sqrt(parts / MOST_FILL)) / 1000
  return {
    path: ['grid', 'tilePitchMm'],
    message: `grid.tilePitchMm is ${pitch}, a tile of ${Number((pitch * pitch).toPrecision(3))} mm2, but its parts take `
      + `${Number(parts.toPrecision(3))} mm2 and may fill ${100 * MOST_FILL} % of it: at least ${needed} mm; leave the key out, or make memories smaller`,
  }
}

const clockIsMet: Rule = (spec) => {
  const { mhz, path } = fastestClock(spec)
  if (spec.clockMHz <= mhz) return undefined
  return {
    path: ['clockMHz'],
    message: `clockMHz is ${spec.clockMHz}, but the ${path.name} takes ${Number(path.ns.toPrecision(3))} ns at ${spec.technologyNm} nm and `
      + `${supplyVolts(spec)} V: at most ${Math.floor(mhz)} MHz; lower the clock, or split the memory into more banks`,
  }
}

const portsLieOnTheGrid: Rule = (spec) => {
  const [columns, rows] = [systemColumns(spec), systemRows(spec)]
  const at = spec.memory.ports.findIndex(({ column, row }) => column >= columns || row >= rows)
  if (at < 0) return undefined
  const { column, row } = spec.memory.ports[at]!
  return { path: ['memory', 'ports', at], message: `memory.ports has column ${column}, row ${row}, but tiles go to ${columns - 1}, ${rows - 1}` }
}

const RULES: readonly Rule[] = [pricesNameSomething, portsLieOnTheGrid, supplyIsInRange, partsFitTheTile, clockIsMet]

/** Why a chip could not be built as its file says; empty when it could. */
export function buildProblems(spec: ChipSpec): ChipProblem[] {
  const problems = RULES.slice(0, 3).map((rule) => rule(spec)).filter((problem) => problem !== undefined)
  if (problems.length > 0) return problems // outside its supply's range no time means anything
  return RULES.slice(3).map((rule) => rule(spec)).filter((problem) => problem !== undefined)
}

/** What an architect would ask about a chip that can be built, in words; for the notes of a result. */
export function buildWarnings(spec: ChipSpec): string[] {
  const warnings: string[] = []
  const { mhz, path } = fastestClock(spec)
  if (spec.clockMHz * TIMING_MARGIN > mhz) {
    warnings.push(`The clock of ${spec.clockMHz} MHz leaves the ${path.name} less than the ${Math.round(100 * (TIMING_MARGIN - 1))} % that a design keeps: `
      + `${Math.floor(mhz / TIMING_MARGIN)} MHz would leave them.`)
  }
  const ports = (memoryPortTiles(spec).length * memoryLinkBytes(spec) * spec.clockMHz) / 1000
  if (spec.dram.kind !== 'none' && spec.memory.delivery === 'network' && ports < spec.dram.gigabytesPerSecond) {
    warnings.push(`Memory ports carry ${Number(ports.toPrecision(3))} GB/s together, less than the ${spec.dram.gigabytesPerSecond} of external memory.`)
  }
  const { chipMm2 } = areaOf(spec)
  if (chipMm2 > RETICLE_MM2) {
    warnings.push(`A chip takes ${Math.round(chipMm2)} mm2, more than one exposure of a wafer holds (${RETICLE_MM2} mm2): it would be several dies, `
      + 'whose links between them are not counted.')
  }
  return warnings
}
