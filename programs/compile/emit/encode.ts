import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { rangeLength } from '../ir.js'
import type { LinearKind, Unit } from '../ir.js'
import { address, confirmsTrains, coresOf, externalBuffer, planOf, roundsOf, semaphore } from '../plan.js'
import type { ScheduledModel, Train } from '../plan.js'

/** Longest vector one instruction takes: its length field has 14 bits. */
const LONGEST = 16383

/** Emits a vector instruction in pieces that fit its length field. */
export function inPieces(length: number, emit: (offset: number, length: number) => void): void {
  for (let offset = 0; offset < length; offset += LONGEST) emit(offset, Math.min(LONGEST, length - offset))
}

/** Step 1 of the encoder: scale in REGISTER.scale, integer counts in the unit's buffer 'counts'. */
export function emitQuantize(model: ScheduledModel, unit: Unit, src: number, length: number, out: ProgramBuilder): void {
  const counts = address(model, unit, 'counts')
  out.emit('LI', { rd: REGISTER.scale, imm: 0 })
  inPieces(length, (offset, len) => {
    out.emit('AMAX', { ra: REGISTER.a, src: src + offset, len })
    out.emit('FMAX', { rd: REGISTER.scale, rs: REGISTER.scale, rt: REGISTER.a })
  })
  if (model.model.options.clip !== 1) out.emit('FMUL', { rd: REGISTER.scale, rs: REGISTER.scale, rt: REGISTER.clip })
  out.emit('FDIV', { rd: REGISTER.scale, rs: REGISTER.scale, rt: REGISTER.limitFloat })
  inPieces(length, (offset, len) => {
    out.emit('QNT', { dst: counts + offset, src: src + offset, len, ra: REGISTER.scale, rb: REGISTER.limit })
  })
}

/**
 * Step 2: sends the counts as spike trains to the tiles of a layer, one train per input slice. With a
 * barrier, all trains send a time step, then all wait, until no neuron is charged.
 * @param afterTrain called behind each train's marker; REGISTER.a holds the events of the train
 */
export function emitFire(
  model: ScheduledModel, unit: Unit, linear: LinearKind, layer: number, out: ProgramBuilder,
  afterTrain: (train: Train) => void = () => undefined,
): void {
  const counts = address(model, unit, 'counts')
  const rounds = roundsOf(model, linear, layer)
  const stepped = model.spec.sync.mode === 'barrier'
  const keep = stepped && rounds.length > 1
  const width = model.slices[linear][model.slices[linear].length - 1]!.end
  if (keep) copyCounts(model, unit, 'countsKept', 'counts', width, out)
  rounds.forEach((trains, round) => {
    if (keep && round > 0) copyCounts(model, unit, 'counts', 'countsKept', width, out)
    const sends = trains.map(({ slice, tiles }) => {
      const range = model.slices[linear][slice]!
      return { src: counts + range.begin, len: rangeLength(range), route: trainRoute(model, tiles, out) }
    })
    if (stepped) emitSteps(sends, out)
    else for (const { src, len, route } of sends) out.emit('FIRE', { rd: REGISTER.b, route, src, len })
    trains.forEach((train, index) => {
      out.emit('ENDT', { rd: REGISTER.a, route: sends[index]!.route })
      afterTrain(train)
    })
    emitConfirmation(model, unit, linear, layer, trains, out)
  })
}

/** Sends an empty train to the tiles of a layer: they have nothing to do for this token. */
export function emitSilence(model: ScheduledModel, unit: Unit, linear: LinearKind, layer: number, out: ProgramBuilder): void {
  for (const trains of roundsOf(model, linear, layer)) {
    for (const { tiles } of trains) out.emit('ENDT', { rd: REGISTER.a, route: trainRoute(model, tiles, out) })
    emitConfirmation(model, unit, linear, layer, trains, out)
  }
}

/** Waits until the tiles of a round have taken their trains, where that matters. */
function emitConfirmation(model: ScheduledModel, unit: Unit, linear: LinearKind, layer: number, trains: readonly Train[], out: ProgramBuilder): void {
  if (!confirmsTrains(model, linear, layer)) return
  const count = trains.reduce((sum, train) => sum + train.tiles.length, 0)
  out.emit('RECV', { sem: semaphore(planOf(model, unit), 'taken'), count })
}

function copyCounts(model: ScheduledModel, unit: Unit, to: string, from: string, length: number, out: ProgramBuilder): void {
  inPieces(length, (offset, len) => {
    out.emit('VCOPY', { dst: address(model, unit, to) + offset, src: address(model, unit, from) + offset, len })
  })
}

function emitSteps(sends: readonly { src: number; len: number; route: number }[], out: ProgramBuilder): void {
  const next = out.freshLabel('step')
  out.place(next)
  out.emit('LI', { rd: REGISTER.a, imm: 0 })
  for (const { src, len, route } of sends) {
    out.emit('STEP', { rd: REGISTER.b, route, src, len })
    out.emit('ADD', { rd: REGISTER.a, rs: REGISTER.a, rt: REGISTER.b })
  }
  out.emit('BARRIER')
  out.branch('BNE', { rs: REGISTER.a, rt: REGISTER.zero }, next)
}

function trainRoute(model: ScheduledModel, tiles: Train['tiles'], out: ProgramBuilder): number {
  return out.route({ destinations: coresOf(model, tiles), address: 0, mode: 'write', semaphore: 0 })
}

/** Address of a hub's constant vector; where constants live in external memory, loads it first. */
export function constantAddress(model: ScheduledModel, unit: Unit, name: string, length: number, out: ProgramBuilder): number {
  if (!model.externalData || unit.kind !== 'hub') return address(model, unit, name)
  const to = address(model, unit, 'constant')
  let rows = 1
  while (length % rows !== 0 || length / rows > LONGEST) rows++
  out.emit('LI', { rd: REGISTER.b, imm: rows })
  out.emit('DLD', { dst: to, src: externalBuffer(model, unit, name), len: length / rows, ra: REGISTER.b, rb: REGISTER.zero })
  return to
}

/** Integer sums to reals: dst = sums * scale of the activations * scale of the output channel; the sums are cleared. */
export function emitDequantize(model: ScheduledModel, unit: Unit, dst: number, sums: string, scales: string, length: number, out: ProgramBuilder): void {
  const from = address(model, unit, sums)
  const channel = constantAddress(model, unit, scales, length, out)
  inPieces(length, (offset, len) => {
    out.emit('DEQ', { dst: dst + offset, src: from + offset, len, ra: REGISTER.scale })
    out.emit('VMUL', { dst: dst + offset, src: channel + offset, len })
  })
}
