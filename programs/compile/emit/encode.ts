import type { Port } from '../../graph/operators.js'
import { OWN_TRAIN } from '../../../sim/image.js'
import type { RouteEntry } from '../../../sim/image.js'
import { encodingByName } from '../../encodings/encodings.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { f32 } from '../../../sim/numerics.js'
import { inputRule, signedLimit } from '../../quantize/index.js'
import { linearOf, pieces, rangeLength } from '../ir.js'
import type { Range, Unit } from '../ir.js'
import { address, coresOf, externalBuffer, planOf, semaphore } from '../queries.js'
import { confirmsTrains, roundsOf } from '../rounds.js'
import type { ScheduledModel } from '../plan.js'
import type { Train } from '../rounds.js'

/** Emits a vector instruction in pieces that fit its length field. */
export function inPieces(length: number, emit: (offset: number, length: number) => void): void {
  for (const piece of pieces(length)) emit(piece.offset, piece.length)
}

/**
 * Step 1 of the encoder, by the rule of the layer that takes the spikes: scale in REGISTER.scale, integer counts in
 * place of the activations at `src`.
 */
export function emitQuantize(
  model: ScheduledModel, unit: Unit, linear: Port, src: number, out: ProgramBuilder,
): void {
  const weights = linearOf(model.model, linear, unit.layer)
  const rule = inputRule(model.model.options, weights)
  if (rule.scale !== undefined) out.loadFloat(REGISTER.scale, rule.scale)
  else emitTokenScale(model, unit, linear, src, out)
  const limit = signedLimit(model.model.options.activationBits)
  const usual = rule.limit === limit && rule.rounding === 'nearest'
  if (!usual) out.loadInt(REGISTER.a, rule.rounding === 'floor' ? -rule.limit : rule.limit)
  const rb = usual ? REGISTER.limit : REGISTER.a
  inPieces(weights.inputs, (offset, len) => {
    out.emit('QNT', { dst: src + offset, src: src + offset, len, ra: REGISTER.scale, rb })
  })
}

