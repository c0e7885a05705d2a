/**
 * The raw figures the price table is built from: per technology node, in pJ unless a name says otherwise.
 * Where each comes from and how far to trust it is told in docs/energy.md. Marks:
 * V verified in the text named, T computed with CACTI 7 or DSENT, I inferred from others, U unverified.
 */
import type { ChipSpec } from '../config/chip-spec.js'

export type TechnologyNm = ChipSpec['technologyNm']
export type Mark = 'V' | 'T' | 'I' | 'U'
export type PerNode = Readonly<Record<TechnologyNm, number>>

export const SOURCES = {
  arithmetic: 'Horowitz, ISSCC 2014 (45 nm), and the log-log line from it to TPUv4i, Jouppi, ISCA 2021 (7 nm)',
  widths: 'ratios between widths from gates synthesised in Nangate 45 nm and ASAP7 and simulated with random operands',
  sram: 'CACTI 7, 350 K; 28 nm interpolated between 32 and 22 nm',
  sramSmallNodes: 'CACTI 7 at 22 nm, scaled by the pitch of the cell and the square of the voltage: no memory model is '
    + 'published at this node',
  sramWrite: 'read, times the store/load ratio of SENECA (GF22, 3.5 / 2.9 pJ), PMC10326429 table 8',
  nonzeroFind: 'EIE, Han et al., ISCA 2016, table II: leading-nonzero detection of 4 processing elements',
  registerFile: 'flip-flops and latches synthesised in Nangate 45 nm, clock gated per word, simulated with random data',
  router: 'DSENT, 5-port router: buffer write and read, crossbar, arbitration; nodes between its own interpolated',
  routerLeakage: 'DSENT low-threshold leakage times the LSTP / HP ratio of CACTI 7 at 22 nm (0.5 / 140 uW/KiB)',
  link: 'a quarter of the bits switch 0.2 pF/mm, 1.4 x for repeaters: between DSENT and Dally\'s 0.08 pJ/bit/mm',
  control: 'SENECA (GF22, post-layout), PMC10326429 table 8; other nodes by Stillmaker and Baas, 2017',
  register: 'Aladdin 40 nm register, 0.009 pJ/bit (hwcomponents library); other nodes by Stillmaker and Baas, 2017',
  clock: 'flip-flops of Nangate 45 nm and ASAP7 with still data, 1.8 x for the tree above the gates',
  dramCurrents: 'currents of DRAMsim3\'s HBM2_8Gb_x128, LPDDR4_8Gb_x16_2400 and DDR4_8Gb_x8_3200',
  chipLink: 'UCIe, standard package, up to 16 GT/s, Hot Interconnects 2025',
} as const

/** Nominal supply of each node, and the least whole chips have run at (SRAM included). Volts. */
export const NOMINAL_VOLTS: PerNode = { 45: 0.9, 28: 0.9, 22: 0.8, 16: 0.8, 7: 0.7 }
export const LEAST_VOLTS: PerNode = { 45: 0.8, 28: 0.7, 22: 0.6, 16: 0.55, 7: 0.5 }
export const MOST_VOLTS: PerNode = { 45: 1.1, 28: 1.1, 22: 0.95, 16: 0.95, 7: 0.9 }
/** Supply of DSENT's 45 nm tables; its other nodes are taken at the nominal supply. */
const DSENT_45_SCALE = (0.9 / 1.0) ** 2

export const ARITHMETIC_PJ = {
  int32Add: { 45: 0.1, 28: 0.074, 22: 0.063, 16: 0.051, 7: 0.03 },
  int8Multiply: { 45: 0.2, 28: 0.153, 22: 0.134, 16: 0.112, 7: 0.07 },
  fp32Add: { 45: 0.9, 28: 0.72, 22: 0.65, 16: 0.56, 7: 0.38 },
  fp32Multiply: { 45: 3.7, 28: 2.84, 22: 2.48, 16: 2.07, 7: 1.31 },
} as const satisfies Record<string, PerNode>
/** The same of gates with every bit random: the upper end of what data can do. */
export const ARITHMETIC_HIGH_PJ = {
  int32Add: { 45: 0.36, 28: 0.22, 22: 0.18, 16: 0.13, 7: 0.056 },
  int8Multiply: { 45: 0.91, 28: 0.56, 22: 0.44, 16: 0.32, 7: 0.136 },
} as const satisfies Record<string, PerNode>

export type SramCell = ChipSpec['core']['sramCell']
type CactiTable = Readonly<Record<45 | 32 | 22, readonly number[]>>

