import { InputError } from '../../sim/errors.js'
import type { ChipSpec } from '../../sim/spec/chip-spec.js'
import { coreCount, systemColumns } from '../../sim/spec/size.js'
import { dataWordsOf } from './data.js'
import { unitName } from './ir.js'
import type { MatrixUnit, PlacedModel, TiledModel, Unit } from './ir.js'

/**
 * Pass 'place': a core for every unit. With a core for each, units follow the grid in a snake, in stage
 * order, so that a layer is a neighbourhood. With fewer cores, hubs and attention units share a few
 * vector cores and the matrix tiles share the rest.
 */
export function place(tiled: TiledModel): PlacedModel {
  const { spec, units } = tiled
  const cores = coreCount(spec)
  if (units.length <= cores) {
    const path = snake(spec)
    const coreOf = Int32Array.from(units, (_, index) => path[index]!)
    return { ...tiled, coreOf, cores, shared: false }
  }
  const { externalData, coreOf } = shareWhereDataFits(tiled, cores)
  const notes = [
    ...tiled.notes,
    `the model has ${units.length} units and the chip ${cores} cores: units share cores, one token is in the machine at a time`,
    ...(externalData ? ['KV caches, gains and channel scales do not fit data SRAM: they are loaded from external memory when they are used'] : []),
  ]
  return { ...tiled, externalData, coreOf, cores, shared: true, notes }
}

/** Keeps KV caches and constants in data SRAM if that can be done, else in external memory if there is one. */
function shareWhereDataFits(tiled: TiledModel, cores: number): { externalData: boolean; coreOf: Int32Array } {
  try {
    return { externalData: false, coreOf: shareCores(tiled, cores) }
  } catch (error) {
    if (!(error instanceof InputError) || tiled.spec.dram.kind === 'none' || cores < 2) throw error
    return { externalData: true, coreOf: shareCores({ ...tiled, externalData: true }, cores) }
  }
}

/** Every second row backwards. */
function serpentine(columns: number, rows: number): { column: number; row: number }[] {
  return Array.from({ length: columns * rows }, (_, step) => {
    const row = Math.floor(step / columns)
    const along = step % columns
    return { column: row % 2 === 0 ? along : columns - 1 - along, row }
  })
}

/** Core indices along a boustrophedon over the chips, and over the tiles in each. */
function snake(spec: ChipSpec): number[] {
  const { columns, rows, coresPerTile } = spec.grid
  const path: number[] = []
  for (const chip of serpentine(spec.system.chipColumns, spec.system.chipRows)) {
    for (const { column, row } of serpentine(columns, rows)) {
      const tile = (chip.row * rows + row) * systemColumns(spec) + chip.column * columns + column
      for (let local = 0; local < coresPerTile; local++) path.push(tile * coresPerTile + local)
    }
  }
  return path
}

function shareCores(tiled: TiledModel, cores: number): Int32Array {
  if (cores < 2) {
    throw new InputError('grid: 1 core. A model needs at least 2: one for the hubs and attention, one for the weights.')
  }
  const path = snake(tiled.spec)
  const coreOf = new Int32Array(tiled.units.length).fill(-1)
  const vectorUnits = tiled.units.filter((unit) => unit.kind !== 'matrix')
  const vectorCores = packVectorUnits(tiled, vectorUnits, path, coreOf, Math.max(1, Math.floor(cores / 3)))
  const matrixCores = path.slice(vectorCores)
  if (matrixCores.length === 0) {
    throw new InputError(
      `the hubs and KV caches need ${vectorCores} cores of ${tiled.spec.core.dataSramKiB} KiB data SRAM; the chip has ${cores} ` +
        'and none is left for weights. Raise core.dataSramKiB, enlarge the grid, or ask for fewer positions.',
    )
  }
  const matrixUnits = tiled.units.filter((unit): unit is MatrixUnit => unit.kind === 'matrix')
  matrixUnits.forEach((unit, index) => { coreOf[unit.id] = matrixCores[index % matrixCores.length]! })
  return coreOf
}

/**
 * Hubs share one core while they fit, so that the residual vector stays where it is; attention units go
 * to the emptiest of the other vector cores. Returns the cores used.
 */
function packVectorUnits(tiled: TiledModel, units: readonly Unit[], path: readonly number[], coreOf: Int32Array, atLeast: number): number {
  const capacity = Math.floor(tiled.spec.core.dataSramKiB * 256)
  const contents: Unit[][] = Array.from({ length: Math.min(atLeast, path.length) }, () => [])
  const fits = (index: number, unit: Unit): boolean => dataWordsOf(tiled, [...contents[index]!, unit]) <= capacity
  let hubCore = 0
  for (const unit of units) {
    let chosen = hubCore
    if (unit.kind === 'attention') {
      const order = contents.map((_, index) => index).sort((a, b) => contents[a]!.length - contents[b]!.length || b - a)
      chosen = order.find((index) => (index !== hubCore || contents.length === 1) && fits(index, unit)) ?? contents.length
    } else if (!fits(hubCore, unit)) chosen = contents.length
    if (chosen === contents.length) contents.push([])
    if (chosen >= path.length || !fits(chosen, unit)) {
      throw new InputError(
        `${unitName(unit)} needs ${dataWordsOf(tiled, [unit]) * 4} bytes of data SRAM; a core has ${capacity * 4}. ` +
          'Raise core.dataSramKiB or ask for fewer positions.',
      )
    }
    if (unit.kind !== 'attention') hubCore = chosen
    contents[chosen]!.push(unit)
    coreOf[unit.id] = path[chosen]!
  }
  return contents.length
}
