import type { Range } from './arithmetic.js'

/**
 * What is uncertain about prices. Prices of one driver are uncertain together: whoever is wrong about the energy of SRAM
 * is wrong about weight, data and program memory alike. Each has its reason; the factors are against the price's value.
 */
export const DRIVERS = {
  arithmetic: 'data decides how many bits switch: 0.7 of the published anchors, up to gates with every bit random',
  sram: 'CACTI against silicon: SENECA within 5 %, Horowitz 1.6 x; no memory compiler at 16 and 7 nm',
  registers: 'gates at 45 nm carried to this node by library cells; data and sharing of a clock gate',
  vector: 'SENECA\'s lane for ours, twice as wide; its share of control and loop buffer',
  control: 'one post-layout processor at 22 nm, scaled; loops in a buffer would save the fetch',
  queue: 'injection queue written and read, in registers or a small SRAM',
  router: 'DSENT; FlooNoC reports a quarter of it, Piton\'s measured hop 2.2 times ours with its wire',
  wire: 'DSENT\'s repeated wire is the low end, Dally\'s rule and above the high one',
  chipLink: 'UCIe on a standard package, 0.5 to 1 pJ/bit; a board costs several times that',
  dram: 'totals differ in what they include: O\'Connor, vendors, second-hand quotes',
  dramStandby: 'currents of an older standard, scaled to the stack or channel',
  barrier: 'no published figure: as a flit through a router and over a link at most, a tenth for a wire of its own',
  clock: 'library cells; depth of the tree, and how much more than gates says is gated (latches, transparent gating)',
  sramLeakage: 'flavour of the cell, process corner, and what retention leaves of it: 0.33 to 3.3 times',
  logicLeakage: 'TrueNorth leaks a quarter of this a core; low-threshold cells twice',
  wake: 'charge of the supply rail, 1 to 2 nJ/mm2 by estimate',
} as const
export type Driver = keyof typeof DRIVERS

/** Low and high factor of the drivers that do not depend on the node. */
const FACTORS: Partial<Record<Driver, readonly [number, number]>> = {
  vector: [0.5, 2], control: [0.4, 2], registers: [0.6, 1.6], queue: [0.6, 1.6], router: [0.4, 2.2], chipLink: [0.5 / 0.6, 1 / 0.6],
  barrier: [0.1, 1], clock: [0.3, 2], sramLeakage: [0.33, 3.3], logicLeakage: [0.25, 2], wake: [0.5, 2],
  dramStandby: [0.3, 1.5],
}

/** The range of a price whose driver's factors hold at every node. */
export function around(driver: Driver, value: number): Range {
  const [low, high] = FACTORS[driver] ?? [1, 1]
  return { low: low * value, value, high: high * value }
}

/** Sum of ranges that are wrong together. */
export function sumRanges(...ranges: readonly Range[]): Range {
  return ranges.reduce((sum, range) => ({
    low: sum.low + range.low, value: sum.value + range.value, high: sum.high + range.high,
  }))
}

export function scaleRange(range: Range, factor: number): Range {
  return { low: range.low * factor, value: range.value * factor, high: range.high * factor }
}