/** Sizes of the tables: a 64-bit word at all of them, a 256-bit word at three. */
export const SRAM_KIB = [1, 8, 32, 64, 128, 256, 1024, 4096] as const
export const SRAM_WIDE_KIB = [64, 256, 1024] as const

/** CACTI 7 by cell: LSTP, low standby power, and HP, high performance. pJ a read of 64 and of 256 bits, access in ns. */
export const SRAM_TABLES: Readonly<Record<SramCell, Readonly<Record<'read64' | 'read256' | 'accessNs', CactiTable>>>> = {
  'low-leakage': {
    read64: {
      45: [1.67, 6.14, 17.0, 25.9, 32.3, 44.7, 93.5, 189],
      32: [0.90, 3.44, 8.26, 12.9, 18.2, 26.8, 52.0, 98.7],
      22: [0.38, 1.59, 3.79, 5.67, 7.40, 11.9, 23.5, 43.9],
    },
    read256: { 45: [52, 125, 252], 32: [30, 67, 141], 22: [13.6, 30, 63] },
    accessNs: {
      45: [0.79, 1.06, 1.41, 1.66, 2.11, 2.73, 4.02, 6.57],
      32: [0.62, 0.84, 1.17, 1.36, 1.62, 1.99, 3.17, 5.53],
      22: [0.43, 0.60, 0.85, 0.98, 1.25, 1.51, 2.45, 4.31],
    },
  },
  'high-performance': {
    read64: {
      45: [1.43, 5.29, 14.9, 29.0, 33.0, 40.6, 67.7, 122],
      32: [0.75, 2.91, 8.51, 12.0, 14.4, 19.1, 38.4, 68.8],
      22: [0.35, 1.50, 3.50, 4.69, 7.50, 9.93, 18.4, 36.9],
    },
    read256: { 45: [42, 87, 180], 32: [24, 48, 102], 22: [12.9, 25, 55] },
    accessNs: {
      45: [0.21, 0.29, 0.41, 0.51, 0.72, 1.03, 1.87, 3.21],
      32: [0.15, 0.21, 0.31, 0.44, 0.59, 0.82, 1.38, 2.45],
      22: [0.09, 0.14, 0.24, 0.35, 0.42, 0.58, 1.05, 1.80],
    },
  },
}
export const SRAM_STORE_OVER_LOAD = 3.5 / 2.9
/** Leakage at 350 K, microwatt per KiB. 16 and 7 nm: no source, taken as 22 nm. */
export const SRAM_LEAKAGE_UW_PER_KIB: Readonly<Record<SramCell, PerNode>> = {
  'low-leakage': { 45: 0.16, 28: 0.3, 22: 0.5, 16: 0.5, 7: 0.5 },
  'high-performance': { 45: 930, 28: 220, 22: 140, 16: 140, 7: 140 },
}
/** Area of one six-transistor cell, um2: literature; 28 nm fitted to ELSA's memory compiler. */
export const SRAM_CELL_UM2: PerNode = { 45: 0.296, 28: 0.127, 22: 0.11, 16: 0.072, 7: 0.027 }

/** DSENT, pJ per flit: 64 and 128 bits with 1 virtual channel of 4 flits; 64 bits with 4 of 4. 7 nm: its 11 nm. */
export const ROUTER_64_PJ: PerNode = { 45: 3.31 * DSENT_45_SCALE, 28: 1.39, 22: 0.858, 16: 0.648, 7: 0.357 }
export const ROUTER_128_PJ: PerNode = { 45: 6.41 * DSENT_45_SCALE, 28: 2.7, 22: 1.67, 16: 1.261, 7: 0.693 }
export const ROUTER_64_4VC_PJ: PerNode = { 45: 5.83 * DSENT_45_SCALE, 28: 2.45, 22: 1.5, 16: 1.133, 7: 0.623 }
/** Register bits of the 5-port, 64-bit, 1 x 4 router: what its leakage is spread over. */
export const ROUTER_REGISTER_BITS = 5 * 4 * 64
/** DSENT low-threshold leakage, microwatt: far too high for a real low-power router; see docs/energy.md. */
export const ROUTER_LVT_LEAKAGE_UW: PerNode = { 45: 5700, 28: 4600, 22: 4200, 16: 2700, 7: 1250 }
export const LSTP_OVER_HP_LEAKAGE = 0.5 / 140
/** Area of that router, um2. */
export const ROUTER_UM2: PerNode = { 45: 21200, 28: 9700, 22: 5100, 16: 3540, 7: 1360 }
/** pJ a bit and millimetre: DSENT's repeated wire, the value taken, Dally's rule and above. */
export const LINK_PJ_PER_BIT_MM: Readonly<Record<'low' | 'nominal' | 'high', PerNode>> = {
  low: { 45: 0.04, 28: 0.029, 22: 0.024, 16: 0.018, 7: 0.013 },
  nominal: { 45: 0.07, 28: 0.057, 22: 0.045, 16: 0.045, 7: 0.034 },
  high: { 45: 0.12, 28: 0.1, 22: 0.08, 16: 0.08, 7: 0.06 },
}
/** Nanoseconds a millimetre of repeated wire takes, at any node (DSENT meets it at no added energy). */
export const WIRE_NS_PER_MM = 0.3
export const CHIP_LINK_PJ_PER_BIT = 0.6

