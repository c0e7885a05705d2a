import { pieces, rangeLength } from '../ir.js'
import type { FinalUnit, Range } from '../ir.js'
import { HOST_SEMAPHORES } from '../plan.js'
import { address, packetsFor, packetsFrom, planOf, semaphore, signalTo, tagOf } from '../queries.js'
import { headPart, roundsOf, tilesOf } from '../rounds.js'
import type { Train } from '../rounds.js'
import { roundOutputs } from '../batch.js'
import { scaleName } from '../constants.js'
import type { ScheduledModel } from '../plan.js'
import { stagesOfLayer } from '../stages.js'
import { eachToken, loadCounts, loadOfToken, loadRow, storeCounts } from './batch.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { emitDequantize, emitFire, emitFireRound, emitQuantize, emitSilence, emitSilentRound } from './encode.js'
import { emitTake, emitTokenOver } from './hub.js'
import { emitOperators } from './operators.js'

/**
 * The final hub: takes the last residual vector and, if logits are wanted, computes them and sends them to the host. In a
 * batch it is a loop over rounds of head tiles, and in it over tokens; sequences have places of their own at the host.
 */
export function emitFinal(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  emitTake(model, unit, out)
  if (model.batch === 1) {
    emitIfWanted(model, unit, out, () => emitLogits(model, unit, out), () => {
      if (model.shared) emitSilence(model, unit, 'head', -1, out)
    })
  } else {
    roundsOf(model, 'head', -1).forEach((_, round) => eachToken(model, out, () => {
      emitIfWanted(model, unit, out, () => emitRound(model, unit, round, out), () => emitSilentRound(model, unit, 'head', -1, round, out))
    }))
  }
  out.setTag(tagOf(model, 'control', -1))
  emitTokenOver(model, unit, out)
}

/** One part of program for a token whose logits are wanted, another for one whose are not: the prompt's, all but the last. */
function emitIfWanted(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder, wanted: () => void, unwanted: () => void): void {
  const { dim } = model.model.config
  const [no, over] = [out.freshLabel('noLogits'), out.freshLabel('tokenOver')]
  out.setTag(tagOf(model, 'norm', -1))
  if (model.batch > 1) loadOfToken(model, 'wanted', REGISTER.a, out)
  else out.emit('LD', { rd: REGISTER.a, addr: address(model, unit, 'x') + dim, rs: REGISTER.zero })
  out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, no)
  wanted()
  out.branch('JMP', {}, over)
  out.place(no)
  unwanted()
  out.place(over)
}

/** From the residual vector to the counts of the head's inputs. */
function emitCounts(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  const [{ linear, prepare }] = stagesOfLayer(model.model.config, -1) as [ReturnType<typeof stagesOfLayer>[number]]
  emitOperators(prepare, { model, unit, out })
  out.setTag(tagOf(model, 'head', -1))
  emitQuantize(model, unit, 'head', address(model, unit, linear.input), out)
}

/**
 * Fires at the head tiles, waits for the sums of those trains that were not silent, sends the logits; part by part of
 * a large vocabulary.
 */
function emitLogits(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  emitCounts(model, unit, out)
  emitFire(model, unit, 'head', -1, out, {
    afterTrain: (_, index) => noteEvents(model, unit, index, out),
    afterRound: (trains, next) => {
      emitReceiveHead(model, unit, trains, out)
      const part = headPart(model, trains[0]!.tiles[0]!)
      if (next !== undefined && headPart(model, next[0]!.tiles[0]!).begin === part.begin) return
      emitToReals(model, unit, part, part.begin, out)
      emitSendLogits(model, unit, part, 0, out)
    },
  })
}

