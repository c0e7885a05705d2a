import type { Port } from '../graph/operators.js'
import { HEAD_PART } from './data.js'
import type { MatrixUnit, Range } from './ir.js'
import type { ScheduledModel } from './plan.js'

/** The spike trains of a linear layer: which tiles take which, and which of them can be on their way together. */

/** Tiles of a linear layer. */
export function tilesOf(model: ScheduledModel, linear: Port, layer: number, expert?: number): readonly MatrixUnit[] {
  return model.index.tiles.get(tilesKey({ linear, layer, expert }))!
}

/** What the tiles of a linear layer are known by; those of an expert by its number, too. */
export function tilesKey({ linear, layer, expert }: { linear: Port; layer: number; expert?: number | undefined }): string {
  return expert === undefined ? `${linear}/${layer}` : `${linear}/${layer}/${expert}`
}

/** One spike train: an input slice of a layer, and the tiles that take it. */
export interface Train {
  readonly slice: number
  readonly tiles: readonly MatrixUnit[]
}

/** Outputs of the head tiles of one part of the vocabulary: those that begin in the part that a tile begins in. */
export function headPart(model: ScheduledModel, tile: MatrixUnit): Range {
  const partOf = (unit: MatrixUnit): number => Math.floor(unit.outputs.begin / HEAD_PART)
  const part = tilesOf(model, 'head', -1).filter((other) => partOf(other) === partOf(tile))
  return { begin: Math.min(...part.map(({ outputs }) => outputs.begin)), end: Math.max(...part.map(({ outputs }) => outputs.end)) }
}

/**
 * The trains of a linear layer, in rounds: within a round a core gets one train at most, because events of
 * two trains would mix in its spike FIFO. One round unless tiles of the layer share a core. The head goes through a
 * large vocabulary part by part, each with rounds of its own.
 */
export function roundsOf(model: ScheduledModel, linear: Port, layer: number, expert?: number): Train[][] {
  const key = tilesKey({ linear, layer, expert })
  let rounds = model.index.rounds.get(key)
  if (rounds === undefined) model.index.rounds.set(key, rounds = computeRounds(model, linear, layer, expert))
  return rounds
}

function computeRounds(model: ScheduledModel, linear: Port, layer: number, expert?: number): Train[][] {
  const tiles = tilesOf(model, linear, layer, expert)
  if (linear !== 'head') return roundsOfTiles(model, tiles)
  const parts = Math.ceil(model.model.config.vocabSize / HEAD_PART)
  return Array.from({ length: parts }, (_, part) => (
    roundsOfTiles(model, tiles.filter(({ outputs }) => Math.floor(outputs.begin / HEAD_PART) === part))
  )).flat()
}

function roundsOfTiles(model: ScheduledModel, tiles: readonly MatrixUnit[]): Train[][] {
  const rounds: Map<number, MatrixUnit[]>[] = []
  const seen = new Map<number, number>()
  for (const tile of tiles) {
    const core = model.coreOf[tile.id]!
    const round = seen.get(core) ?? 0
    seen.set(core, round + 1)
    const trains = rounds[round] ?? (rounds[round] = new Map<number, MatrixUnit[]>())
    trains.set(tile.slice, [...(trains.get(tile.slice) ?? []), tile])
  }
  return rounds.map((trains) => [...trains].sort(([a], [b]) => a - b).map(([slice, tiles]) => ({ slice, tiles })))
}

/**
 * True if the tiles of a layer tell the train's sender that they have taken it: needed on shared cores where
 * the sums do not tell (silent tiles, several rounds) and another train could follow too early.
 */
export function confirmsTrains(model: ScheduledModel, linear: Port, layer: number, expert?: number): boolean {
  return model.shared && (linear === 'embedding' || linear === 'head' || roundsOf(model, linear, layer, expert).length > 1)
}
