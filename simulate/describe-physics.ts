import { ACTION_COUNT, ACTION_INDEX } from '../isa/actions.js'
import { AREA_PARTS, areaOf, systemMemoryKib, tilePitchMm } from '../sim/energy/area.js'
import { buildWarnings } from '../sim/energy/buildable.js'
import type { EnergyLedger } from '../sim/energy/ledger.js'
import { powerOf } from '../sim/energy/power.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import type { RunResult } from '../sim/result/schema.js'
import type { Measurement } from './measurement.js'

/** What a run's energy comes to as power, and what the chip measures. */

type Power = NonNullable<RunResult['power']>
type Area = NonNullable<RunResult['area']>

export function describePower({ profile, cycles }: Measurement, chip: ChipSpec, ledger: EnergyLedger): Power {
  return powerOf({
    counts: profile.counts, binCycles: profile.binCycles, actionPj: ledger.prices.actionPj, staticPj: ledger.staticPj, cycles,
    clockMHz: chip.clockMHz,
  })
}

export function describeArea(chip: ChipSpec): Area {
  const { totalMm2, tileMm2, chipMm2, byPart } = areaOf(chip)
  return {
    totalMm2, byPart: Object.fromEntries(AREA_PARTS.map((part) => [part, byPart[part]])) as Area['byPart'], chipMm2, tileMm2,
    tilePitchMm: tilePitchMm(chip),
  }
}

/** What external memory did. */
export function describeMemory({ counts, dram, cycles }: Measurement, chip: ChipSpec): NonNullable<RunResult['memory']> {
  let bits = 0
  for (let at = ACTION_INDEX.dramBit; at < counts.length; at += ACTION_COUNT) bits += counts[at]!
  const { rowHits, rowConflicts, busyCycles, channels, refreshesPerMicrosecond } = dram
  return {
    bytes: bits / 8, rowHits, rowConflicts, refreshes: Math.floor((refreshesPerMicrosecond * cycles) / chip.clockMHz),
    busyFraction: cycles === 0 ? 0 : Math.min(1, busyCycles / channels / cycles),
  }
}

/** Denser than this much area for a KiB of SRAM at 28 nm, no silicon is: published chips take 3.5 to 7 times the bare macro. */
const LEAST_MM2_PER_KIB_28 = 0.0015

/** What an architect would ask about. */
export function physicsNotes(chip: ChipSpec, power: Power, area: Area): string[] {
  const notes = buildWarnings(chip)
  if (chip.dram.kind !== 'none' && chip.memory.delivery === 'ideal') {
    notes.push('External memory reaches every core at once, without a network (memory.delivery: ideal): an idealisation.')
  }
  if (chip.dram.kind !== 'none' && chip.memory.timing === 'flat') {
    notes.push('External memory has no pages, banks or refresh (memory.timing: flat): an idealisation.')
  }
  if (chip.core.dataSramPorts === 'ideal') {
    notes.push('Data SRAM takes any number of accesses a cycle (core.dataSramPorts: ideal): an idealisation.')
  }
  const density = power.peakW / area.totalMm2
  if (density > chip.powerDensityLimit) {
    notes.push(`The peak power of ${number(power.peakW)} W is ${number(density)} W/mm2 over ${number(area.totalMm2)} mm2, above the limit of ` +
      `${chip.powerDensityLimit} (powerDensityLimit).`)
  }
  const perKib = area.totalMm2 / systemMemoryKib(chip)
  if (chip.technologyNm === 28 && perKib < LEAST_MM2_PER_KIB_28) {
    notes.push(`The chip takes ${number(perKib)} mm2 a KiB of SRAM, all in: published chips of 28 nm take 0.0042 to 0.0082.`)
  }
  return notes
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)))
}