/** One round of the head for the token in hand. Its counts are computed in the first round, and rows for the others. */
function emitRound(model: ScheduledModel, unit: FinalUnit, round: number, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const trains = roundsOf(model, 'head', -1)[round]!
  const h = address(model, unit, 'h')
  if (round > 0) {
    out.setTag(tagOf(model, 'head', -1))
    loadCounts(model, unit, 'counts', h, dim, out)
  } else {
    loadRow(model, unit, 'x', address(model, unit, 'x'), dim + 1, out)
    emitCounts(model, unit, out)
    if (roundsOf(model, 'head', -1).length > 1) storeCounts(model, unit, 'counts', h, dim, out)
  }
  emitFireRound(model, unit, 'head', -1, round, out, { afterTrain: (_, index) => noteEvents(model, unit, index, out) })
  emitReceiveHead(model, unit, trains, out)
  const outputs = roundOutputs(model, 'head', -1, round)
  emitToReals(model, unit, outputs, headPart(model, trains[0]!.tiles[0]!).begin, out)
  emitSendToSequence(model, unit, outputs, out)
}

/** The logits of a part of the vocabulary; the sums' place begins with that of output `begin`. */
function emitToReals(model: ScheduledModel, unit: FinalUnit, part: Range, begin: number, out: ProgramBuilder): void {
  emitDequantize(model, unit, address(model, unit, 'logits'), 'sumsHead', scaleName('head', unit), part, out, begin)
}

/** Keeps how many events the train had whose marker was just sent. */
function noteEvents(model: ScheduledModel, unit: FinalUnit, train: number, out: ProgramBuilder): void {
  out.emit('ST', { rs: REGISTER.a, addr: address(model, unit, 'trainEvents') + train, rt: REGISTER.zero })
}

/** Waits for the sums of those trains of a round that had events: the tiles of the others stay silent. */
function emitReceiveHead(model: ScheduledModel, unit: FinalUnit, trains: readonly Train[], out: ProgramBuilder): void {
  const vocabulary = { begin: 0, end: model.model.config.vocabSize }
  trains.forEach(({ tiles }, train) => {
    const silent = out.freshLabel('silentTrain')
    out.emit('LD', { rd: REGISTER.a, addr: address(model, unit, 'trainEvents') + train, rs: REGISTER.zero })
    out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, silent)
    out.emit('RECV', { sem: semaphore(planOf(model, unit), 'sumsHead'), count: packetsFrom(model, tiles, [vocabulary]) })
    out.place(silent)
  })
}

/** Sends the logits to the place of the token's sequence. */
function emitSendToSequence(model: ScheduledModel, unit: FinalUnit, outputs: Range, out: ProgramBuilder): void {
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

/** Sends the logits of a part of the vocabulary to their place in host memory. */
function emitSendLogits(model: ScheduledModel, unit: FinalUnit, part: Range, sequence: number, out: ProgramBuilder): void {
  const at = sequence * model.model.config.vocabSize + part.begin
  for (const { offset, length } of pieces(rangeLength(part), PIECE_WORDS)) {
    const route = out.route(signalTo(model.host, HOST_SEMAPHORES.logits, at + offset))
    out.emit('SENDV', { route, src: address(model, unit, 'logits') + offset, len: length })
  }
}

/** Length of the pieces in which logits are sent: a multiple of every packet length, within the length field. */
const PIECE_WORDS = 8192

/** The parts of the vocabulary whose logits are sent together: in a batch, what a round of tiles completes. */
function logitParts(model: ScheduledModel): Range[] {
  if (model.batch > 1) return roundsOf(model, 'head', -1).map((_, round) => roundOutputs(model, 'head', -1, round))
  const parts = tilesOf(model, 'head', -1).map((tile) => headPart(model, tile))
  return [...new Map(parts.map((part) => [part.begin, part])).values()]
}

/** Packets the logits of a token arrive in. */
export function logitPackets(model: ScheduledModel): number {
  return logitParts(model).flatMap((part) => pieces(rangeLength(part), PIECE_WORDS))
    .reduce((packets, { length }) => packets + packetsFor(model, length), 0)
}
