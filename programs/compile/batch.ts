import type { Port } from '../graph/operators.js'
import { intersect, pieces, qkvRanges, rangeLength, unitName } from './ir.js'
import type { AttentionUnit, HubUnit, MatrixUnit, Range } from './ir.js'
import type { BufferNeed } from './data.js'
import type { CorePlan, ScheduledModel } from './plan.js'
import { roundsOf } from './rounds.js'
import { headsTakeSums, stagesOfLayer } from './stages.js'
import type { Stage } from './stages.js'

/**
 * Batches: where weights are fetched from external memory, the tokens of a prompt go through each layer together. A tile
 * takes their trains one after the other while its weights are there; what a token carries from one layer to the
 * next is a row of a buffer in external memory, so a batch is not limited by data SRAM.
 *
 * Law: a core gets one train at a time. The hub sends the train of a token only when all that the token before made
 * of its own has come back; tokens follow each other, weights stay.
 */

/** A row of a token in pieces that one DLD or DST moves each, every piece a buffer of its own. */
export function rowPieces(name: string, words: number): { name: string; offset: number; words: number }[] {
  return pieces(words).map(({ offset, length }, piece) => ({ name: `${name}/${piece}`, offset, words: length }))
}

/** Tiles that work in one round of a layer. */
export function roundTiles(model: ScheduledModel, linear: Port, layer: number, round: number): MatrixUnit[] {
  return roundsOf(model, linear, layer)[round]!.flatMap((train) => train.tiles)
}

/**
 * Outputs that a round of a layer completes.
 * @throws Error if another round of the layer adds to them: placement keeps the tiles of an output together
 */
export function roundOutputs(model: ScheduledModel, linear: Port, layer: number, round: number): Range {
  const tiles = roundTiles(model, linear, layer, round)
  const begin = Math.min(...tiles.map(({ outputs }) => outputs.begin))
  const end = Math.max(...tiles.map(({ outputs }) => outputs.end))
  const covered = new Set(tiles.map(({ outputs }) => outputs.begin)).size * model.slices[linear].length
  if (covered !== tiles.length) throw new Error(`${unitName(tiles[0]!)}: its round leaves outputs incomplete`)
  return { begin, end }
}

/** Where a round of qkv tiles adds to a unit's sums: words of its buffer, and the row that keeps them. */
export function sumsParts(
  model: ScheduledModel, unit: AttentionUnit, round: number,
): { row: string; offset: number; words: number }[] {
  const outputs = roundOutputs(model, 'qkv', unit.layer, round)
  return qkvRanges(model, unit.kvHead).flatMap(({ range, offset }, part) => {
    const common = intersect(range, outputs)
    if (common === undefined) return []
    const row = `sumsQkv.${unit.kvHead}.${round}.${part}`
    return [{ row, offset: offset + common.begin - range.begin, words: rangeLength(common) }]
  })
}

/** Name of the row that keeps what the heads made of a token's sums. */
export const HEADS_ROW = 'attention'

/** Name of the row that keeps the counts of a stage's inputs, with their scale behind them. */
export function countsRow({ encodedBefore }: Stage): string {
  return encodedBefore ? 'gated' : 'counts'
}

/** Rows that a hub's tokens have: the residual vector, what the heads made, counts, sums of all rounds but the last. */
function hubRows(model: ScheduledModel, unit: HubUnit, need: (row: string, words: number) => void): void {
  const { config } = model.model
  const stages = stagesOfLayer(config, unit.layer)
  need('x', config.dim + 1)
  if (stages.some(({ heads }) => heads.length > 0)) need(HEADS_ROW, config.heads * config.headDim)
  for (const early of [false, true]) {
    for (const stage of stages.filter(({ encodedBefore }) => encodedBefore === early)) need(countsRow(stage), stage.linear.inputs + 1)
  }
  for (const { linear } of stages.filter((stage) => stage.linear.taker === 'hub')) {
    const rounds = roundsOf(model, linear.port, unit.layer).length
    for (let round = 0; round + 1 < rounds; round++) {
      need(`sums.${round}`, rangeLength(roundOutputs(model, linear.port, unit.layer, round)))
    }
  }
}

/** Rows in external memory that the tokens of a batch have on a core. */
export function batchRows(model: ScheduledModel, plan: CorePlan): BufferNeed[] {
  if (model.batch === 1) return []
  const { dim } = model.model.config
  const rows = new Map<string, number>()
  const need = (name: string, words: number): void => { rows.set(name, Math.max(words, rows.get(name) ?? 0)) }
  for (const unit of plan.units) {
    if (unit.kind === 'attention' && headsTakeSums(model, unit.layer)) {
      for (let round = 0; round + 1 < roundsOf(model, 'qkv', unit.layer).length; round++) {
        for (const part of sumsParts(model, unit, round)) need(part.row, part.words)
      }
    }
    if (unit.kind === 'final') {
      need('x', dim + 1)
      if (roundsOf(model, 'head', -1).length > 1) need('counts', dim + 1)
    }
    if (unit.kind === 'hub') hubRows(model, unit, need)
  }
  return [...rows].flatMap(([row, words]) => (
    rowPieces(rowName(row), words).map((piece) => ({ name: piece.name, words: piece.words * model.batch }))
  ))
}

/** Name of the external buffer of a row. */
export function rowName(row: string): string {
  return `rows.${row}`
}