/** SENECA, 22 nm, 0.8 V: a RISC-V core without its fetch; an NPE op without its datapath; its part of a loop buffer. */
export const SENECA_ISSUE_PJ = 5.9
export const SENECA_LANE_PJ = 0.8
export const SENECA_LOOP_BUFFER_PJ = 0.9 / 8
/** Energy of control logic against 22 nm: Stillmaker and Baas (1, 0.52, 0.26, 0.17, 0.068 of 45 nm at 0.9 V). */
export const CONTROL_SCALE_FROM_22: PerNode = { 45: 1 / 0.26, 28: 0.52 / 0.26, 22: 1, 16: 0.17 / 0.26, 7: 0.068 / 0.26 }
/** One register bit written or read; the 40 nm figure is taken as if it were 45 nm. */
export const REGISTER_PJ_PER_BIT: PerNode = {
  45: 0.009, 28: 0.009 * 0.52, 22: 0.009 * 0.26, 16: 0.009 * 0.17, 7: 0.009 * 0.068,
}
/** Energy of flip-flops and latches against 28 nm, by their clock energy in library cells. */
export const CELL_SCALE_FROM_28: PerNode = { 45: 1 / 0.62, 28: 1, 22: 2.6 / 3.4, 16: 0.556, 7: 0.27 }
/** Clock of one flip-flop whose data is still, pJ a cycle, tree included: 5.5, 3.4, 2.6, 1.9, 0.82 fJ x 1.8. */
export const CLOCK_PJ_PER_BIT: PerNode = { 45: 0.0099, 28: 0.0061, 22: 0.0047, 16: 0.0034, 7: 0.00148 }

/** Area of placed logic against 45 nm (Stillmaker and Baas), and delay against 45 nm at 1.1 V. */
export const LOGIC_AREA_SCALE: PerNode = { 45: 1, 28: 0.368, 22: 0.246, 16: 0.19, 7: 0.059 }
export const DELAY_SCALE: PerNode = { 45: 1.3, 28: 0.9, 22: 1, 16: 0.7, 7: 0.55 }

/** pJ a bit of long runs, activation of a whole page included; standby and refresh apart. */
export const DRAM_PJ_PER_BIT = {
  hbm3: { low: 3.5, value: 4.05, high: 7, source: 'hwcomponents library, HBM3; O\'Connor, MICRO 2017 (HBM2)', mark: 'V' },
  lpddr5: { low: 3.5, value: 5, high: 8, source: 'middle of the 4 to 6 pJ/bit quoted; no primary figure found', mark: 'U' },
  ddr4: { low: 10, value: 18, high: 25, source: '1300 pJ per 64 bits with I/O, DDR3/4 in Jouppi, ISCA 2021', mark: 'U' },
} as const satisfies Record<string, { low: number; value: number; high: number; source: string; mark: Mark }>

/** pJ to open and close a page (from the currents of DRAMsim3's HBM2, LPDDR4 and DDR4; eight devices a DDR4 channel). */
export const DRAM_ACTIVATE_PJ = { hbm3: 828, lpddr5: 1740, ddr4: 8 * 529 } as const
/**
 * Standby, half of it with pages open, and refresh, microwatt a channel, from the same currents. HBM: 8 channels of
 * HBM2 at 57 + 15.6 mW a stack, over the 32 of HBM3. LPDDR5: LPDDR4's x16 (its currents are high). DDR4: eight devices.
 */
export const DRAM_STANDBY_UW = { hbm3: (8 * 72_600) / 32, lpddr5: 61_000, ddr4: 8 * 63_700 } as const
