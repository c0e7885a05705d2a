import type { Mark } from './constants.js'

export type PriceUnit = 'pJ' | 'pJ/cycle' | 'uW' | 'uW/KiB'

/** One price before its name and component are known. */
export interface Price {
  readonly value: number
  readonly unit: PriceUnit
  readonly supplyVolts: number
  /** How the value follows from the source's figures and the chip's fields. */
  readonly formula: string
  readonly source: string
  readonly mark: Mark
}
