import { roundOutputs } from '../batch.js'
import type { FinalUnit } from '../ir.js'
import { HOST_SEMAPHORES } from '../plan.js'
import type { ScheduledModel } from '../plan.js'
import { address, signalTo, tagOf } from '../queries.js'
import { headPart, roundsOf } from '../rounds.js'
import { emitTakeBatch } from './batch-hub.js'
import { eachToken, loadCounts, loadOfToken, loadRow, storeCounts } from './batch.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { emitDequantize, emitFireRound, emitQuantize, emitSilentRound } from './encode.js'
import { emitReceiveHead, emitSendLogits, noteEvents } from './final.js'
import { emitNorm } from './hub.js'

/**
 * The final hub in a batch: a loop over rounds of head tiles, and in it over tokens. Those whose logits nobody wants send
 * an empty train. The logits of a round are sent when its sums are there; sequences have places of their own at the host.
 */
export function emitBatchFinal(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  emitTakeBatch(model, unit, out)
  roundsOf(model, 'head', -1).forEach((_, round) => {
    eachToken(model, out, () => {
      const unwanted = out.freshLabel('noLogits')
      const over = out.freshLabel('tokenOver')
      out.setTag(tagOf(model, 'norm', -1))
      loadOfToken(model, 'wanted', REGISTER.a, out)
      out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, unwanted)
      emitCounts(model, unit, round, out)
      emitRound(model, unit, round, out)
      out.branch('JMP', {}, over)
      out.place(unwanted)
      emitSilentRound(model, unit, 'head', -1, round, out)
      out.place(over)
    })
  })
  out.setTag(tagOf(model, 'control', -1))
  for (const semaphore of [HOST_SEMAPHORES.done, HOST_SEMAPHORES.credit]) {
    out.emit('SIGNAL', { route: out.route(signalTo(model.host, semaphore)) })
  }
}

/** The counts of the token in hand and their scale: computed in the first round, and rows for the others. */
function emitCounts(model: ScheduledModel, unit: FinalUnit, round: number, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const h = address(model, unit, 'h')
  if (round > 0) {
    out.setTag(tagOf(model, 'head', -1))
    loadCounts(model, unit, 'counts', h, dim, out)
    return
  }
  loadRow(model, unit, 'x', address(model, unit, 'x'), dim + 1, out)
  emitNorm(model, unit, 'finalNorm', out)
  out.setTag(tagOf(model, 'head', -1))
  emitQuantize(model, unit, 'head', h, out)
  if (roundsOf(model, 'head', -1).length > 1) storeCounts(model, unit, 'counts', h, dim, out)
}

function emitRound(model: ScheduledModel, unit: FinalUnit, round: number, out: ProgramBuilder): void {
  const trains = roundsOf(model, 'head', -1)[round]!
  const outputs = roundOutputs(model, 'head', -1, round)
  emitFireRound(model, unit, 'head', -1, round, out, { afterTrain: (_, index) => noteEvents(model, unit, index, out) })
  emitReceiveHead(model, unit, trains, out)
  const { begin } = headPart(model, trains[0]!.tiles[0]!)
  emitDequantize(model, unit, address(model, unit, 'logits'), 'sumsHead', 'scaleHead', outputs, out, begin)
  if (model.sequences === 1) {
    emitSendLogits(model, unit, outputs, 0, out)
    return
  }
  const sent = out.freshLabel('sent')
  for (let sequence = 0; sequence < model.sequences; sequence++) {
    const other = out.freshLabel('other')
    loadOfToken(model, 'sequences', REGISTER.a, out)
    out.emit('LI', { rd: REGISTER.b, imm: sequence })
    out.branch('BNE', { rs: REGISTER.a, rt: REGISTER.b }, other)
    emitSendLogits(model, unit, outputs, sequence, out)
    out.branch('JMP', {}, sent)
    out.place(other)
  }
  out.place(sent)
}
