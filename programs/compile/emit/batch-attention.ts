import { roundTiles, sumsParts } from '../batch.js'
import { batchWords } from '../data.js'
import type { AttentionUnit } from '../ir.js'
import { SCALE_SEMAPHORE } from '../plan.js'
import type { ScheduledModel } from '../plan.js'
import { address, hubOf, planOf, semaphore, signalTo, tagOf } from '../queries.js'
import { roundsOf } from '../rounds.js'
import { emitHeads, emitReceiveSums, emitStageCache } from './attention.js'
import { eachToken, loadOfToken, loadRow, storeRow } from './batch.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'

/**
 * The attention units of one layer that share a core, in a batch: they go through the tokens together. Sums of all
 * rounds of qkv tiles but the last are rows until the last; the one sequence's cache, if it has the core to itself, is
 * loaded once.
 */
export function emitBatchAttention(model: ScheduledModel, units: readonly AttentionUnit[], out: ProgramBuilder): void {
  const { layer } = units[0]!
  out.setTag(tagOf(model, 'attention', layer))
  const last = roundsOf(model, 'qkv', layer).length - 1
  for (let round = 0; round < last; round++) emitStoreRound(model, units, round, out)
  const staged = units.length === 1 && model.sequences === 1
  if (staged) {
    out.emit('LD', { rd: REGISTER.positions, addr: batchWords(model).positions, rs: REGISTER.zero })
    emitStageCache(model, units[0]!, out)
  }
  eachToken(model, out, () => {
    loadOfToken(model, 'positions', REGISTER.position, out)
    out.emit('ADDI', { rd: REGISTER.positions, rs: REGISTER.position, imm: 1 })
    out.emit('RECV', { sem: SCALE_SEMAPHORE, count: 1 })
    for (const unit of units) {
      emitReceiveSums(model, unit, roundTiles(model, 'qkv', layer, last), out)
      for (let round = 0; round < last; round++) {
        forParts(model, unit, round, (row, at, words) => loadRow(model, unit, row, at, words, out))
      }
      emitHeads(model, unit, staged ? 'staged' : 'loaded', out)
    }
  })
}

/** Puts the sums of a round aside, for each token, and tells the hub. */
function emitStoreRound(model: ScheduledModel, units: readonly AttentionUnit[], round: number, out: ProgramBuilder): void {
  const takers = units.filter((unit) => sumsParts(model, unit, round).length > 0)
  if (takers.length === 0) return
  eachToken(model, out, () => {
    for (const unit of takers) {
      emitReceiveSums(model, unit, roundTiles(model, 'qkv', unit.layer, round), out)
      forParts(model, unit, round, (row, at, words) => {
        storeRow(model, unit, row, at, words, out)
        out.emit('VCLR', { dst: at, len: words })
      })
      const hub = planOf(model, hubOf(model, unit.layer))
      out.emit('SIGNAL', { route: out.route(signalTo(hub.core, semaphore(hub, 'stored'))) })
    }
  })
}

/** The parts of a unit's sums that a round brings: the row that keeps each, its address, its words. */
function forParts(
  model: ScheduledModel, unit: AttentionUnit, round: number, use: (row: string, at: number, words: number) => void,
): void {
  const at = address(model, unit, `sumsQkv.${unit.kvHead}`)
  for (const { row, offset, words } of sumsParts(model, unit, round)) use(row, at + offset, words)
}
