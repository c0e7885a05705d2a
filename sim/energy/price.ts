import type { Mark } from './constants.js'
import type { Driver } from './drivers.js'

export type PriceUnit = 'pJ' | 'pJ/cycle' | 'uW' | 'uW/KiB'

/** One price before its name and component are known. */
export interface Price {
  readonly value: number
  /** Ends of the range the true value of a real chip may lie in. */
  readonly low: number
  readonly high: number
  /** What the range comes from; prices of one driver are wrong together. */
  readonly driver: Driver
  readonly unit: PriceUnit
  readonly supplyVolts: number
  /** How the value follows from the source's figures and the chip's fields. */
  readonly formula: string
  readonly source: string
  readonly mark: Mark
}

/** Widths of the operands that a run multiplies and adds, bits. */
export interface Widths {
  readonly weightBits: number
  readonly activationBits: number
  readonly attentionBits: number
  readonly kvCacheBits: number
}

/** W4A4 with 8-bit attention: what a run does when nothing else is said. */
export const DEFAULT_WIDTHS: Widths = { weightBits: 4, activationBits: 4, attentionBits: 8, kvCacheBits: 8 }
