import { InputError } from '../../sim/errors.js'
import { dataWordsOf } from './data.js'
import { unitName } from './ir.js'
import type { MatrixUnit, TiledModel, Unit } from './ir.js'

/**
 * With fewer cores than units: hubs and attention units share a few vector cores, and the matrix tiles share the
 * rest. What shares a core is decided here; where the core lies may change later.
 */

/**
 * Keeps KV caches and constants in data SRAM if that can be done, else in external memory if there is one.
 * @param path all cores, in the order in which they are used
 */
export function shareWhereDataFits(
  tiled: TiledModel, path: readonly number[],
): { externalData: boolean; coreOf: Int32Array } {
  // A batch keeps what its tokens carry from layer to layer in external memory anyway.
  if (tiled.batch > 1) return { externalData: true, coreOf: shareCores({ ...tiled, externalData: true }, path) }
  try {
    return { externalData: false, coreOf: shareCores(tiled, path) }
  } catch (error) {
    if (!(error instanceof InputError) || tiled.spec.dram.kind === 'none' || path.length < 2) throw error
    return { externalData: true, coreOf: shareCores({ ...tiled, externalData: true }, path) }
  }
}

function shareCores(tiled: TiledModel, path: readonly number[]): Int32Array {
  if (path.length < 2) {
    throw new InputError('grid: 1 core. A model needs at least 2: one for the hubs and attention, one for the weights.')
  }
  const coreOf = new Int32Array(tiled.units.length).fill(-1)
  const vectorUnits = tiled.units.filter((unit) => unit.kind !== 'matrix')
  const third = Math.max(1, Math.floor(path.length / 3))
  // In a batch the hub goes through its tokens while the attention units of one layer do: they cannot share its core, and
  // more cores than that would stand still.
  const atLeast = tiled.batch > 1 ? Math.max(2, Math.min(third, 1 + tiled.model.config.kvHeads)) : third
  const vectorCores = packVectorUnits(tiled, vectorUnits, path, coreOf, atLeast)
  const matrixCores = path.slice(vectorCores)
  if (matrixCores.length === 0) {
    throw new InputError(
      `the hubs and KV caches need ${vectorCores} cores of ${tiled.spec.core.dataSramKiB} KiB data SRAM; the chip has ` +
        `${path.length} and none is left for weights. Raise core.dataSramKiB, enlarge the grid, or ask for fewer positions.`,
    )
  }
  const matrixUnits = tiled.units.filter((unit): unit is MatrixUnit => unit.kind === 'matrix')
  if (tiled.batch > 1) spreadInRounds(matrixUnits, matrixCores, coreOf)
  else matrixUnits.forEach((unit, index) => { coreOf[unit.id] = matrixCores[index % matrixCores.length]! })
  return coreOf
}

/**
 * The tiles of a layer that work at the same time are complete: all input slices of their outputs, or for the embedding
 * all outputs of their slice. Their sums are then done with before the core's next tile begins.
 */
function spreadInRounds(units: readonly MatrixUnit[], cores: readonly number[], coreOf: Int32Array): void {
  let start = 0
  for (const tiles of layersOf(units)) {
    const { linear, layer, slice, outputs } = tiles[0]!
    const together = tiles.filter((tile) => (linear === 'embedding' ? tile.slice === slice : tile.outputs.begin === outputs.begin)).length
    if (together > cores.length) {
      throw new InputError(
        `batch: ${unitName(tiles[0]!)} is one of ${together} tiles that work together, and ${cores.length} cores hold weights. ` +
          'Enlarge core.weightSramKiB or the grid, or run one token at a time: batch 1.',
      )
    }
    const perRound = Math.floor(cores.length / together) * together
    tiles.forEach((tile, index) => { coreOf[tile.id] = cores[(start + (index % perRound)) % cores.length]! })
    if (layer >= 0) start += tiles.length
  }
}

/** The tiles of each linear layer, in their order. */
function layersOf(units: readonly MatrixUnit[]): MatrixUnit[][] {
  const layers: MatrixUnit[][] = []
  for (const unit of units) {
    const last = layers.at(-1)
    if (last !== undefined && last[0]!.linear === unit.linear && last[0]!.layer === unit.layer) last.push(unit)
    else layers.push([unit])
  }
  return layers
}

/**
 * Hubs share one core while they fit, so that the residual vector stays where it is; attention units go
 * to the emptiest of the other vector cores. Returns the cores used.
 */
function packVectorUnits(
  tiled: TiledModel, units: readonly Unit[], path: readonly number[], coreOf: Int32Array, atLeast: number,
): number {
  const capacity = Math.floor(tiled.spec.core.dataSramKiB * 256)
  const contents: Unit[][] = Array.from({ length: Math.min(atLeast, path.length) }, () => [])
  const fits = (index: number, unit: Unit): boolean => dataWordsOf(tiled, [...contents[index]!, unit]) <= capacity
  let hubCore = 0
  for (const unit of units) {
    let chosen = hubCore
    if (unit.kind === 'attention') {
      const order = contents.map((_, index) => index).sort((a, b) => contents[a]!.length - contents[b]!.length || b - a)
      const open = (index: number): boolean => (index !== hubCore || contents.length === 1) && fits(index, unit)
      chosen = order.find(open) ?? contents.length
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
