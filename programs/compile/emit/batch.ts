import type { RouteEntry } from '../../../sim/image.js'
import { rowName, rowPieces } from '../batch.js'
import { BATCH_WORDS } from '../data.js'
import type { Unit } from '../ir.js'
import { BATCH_SEMAPHORE } from '../plan.js'
import type { ScheduledModel } from '../plan.js'
import { externalBuffer } from '../queries.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'

/** What programs that go through batches are made of: the batch's beginning, the loop over its tokens, their rows. */

const { zero, a, b } = REGISTER

/** Waits until the host says how many tokens the next batch has. */
export function emitBatchStart(out: ProgramBuilder): void {
  out.emit('RECV', { sem: BATCH_SEMAPHORE, count: 1 })
  out.emit('LD', { rd: a, addr: BATCH_WORDS.header, rs: zero })
  out.emit('ST', { rs: a, addr: BATCH_WORDS.tokens, rt: zero })
}

/** Runs a part of a program for each token of the batch. Overwrites registers a and b. */
export function eachToken(out: ProgramBuilder, body: () => void): void {
  const next = out.freshLabel('next')
  out.emit('ST', { rs: zero, addr: BATCH_WORDS.index, rt: zero })
  out.place(next)
  body()
  out.emit('LD', { rd: a, addr: BATCH_WORDS.index, rs: zero })
  out.emit('ADDI', { rd: a, rs: a, imm: 1 })
  out.emit('ST', { rs: a, addr: BATCH_WORDS.index, rt: zero })
  out.emit('LD', { rd: b, addr: BATCH_WORDS.tokens, rs: zero })
  out.branch('BLT', { rs: a, rt: b }, next)
}

/** Loads the row of the token in hand from external memory. Overwrites registers a and b. */
export function loadRow(
  model: ScheduledModel, unit: Unit, row: string, to: number, words: number, out: ProgramBuilder,
): void {
  out.emit('LD', { rd: b, addr: BATCH_WORDS.index, rs: zero })
  loadRowAt(model, unit, row, to, words, out)
}

/** Loads the row whose number is in register b. */
export function loadRowAt(
  model: ScheduledModel, unit: Unit, row: string, to: number, words: number, out: ProgramBuilder,
): void {
  out.emit('LI', { rd: a, imm: 1 })
  for (const piece of rowPieces(rowName(row), words)) {
    out.emit('DLD', { dst: to + piece.offset, src: externalBuffer(model, unit, piece.name), len: piece.words, ra: a, rb: b })
  }
}

/** Stores the row of the token in hand; `place` is the address of a word that names another token. */
export function storeRow(
  model: ScheduledModel, unit: Unit, row: string, from: number, words: number, out: ProgramBuilder,
  place: number = BATCH_WORDS.index,
): void {
  out.emit('LD', { rd: b, addr: place, rs: zero })
  out.emit('LI', { rd: a, imm: 1 })
  for (const piece of rowPieces(rowName(row), words)) {
    out.emit('DST', { dst: externalBuffer(model, unit, piece.name), src: from + piece.offset, len: piece.words, ra: a, rb: b })
  }
}

/** A signal to one core, or the host. */
export function signalTo(core: number, semaphore: number): RouteEntry {
  return { destinations: [core], address: 0, mode: 'write', semaphore }
}
