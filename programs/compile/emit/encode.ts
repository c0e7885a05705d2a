import type { RouteEntry } from '../../../sim/image.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { f32 } from '../../../sim/numerics.js'
import { inputRule, signedLimit } from '../../quantize/index.js'
import type { EncodedOperator } from '../../quantize/index.js'
import { linearOf, rangeLength } from '../ir.js'
import type { LinearKind, Unit } from '../ir.js'
import { address, confirmsTrains, coresOf, externalBuffer, planOf, roundsOf, semaphore } from '../plan.js'
import type { ScheduledModel, Train } from '../plan.js'

/** Longest vector one instruction takes: its length field has 14 bits. */
const LONGEST = 16383

/** Emits a vector instruction in pieces that fit its length field. */
export function inPieces(length: number, emit: (offset: number, length: number) => void): void {
  for (let offset = 0; offset < length; offset += LONGEST) emit(offset, Math.min(LONGEST, length - offset))
}

/**
 * Step 1 of the encoder, by the rule of the layer that takes the spikes: scale in REGISTER.scale, integer counts in
 * the unit's buffer 'counts'.
 */
export function emitQuantize(
  model: ScheduledModel, unit: Unit, linear: EncodedOperator, src: number, out: ProgramBuilder,
): void {
  const counts = address(model, unit, 'counts')
  const weights = linearOf(model.model, linear, unit.layer)
  const rule = inputRule(model.model.options, weights)
  if (rule.scale !== undefined) out.loadFloat(REGISTER.scale, rule.scale)
  else emitTokenScale(model, unit, linear, src, out)
  const limit = signedLimit(model.model.options.activationBits)
  const usual = rule.limit === limit && rule.rounding === 'nearest'
  if (!usual) out.loadInt(REGISTER.a, rule.rounding === 'floor' ? -rule.limit : rule.limit)
  const rb = usual ? REGISTER.limit : REGISTER.a
  inPieces(weights.inputs, (offset, len) => {
    out.emit('QNT', { dst: counts + offset, src: src + offset, len, ra: REGISTER.scale, rb })
  })
}

/** Scale from the token's largest activation, of the channels that set it. */
function emitTokenScale(
  model: ScheduledModel, unit: Unit, linear: EncodedOperator, src: number, out: ProgramBuilder,
): void {
  const { inputs } = linearOf(model.model, linear, unit.layer)
  const rule = inputRule(model.model.options, linearOf(model.model, linear, unit.layer))
  out.emit('LI', { rd: REGISTER.scale, imm: 0 })
  const from = rule.ordinary === undefined ? src : address(model, unit, 'ordinary')
  inPieces(inputs, (offset, len) => {
    if (rule.ordinary !== undefined) {
      const mask = address(model, unit, `ordinary.${linear}.${unit.layer}`)
      out.emit('VCOPY', { dst: from + offset, src: src + offset, len })
      out.emit('VMUL', { dst: from + offset, src: mask + offset, len })
    }
    out.emit('AMAX', { ra: REGISTER.a, src: from + offset, len })
    out.emit('FMAX', { rd: REGISTER.scale, rs: REGISTER.scale, rt: REGISTER.a })
  })
  const { clip, activationBits } = model.model.options
  if (rule.clip !== 1) {
    if (rule.clip !== f32(clip)) out.loadFloat(REGISTER.a, rule.clip)
    out.emit('FMUL', { rd: REGISTER.scale, rs: REGISTER.scale, rt: rule.clip === f32(clip) ? REGISTER.clip : REGISTER.a })
  }
  const usual = rule.stepLimit === signedLimit(activationBits)
  if (!usual) out.loadFloat(REGISTER.a, rule.stepLimit)
  out.emit('FDIV', { rd: REGISTER.scale, rs: REGISTER.scale, rt: usual ? REGISTER.limitFloat : REGISTER.a })
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
      return { src: counts + range.begin, len: rangeLength(range), route: trainRoute(model, tiles, linear, layer, out) }
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
    for (const { tiles } of trains) out.emit('ENDT', { rd: REGISTER.a, route: trainRoute(model, tiles, linear, layer, out) })
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

function trainRoute(
  model: ScheduledModel, tiles: Train['tiles'], linear: LinearKind, layer: number, out: ProgramBuilder,
): number {
  return out.route({
    destinations: coresOf(model, tiles), address: 0, mode: 'write', semaphore: 0, ...trainFormat(model, linear, layer),
  })
}

/** How the counts of a layer's inputs become events; nothing for the ternary trains that are the machine's own. */
function trainFormat(model: ScheduledModel, linear: LinearKind, layer: number): Pick<RouteEntry, 'train'> {
  const { encoding } = model.model.options
  if (encoding === 'ternary') return {}
  const { limit, stepLimit } = inputRule(model.model.options, linearOf(model.model, linear, layer))
  return { train: { encoding, limit, stepLimit } }
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