/** Scale from the token's largest activation, of the channels that set it. */
function emitTokenScale(
  model: ScheduledModel, unit: Unit, linear: Port, src: number, out: ProgramBuilder,
): void {
  const weights = linearOf(model.model, linear, unit.layer)
  const { inputs } = weights
  const rule = inputRule(model.model.options, weights)
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

export interface FireOptions {
  /** Of an expert's layer: whose tiles. */
  readonly expert?: number
  /** Buffer of the counts; default 'h'. */
  readonly counts?: string
  /** Called behind each train's marker; REGISTER.a holds the events of the train. */
  readonly afterTrain?: (train: Train, index: number) => void
  /** Called behind each round, with the round that follows. */
  readonly afterRound?: (trains: readonly Train[], next: readonly Train[] | undefined) => void
}

/** Step 2: sends the counts as spike trains to the tiles of a layer, one train per input slice, round by round. */
export function emitFire(
  model: ScheduledModel, unit: Unit, linear: Port, layer: number, out: ProgramBuilder, options: FireOptions = {},
): void {
  const source = options.counts ?? 'h'
  const rounds = roundsOf(model, linear, layer, options.expert)
  const keep = model.spec.sync.mode === 'barrier' && rounds.length > 1
  const width = model.slices[linear][model.slices[linear].length - 1]!.end
  if (keep) copyCounts(model, unit, 'countsKept', source, width, out)
  rounds.forEach((trains, round) => {
    if (keep && round > 0) copyCounts(model, unit, source, 'countsKept', width, out)
    emitFireRound(model, unit, linear, layer, round, out, options)
    options.afterRound?.(trains, rounds[round + 1])
  })
}

/**
 * The trains of one round. With a barrier, all trains send a time step, then all wait, until no neuron is charged:
 * that uses the counts up.
 */
export function emitFireRound(
  model: ScheduledModel, unit: Unit, linear: Port, layer: number, round: number, out: ProgramBuilder,
  options: FireOptions = {},
): void {
  const counts = address(model, unit, options.counts ?? 'h')
  const trains = roundsOf(model, linear, layer, options.expert)[round]!
  const sends = trains.map(({ slice, tiles }) => {
    const range = model.slices[linear][slice]!
    return { src: counts + range.begin, len: rangeLength(range), route: trainRoute(model, tiles, linear, layer, out) }
  })
  if (model.spec.sync.mode === 'barrier') emitSteps(sends, out)
  else for (const { src, len, route } of sends) out.emit('FIRE', { rd: REGISTER.b, route, src, len })
  trains.forEach((train, index) => {
    out.emit('ENDT', { rd: REGISTER.a, route: sends[index]!.route })
    options.afterTrain?.(train, index)
  })
  emitConfirmation(model, unit, linear, layer, trains, out, options.expert)
}

/** Sends an empty train to the tiles of a layer: they have nothing to do for this token. */
export function emitSilence(model: ScheduledModel, unit: Unit, linear: Port, layer: number, out: ProgramBuilder): void {
  roundsOf(model, linear, layer).forEach((_, round) => emitSilentRound(model, unit, linear, layer, round, out))
}

/** The same, of one round. */
export function emitSilentRound(
  model: ScheduledModel, unit: Unit, linear: Port, layer: number, round: number, out: ProgramBuilder,
): void {
  const trains = roundsOf(model, linear, layer)[round]!
  for (const { tiles } of trains) out.emit('ENDT', { rd: REGISTER.a, route: trainRoute(model, tiles, linear, layer, out) })
  emitConfirmation(model, unit, linear, layer, trains, out)
}

/** Waits until the tiles of a round have taken their trains, where that matters. */
function emitConfirmation(
  model: ScheduledModel, unit: Unit, linear: Port, layer: number, trains: readonly Train[], out: ProgramBuilder, expert?: number,
): void {
  if (!confirmsTrains(model, linear, layer, expert)) return
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
  model: ScheduledModel, tiles: Train['tiles'], linear: Port, layer: number, out: ProgramBuilder,
): number {
  return out.route({
    destinations: coresOf(model, tiles), address: 0, mode: 'write', semaphore: 0, ...trainFormat(model, linear, layer),
  })
}

/** How the counts of a layer's inputs become events; nothing for trains that are the machine's own. */
function trainFormat(model: ScheduledModel, linear: Port, layer: number): Pick<RouteEntry, 'train'> {
  const { options } = model.model
  const train = encodingByName(options.encoding).format(inputRule(options, linearOf(model.model, linear, layer)))
  return train === OWN_TRAIN ? {} : { train }
}

/** Address of a part of a constant vector; where constants live in external memory, loads it first. */
export function constantAddress(model: ScheduledModel, unit: Unit, name: string, part: Range, out: ProgramBuilder): number {
  if (!model.externalData || unit.kind === 'attention') return address(model, unit, name) + part.begin
  const to = address(model, unit, unit.kind === 'final' ? 'constantHead' : 'constant')
  out.emit('LI', { rd: REGISTER.b, imm: rangeLength(part) })
  out.emit('LI', { rd: REGISTER.a, imm: part.begin })
  out.emit('DLD', { dst: to, src: externalBuffer(model, unit, name), len: 1, ra: REGISTER.b, rb: REGISTER.a })
  return to
}

/**
 * Integer sums to reals: dst = sums * scale of the activations * scale of the output channel; the sums are cleared.
 * @param part outputs of the layer; the sums buffer begins with output `sumsBegin`
 */
export function emitDequantize(
  model: ScheduledModel, unit: Unit, dst: number, sums: string, scales: string, part: Range, out: ProgramBuilder, sumsBegin = 0,
): void {
  const from = address(model, unit, sums) + part.begin - sumsBegin
  const channel = constantAddress(model, unit, scales, part, out)
  inPieces(rangeLength(part), (offset, len) => {
    out.emit('DEQ', { dst: dst + offset, src: from + offset, len, ra: REGISTER.scale })
    out.emit('VMUL', { dst: dst + offset, src: channel + offset, len })
  })
}
