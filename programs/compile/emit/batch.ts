import { packetFormat, wordsPerPacketTo } from '../../../sim/config/packet-format.js'
import { rowName, rowPieces } from '../batch.js'
import { batchWords } from '../data.js'
import type { Unit } from '../ir.js'
import { BATCH_SEMAPHORE } from '../plan.js'
import type { ScheduledModel } from '../plan.js'
import { batchCores, externalBuffer } from '../queries.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'

/** What programs that go through batches are made of: the batch's beginning, the loop over its tokens, their rows. */

const { zero, a, b } = REGISTER

/** Waits for the header of the next batch. */
export function emitBatchStart(model: ScheduledModel, out: ProgramBuilder): void {
  const { header, headerLength, tokens } = batchWords(model)
  const { network, core } = model.spec
  const perPacket = wordsPerPacketTo(batchCores(model).length, network, packetFormat(network, core.spikeTrain))
  out.emit('RECV', { sem: BATCH_SEMAPHORE, count: Math.ceil(headerLength / perPacket) })
  out.emit('LD', { rd: a, addr: header, rs: zero })
  out.emit('ST', { rs: a, addr: tokens, rt: zero })
}

/** Runs a part of a program for each token of the batch, or for the one in hand. In a batch it overwrites registers a and b. */
export function eachToken(model: ScheduledModel, out: ProgramBuilder, body: () => void): void {
  if (model.batch === 1) {
    body()
    return
  }
  const { index, tokens } = batchWords(model)
  const next = out.freshLabel('next')
  out.emit('ST', { rs: zero, addr: index, rt: zero })
  out.place(next)
  body()
  out.emit('LD', { rd: a, addr: index, rs: zero })
  out.emit('ADDI', { rd: a, rs: a, imm: 1 })
  out.emit('ST', { rs: a, addr: index, rt: zero })
  out.emit('LD', { rd: b, addr: tokens, rs: zero })
  out.branch('BLT', { rs: a, rt: b }, next)
}

/** Brings what the header says of the token in hand into a register. Overwrites register b. */
export function loadOfToken(
  model: ScheduledModel, what: 'sequences' | 'positions' | 'wanted', rd: number, out: ProgramBuilder,
): void {
  const words = batchWords(model)
  out.emit('LD', { rd: b, addr: words.index, rs: zero })
  out.emit('LD', { rd, addr: words[what], rs: b })
}

/** Loads the row of the token in hand from external memory. Overwrites registers a and b. */
export function loadRow(
  model: ScheduledModel, unit: Unit, row: string, to: number, words: number, out: ProgramBuilder,
): void {
  out.emit('LD', { rd: b, addr: batchWords(model).index, rs: zero })
  out.emit('LI', { rd: a, imm: 1 })
  for (const piece of rowPieces(rowName(row), words)) {
    out.emit('DLD', { dst: to + piece.offset, src: externalBuffer(model, unit, piece.name), len: piece.words, ra: a, rb: b })
  }
}

/** Stores the row of the token in hand; `place` is the address of a word that names another token. */
export function storeRow(
  model: ScheduledModel, unit: Unit, row: string, from: number, words: number, out: ProgramBuilder,
  place: number = batchWords(model).index,
): void {
  out.emit('LD', { rd: b, addr: place, rs: zero })
  out.emit('LI', { rd: a, imm: 1 })
  for (const piece of rowPieces(rowName(row), words)) {
    out.emit('DST', { dst: externalBuffer(model, unit, piece.name), src: from + piece.offset, len: piece.words, ra: a, rb: b })
  }
}

/** Stores counts as a row of the token in hand, the scale in its register behind them. */
export function storeCounts(model: ScheduledModel, unit: Unit, row: string, counts: number, inputs: number, out: ProgramBuilder): void {
  out.emit('ST', { rs: REGISTER.scale, addr: counts + inputs, rt: zero })
  storeRow(model, unit, row, counts, inputs + 1, out)
}

/** Loads counts and their scale again. */
export function loadCounts(model: ScheduledModel, unit: Unit, row: string, counts: number, inputs: number, out: ProgramBuilder): void {
  loadRow(model, unit, row, counts, inputs + 1, out)
  out.emit('LD', { rd: REGISTER.scale, addr: counts + inputs, rs: zero })
}
