/**
 * The raw figures the price table is built from: per technology node, in pJ unless a name says otherwise.
 * Where each comes from and how far to trust it is told in docs/energy.md. Marks:
 * V verified in the text named, T computed with CACTI 7 or DSENT, I inferred from others, U unverified.
 */
import type { ChipSpec } from '../config/chip-spec.js'

export type TechnologyNm = ChipSpec['technologyNm']
export type Mark = 'V' | 'T' | 'I' | 'U'
type PerNode = Readonly<Record<TechnologyNm, number>>

export const SOURCES = {
  arithmetic: 'Horowitz, ISSCC 2014 (45 nm), and the log-log line from it to TPUv4i, Jouppi, ISCA 2021 (7 nm)',
  sram: 'CACTI 7, LSTP cells, 1 bank, 350 K; 28 nm interpolated between 32 and 22 nm',
  sramWrite: 'CACTI 7 read, times the store/load ratio of SENECA (GF22, 3.5 / 2.9 pJ), PMC10326429 table 8',
  router: 'DSENT, 5-port router: buffer write and read, crossbar, arbitration; 28 nm interpolated',
  routerLeakage: 'DSENT low-threshold leakage times the LSTP / HP ratio of CACTI 7 at 22 nm (0.5 / 140 uW/KiB)',
  link: 'DSENT, repeated wire; 28 nm interpolated',
  control: 'SENECA (GF22, post-layout), PMC10326429 table 8; other nodes by Stillmaker and Baas, 2017',
  register: 'Aladdin 40 nm register, 0.009 pJ/bit (hwcomponents library); other nodes by Stillmaker and Baas, 2017',
  clock: 'DSENT router clock, per register bit of its buffers',
  chipLink: 'UCIe, standard package, up to 16 GT/s, Hot Interconnects 2025',
} as const

/** Voltage the figures of each node are taken at. DSENT's 45 nm figures are at 1.0 V. */
export const SUPPLY_VOLTS: PerNode = { 45: 0.9, 28: 0.9, 22: 0.8 }
export const DSENT_VOLTS: PerNode = { 45: 1.0, 28: 0.9, 22: 0.8 }

export const ARITHMETIC_PJ = {
  int8Add: { 45: 0.03, 28: 0.021, 22: 0.017 },
  int32Add: { 45: 0.1, 28: 0.074, 22: 0.063 },
  int8Multiply: { 45: 0.2, 28: 0.153, 22: 0.134 },
  fp32Add: { 45: 0.9, 28: 0.72, 22: 0.65 },
  fp32Multiply: { 45: 3.7, 28: 2.84, 22: 2.48 },
} as const satisfies Record<string, PerNode>

/** Read energy of one 64-bit word, by memory size; and of one 256-bit word at the three sizes known. */
export const SRAM_KIB = [1, 8, 32, 64, 128, 256, 1024, 4096] as const
export const SRAM_READ_64_PJ = {
  45: [1.67, 6.14, 17.0, 25.9, 32.3, 44.7, 93.5, 189],
  32: [0.90, 3.44, 8.26, 12.9, 18.2, 26.8, 52.0, 98.7],
  22: [0.38, 1.59, 3.79, 5.67, 7.40, 11.9, 23.5, 43.9],
} as const
export const SRAM_WIDE_KIB = [64, 256, 1024] as const
export const SRAM_READ_256_PJ = {
  45: [52, 125, 252],
  32: [30, 67, 141],
  22: [13.6, 30, 63],
} as const
export const SRAM_STORE_OVER_LOAD = 3.5 / 2.9
/** Microwatt per KiB. */
export const SRAM_LEAKAGE_UW_PER_KIB: PerNode = { 45: 0.16, 28: 0.3, 22: 0.5 }

/** DSENT, pJ per flit: 64 and 128 bits with 1 virtual channel of 4 flits; 64 bits with 4 of 4. */
export const ROUTER_64_PJ: PerNode = { 45: 3.31, 28: 1.39, 22: 0.858 }
export const ROUTER_128_PJ: PerNode = { 45: 6.41, 28: 2.7, 22: 1.67 }
export const ROUTER_64_4VC_PJ: PerNode = { 45: 5.83, 28: 2.45, 22: 1.5 }
export const ROUTER_CLOCK_PJ_PER_CYCLE: PerNode = { 45: 0.493, 28: 0.23, 22: 0.157 }
/** Register bits of the 5-port, 64-bit, 1 x 4 router that the clock figure belongs to. */
export const ROUTER_REGISTER_BITS = 5 * 4 * 64
/** DSENT low-threshold leakage, microwatt: far too high for a real low-power router; see docs/energy.md. */
export const ROUTER_LVT_LEAKAGE_UW: PerNode = { 45: 5700, 28: 4600, 22: 4200 }
export const LSTP_OVER_HP_LEAKAGE = 0.5 / 140
export const LINK_PJ_PER_BIT_MM: PerNode = { 45: 0.0404, 28: 0.029, 22: 0.0236 }
export const CHIP_LINK_PJ_PER_BIT = 0.6

/** SENECA, 22 nm, 0.8 V: a RISC-V core without its fetch; an NPE op without its datapath; its part of a loop buffer. */
export const SENECA_ISSUE_PJ = 5.9
export const SENECA_LANE_PJ = 0.8
export const SENECA_LOOP_BUFFER_PJ = 0.9 / 8
/** Energy of control logic against 22 nm at 0.8 V: Stillmaker and Baas (1, 0.52, 0.26 of 45 nm at 0.9 V). */
export const CONTROL_SCALE_FROM_22: PerNode = { 45: 1 / 0.26, 28: 0.52 / 0.26, 22: 1 }

/** One register bit written or read; the 40 nm figure is taken as if it were 45 nm. */
export const REGISTER_PJ_PER_BIT: PerNode = { 45: 0.009, 28: 0.009 * 0.52, 22: 0.009 * 0.26 }

export const DRAM_PJ_PER_BIT = {
  hbm3: { value: 4.05, source: 'hwcomponents library, HBM3', mark: 'V' },
  lpddr5: { value: 5, source: 'middle of the 4 to 6 pJ/bit quoted; no primary figure found', mark: 'U' },
  ddr4: { value: 20, source: '1300 pJ per 64 bits with I/O, DDR3/4 in Jouppi, ISCA 2021', mark: 'U' },
} as const satisfies Record<string, { value: number; source: string; mark: Mark }>
