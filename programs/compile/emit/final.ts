import type { RouteEntry } from '../../../sim/image.js'
import { rangeLength } from '../ir.js'
import type { FinalUnit, Range } from '../ir.js'
import { HOST_SEMAPHORES } from '../plan.js'
import { address, packetsFor, packetsFrom, planOf, semaphore, tagOf } from '../queries.js'
import { headPart, tilesOf } from '../rounds.js'
import type { ScheduledModel } from '../plan.js'
import { BATCH_WORDS } from '../data.js'
import { emitTakeBatch } from './batch-hub.js'
import { loadRowAt } from './batch.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { emitDequantize, emitFire, emitQuantize, emitSilence } from './encode.js'
import { creditRoute, emitNorm, emitTakeResidual } from './hub.js'

/** Takes the last residual vector; if logits are wanted, computes them and sends them to the host. */
export function emitFinal(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const unwanted = out.freshLabel('noLogits')
  const over = out.freshLabel('tokenOver')
  if (model.batch > 1) {
    emitTakeBatch(model, unit, out)
    emitTakeLast(model, unit, out)
  } else emitTakeResidual(model, unit, out)
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
  out.emit('SIGNAL', { route: out.route(hostRoute(model, 0, HOST_SEMAPHORES.done)) })
  if (model.shared) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
}

/** The residual vector of a batch's last token. */
function emitTakeLast(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  out.setTag(tagOf(model, 'norm', -1))
  out.emit('LD', { rd: REGISTER.b, addr: BATCH_WORDS.tokens, rs: REGISTER.zero })
  out.emit('ADDI', { rd: REGISTER.b, rs: REGISTER.b, imm: -1 })
  loadRowAt(model, unit, 'x', address(model, unit, 'x'), model.model.config.dim + 1, out)
}

/**
 * Fires at the head tiles, waits for the sums of those trains that were not silent, sends the logits; part by part of
 * a large vocabulary.
 */
function emitLogits(model: ScheduledModel, unit: FinalUnit, out: ProgramBuilder): void {
  const { vocabSize } = model.model.config
  const events = address(model, unit, 'trainEvents')
  const plan = planOf(model, unit)
  emitQuantize(model, unit, 'head', address(model, unit, 'h'), out)
  let counts: number[] = []
  emitFire(model, unit, 'head', -1, out, {
    afterTrain: (train) => {
      out.emit('ST', { rs: REGISTER.a, addr: events + counts.length, rt: REGISTER.zero })
      counts.push(packetsFrom(model, train.tiles, [{ begin: 0, end: vocabSize }]))
    },
    afterRound: (trains, next) => {
      counts.forEach((count, train) => {
        const silent = out.freshLabel('silentTrain')
        out.emit('LD', { rd: REGISTER.a, addr: events + train, rs: REGISTER.zero })
        out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, silent)
        out.emit('RECV', { sem: semaphore(plan, 'sumsHead'), count })
        out.place(silent)
      })
      counts = []
      const part = headPart(model, trains[0]!.tiles[0]!)
      if (next === undefined || headPart(model, next[0]!.tiles[0]!).begin !== part.begin) emitPart(model, unit, part, out)
    },
  })
}

/** The logits of one part of the vocabulary, to the host. */
function emitPart(model: ScheduledModel, unit: FinalUnit, part: Range, out: ProgramBuilder): void {
  const logits = address(model, unit, 'logits')
  emitDequantize(model, unit, logits, 'sumsHead', 'scaleHead', part, out, part.begin)
  sendInPieces(rangeLength(part), (offset, len) => {
    const route = out.route(hostRoute(model, part.begin + offset, HOST_SEMAPHORES.logits))
    out.emit('SENDV', { route, src: logits + offset, len })
  })
}

/** Length of the pieces in which logits are sent: a multiple of every packet length, within the length field. */
const PIECE_WORDS = 8192

function sendInPieces(length: number, emit: (offset: number, length: number) => void): void {
  for (let offset = 0; offset < length; offset += PIECE_WORDS) emit(offset, Math.min(PIECE_WORDS, length - offset))
}

/** Packets the logits arrive in. */
export function logitPackets(model: ScheduledModel): number {
  const parts = new Map(tilesOf(model, 'head', -1).map((tile) => headPart(model, tile)).map((part) => [part.begin, part]))
  let packets = 0
  for (const part of parts.values()) {
    sendInPieces(rangeLength(part), (_, length) => { packets += packetsFor(model, length) })
  }
  return packets
}

function hostRoute(model: ScheduledModel, offset: number, index: number): RouteEntry {
  return { destinations: [model.host], address: offset, mode: 'write', semaphore: index }
}
