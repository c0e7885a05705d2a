import { pieces, rangeLength } from '../ir.js'
import type { FinalUnit, Range } from '../ir.js'
import { HOST_SEMAPHORES } from '../plan.js'
import { address, packetsFor, packetsFrom, planOf, semaphore, signalTo, tagOf } from '../queries.js'
import { headPart, roundsOf, tilesOf } from '../rounds.js'
import type { Train } from '../rounds.js'
import { roundOutputs } from '../batch.js'
import type { ScheduledModel } from '../plan.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { emitDequantize, emitFire, emitQuantize, emitSilence } from './encode.js'
import { creditRoute, emitNorm, emitTakeResidual } from './hub.js'

/** Takes the last residual vector; if logits are wanted, computes them and sends them to the host. */
export function emitFinal(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const unwanted = out.freshLabel('noLogits')
  const over = out.freshLabel('tokenOver')
  emitTakeResidual(model, unit, out)
  out.setTag(tagOf(model, 'norm', -1))
  out.emit('LD', { rd: REGISTER.a, addr: address(model, unit, 'x') + dim, rs: REGISTER.zero })
  out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, unwanted)
  emitNorm(model, unit, 'finalNorm', out)
  out.setTag(tagOf(model, 'head', -1))
  emitLogits(model, unit, out)
  out.branch('JMP', {}, over)
  out.place(unwanted)
  if (model.shared) emitSilence(model, unit, 'head', -1, out)
  out.place(over)
  out.setTag(tagOf(model, 'control', -1))
  out.emit('SIGNAL', { route: out.route(signalTo(model.host, HOST_SEMAPHORES.done)) })
  if (model.shared) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
}

/**
 * Fires at the head tiles, waits for the sums of those trains that were not silent, sends the logits; part by part of
 * a large vocabulary.
 */
function emitLogits(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  emitQuantize(model, unit, 'head', address(model, unit, 'h'), out)
  emitFire(model, unit, 'head', -1, out, {
    afterTrain: (_, index) => noteEvents(model, unit, index, out),
    afterRound: (trains, next) => {
      emitReceiveHead(model, unit, trains, out)
      const part = headPart(model, trains[0]!.tiles[0]!)
      if (next === undefined || headPart(model, next[0]!.tiles[0]!).begin !== part.begin) emitPart(model, unit, part, out)
    },
  })
}

/** Keeps how many events the train had whose marker was just sent. */
export function noteEvents(model: ScheduledModel, unit: FinalUnit, train: number, out: ProgramBuilder): void {
  out.emit('ST', { rs: REGISTER.a, addr: address(model, unit, 'trainEvents') + train, rt: REGISTER.zero })
}

/** Waits for the sums of those trains of a round that had events: the tiles of the others stay silent. */
export function emitReceiveHead(model: ScheduledModel, unit: FinalUnit, trains: readonly Train[], out: ProgramBuilder): void {
  const vocabulary = { begin: 0, end: model.model.config.vocabSize }
  trains.forEach(({ tiles }, train) => {
    const silent = out.freshLabel('silentTrain')
    out.emit('LD', { rd: REGISTER.a, addr: address(model, unit, 'trainEvents') + train, rs: REGISTER.zero })
    out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, silent)
    out.emit('RECV', { sem: semaphore(planOf(model, unit), 'sumsHead'), count: packetsFrom(model, tiles, [vocabulary]) })
    out.place(silent)
  })
}

/** The logits of one part of the vocabulary, to the host. */
function emitPart(model: ScheduledModel, unit: FinalUnit, part: Range, out: ProgramBuilder): void {
  const logits = address(model, unit, 'logits')
  emitDequantize(model, unit, logits, 'sumsHead', 'scaleHead', part, out, part.begin)
  emitSendLogits(model, unit, part, 0, out)
}

/** Sends the logits of a part of the vocabulary to their place in host memory: each sequence has its own. */
export function emitSendLogits(model: ScheduledModel, unit: FinalUnit, part: Range, sequence: number, out: ProgramBuilder): void {
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
