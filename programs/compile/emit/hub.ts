import type { RouteEntry } from '../../../sim/image.js'
import { GATE_PART } from '../data.js'
import type { HubUnit, LinearKind, Unit } from '../ir.js'
import { HOST_SEMAPHORES, SCALE_SEMAPHORE } from '../plan.js'
import {
  address, attentionOf, coresOf, embeddingSums, finalOf, hubOf, packetsFor, packetsFrom, planOf, routeTo, scaleAddress, sectionOf, semaphore, signalTo, tagOf,
} from '../queries.js'
import { tilesOf } from '../rounds.js'
import type { Operator, ScheduledModel } from '../plan.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { constantAddress, emitDequantize, emitFire, emitQuantize, inPieces } from './encode.js'

/**
 * The hub of a layer: one segment of program per stage. Between two segments the other units of the layer
 * work; on shared cores their segments stand between the hub's.
 */

/** Takes the residual vector, normalises it, fires at the qkv tiles and sends the scale to the attention units. */
export function emitHubIn(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const tag = (operator: Operator) => out.setTag(tagOf(model, operator, unit.layer))
  if (unit.layer === 0) emitEmbedding(model, unit, out)
  else emitTakeResidual(model, unit, out)
  tag('norm')
  emitNorm(model, unit, `attnNorm.${unit.layer}`, out)
  tag('qkv')
  emitQuantize(model, unit, 'qkv', address(model, unit, 'h'), out)
  emitScale(model, unit, out)
  emitFire(model, unit, 'qkv', unit.layer, out)
}

/** Sends the scale of the activations to the attention units. */
export function emitScale(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const scale = address(model, unit, 'scaleOut')
  out.emit('ST', { rs: REGISTER.scale, addr: scale, rt: REGISTER.zero })
  const destinations = coresOf(model, attentionOf(model, unit.layer))
  const route = out.route({ destinations, address: scaleAddress(model), mode: 'write', semaphore: SCALE_SEMAPHORE })
  out.emit('SENDV', { route, src: scale, len: 1 })
}

/** Takes the embedding; then there is room for the next token's. */
function emitEmbedding(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  emitEmbeddingRow(model, unit, out)
  if (!model.shared) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
}

/** The token's row of the embedding becomes the residual vector; the flag word goes with it. */
export function emitEmbeddingRow(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const plan = planOf(model, unit)
  const x = address(model, unit, 'x')
  out.setTag(tagOf(model, 'embedding', -1))
  const owner = tilesOf(model, 'embedding', -1).filter((tile) => tile.slice === 0)
  out.emit('RECV', { sem: semaphore(plan, 'sumsEmbedding'), count: packetsFrom(model, owner, [{ begin: 0, end: dim }]) })
  out.emit('RECV', { sem: semaphore(plan, 'flag'), count: 1 })
  out.emit('ADD', { rd: REGISTER.scale, rs: REGISTER.one, rt: REGISTER.zero })
  emitDequantize(model, unit, x, embeddingSums(model), 'scaleEmbedding', { begin: 0, end: dim }, out)
  out.emit('VCOPY', { dst: x + dim, src: address(model, unit, 'xIn') + dim, len: 1 })
}

/** The hub that hands the residual vector to a unit; the final hub's is that of the last layer. */
export function hubBefore(model: ScheduledModel, unit: Unit): HubUnit {
  return hubOf(model, (unit.kind === 'final' ? model.model.config.layers : unit.layer) - 1)
}

/** True if the host, not a hub, hands a unit its residual vector. */
function isFirst(model: ScheduledModel, unit: Unit): boolean {
  return unit.kind === 'hub' && unit.layer === sectionOf(model).begin
}

/** True if the host, not a hub, takes what a unit makes of a token. */
export function isLast(model: ScheduledModel, unit: Unit): boolean {
  const { end } = sectionOf(model)
  return end === model.model.config.layers ? unit.kind === 'final' : unit.kind === 'hub' && unit.layer === end - 1
}

/** Takes the residual vector from the hub before, if it is on another core, or from the host; gives its place free. */
export function emitTakeResidual(model: ScheduledModel, unit: Unit, out: ProgramBuilder): void {
  out.setTag(tagOf(model, 'norm', unit.layer))
  const plan = planOf(model, unit)
  if (!isFirst(model, unit) && planOf(model, hubBefore(model, unit)) === plan) return
  const { dim } = model.model.config
  out.emit('RECV', { sem: semaphore(plan, 'xIn'), count: packetsFor(model, dim + 1) })
  inPieces(dim + 1, (offset, len) => {
    out.emit('VCOPY', { dst: address(model, unit, 'x') + offset, src: address(model, unit, 'xIn') + offset, len })
  })
  if (!model.shared) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
}

/** The signal that a unit has room for the next token: to the hub before it, or to the host. */
export function creditRoute(model: ScheduledModel, unit: Unit): RouteEntry {
  if (model.shared || isFirst(model, unit)) return signalTo(model.host, HOST_SEMAPHORES.credit)
  const before = planOf(model, hubBefore(model, unit))
  return signalTo(before.core, semaphore(before, 'credit'))
}

/** h = RMSNorm(x) * gain */
export function emitNorm(model: ScheduledModel, unit: Unit, gain: string, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const h = address(model, unit, 'h')
  const gains = constantAddress(model, unit, gain, { begin: 0, end: dim }, out)
  out.emit('RMSN', { dst: h, src: address(model, unit, 'x'), len: dim, ra: REGISTER.eps })
  out.emit('VMUL', { dst: h, src: gains, len: dim })
}

/** Waits for the sums of a whole layer. */
function emitReceive(model: ScheduledModel, unit: HubUnit, linear: LinearKind, sums: string, outputs: number, out: ProgramBuilder): void {
  const count = packetsFrom(model, tilesOf(model, linear, unit.layer), [{ begin: 0, end: outputs }])
  out.emit('RECV', { sem: semaphore(planOf(model, unit), sums), count })
}

/** Attention outputs to spikes for the o tiles. */
export function emitHubAttention(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { heads, kvHeads, headDim } = model.model.config
  out.setTag(tagOf(model, 'o', unit.layer))
  const perUnit = packetsFor(model, (heads / kvHeads) * headDim)
  out.emit('RECV', { sem: semaphore(planOf(model, unit), 'attention'), count: perUnit * kvHeads })
  emitQuantize(model, unit, 'o', address(model, unit, 'hidden'), out)
  emitFire(model, unit, 'o', unit.layer, out, { counts: 'hidden' })
}

/** Adds a layer's output to the residual vector. The sums of o are taken before those of down come: they share a buffer. */
function emitResidual(model: ScheduledModel, unit: HubUnit, linear: 'o' | 'down', semaphoreName: string, scales: string, out: ProgramBuilder): void {
  out.setTag(tagOf(model, linear, unit.layer))
  emitReceive(model, unit, linear, semaphoreName, model.model.config.dim, out)
  emitAddToResidual(model, unit, linear, scales, out)
}

/** The sums of o or down, all there, are added to the residual vector. */
export function emitAddToResidual(
  model: ScheduledModel, unit: HubUnit, linear: 'o' | 'down', scales: string, out: ProgramBuilder,
): void {
  const { dim } = model.model.config
  const h = address(model, unit, 'h')
  out.setTag(tagOf(model, linear, unit.layer))
  emitDequantize(model, unit, h, 'sumsModel', scales, { begin: 0, end: dim }, out)
  inPieces(dim, (offset, len) => out.emit('VADD', { dst: address(model, unit, 'x') + offset, src: h + offset, len }))
}

/** Residual after attention, norm, spikes for the gate and up tiles. */
export function emitHubFeedForward(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  emitResidual(model, unit, 'o', 'sumsO', `scaleO.${unit.layer}`, out)
  out.setTag(tagOf(model, 'norm', unit.layer))
  emitNorm(model, unit, `ffnNorm.${unit.layer}`, out)
  out.setTag(tagOf(model, 'gateUp', unit.layer))
  emitQuantize(model, unit, 'gateUp', address(model, unit, 'h'), out)
  emitFire(model, unit, 'gateUp', unit.layer, out)
}

/** SiLU gate, spikes for the down tiles. */
export function emitHubGate(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  out.setTag(tagOf(model, 'gateUp', unit.layer))
  emitReceive(model, unit, 'gateUp', 'sumsGateUp', 2 * model.model.config.hiddenDim, out)
  emitGate(model, unit, out)
  out.setTag(tagOf(model, 'down', unit.layer))
  emitQuantize(model, unit, 'down', address(model, unit, 'hidden'), out)
  emitFire(model, unit, 'down', unit.layer, out, { counts: 'hidden' })
}

/** The sums of gate and up, all there, become their gated product in `hidden`. */
export function emitGate(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { hiddenDim } = model.model.config
  const hidden = address(model, unit, 'hidden')
  const up = address(model, unit, 'up')
  const scales = `scaleGateUp.${unit.layer}`
  out.setTag(tagOf(model, 'gateUp', unit.layer))
  for (let begin = 0; begin < hiddenDim; begin += GATE_PART) {
    const end = Math.min(hiddenDim, begin + GATE_PART)
    emitDequantize(model, unit, hidden + begin, 'sumsGateUp', scales, { begin, end }, out)
    emitDequantize(model, unit, up, 'sumsGateUp', scales, { begin: hiddenDim + begin, end: hiddenDim + end }, out)
    out.emit('SILU', { dst: hidden + begin, src: up, len: end - begin })
  }
}

/** Residual after the feed-forward block; the vector goes on to the next hub. */
export function emitHubOut(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim, layers } = model.model.config
  emitResidual(model, unit, 'down', 'sumsDown', `scaleDown.${unit.layer}`, out)
  if (isLast(model, unit)) {
    emitToHost(model, unit, out)
    return
  }
  const next = unit.layer + 1 < layers ? hubOf(model, unit.layer + 1) : finalOf(model)
  if (planOf(model, next) === planOf(model, unit)) return
  if (!model.shared) out.emit('RECV', { sem: semaphore(planOf(model, unit), 'credit'), count: 1 })
  const route = out.route(routeTo(model, next, 'xIn', 0, 'write', 'xIn'))
  out.emit('SENDV', { route, src: address(model, unit, 'x'), len: dim + 1 })
}

/** The residual vector behind the last of some layers, to the host. */
function emitToHost(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const host = (index: number): RouteEntry => signalTo(model.host, index)
  out.emit('SENDV', { route: out.route(host(HOST_SEMAPHORES.logits)), src: address(model, unit, 'x'), len: dim + 1 })
  out.emit('SIGNAL', { route: out.route(host(HOST_SEMAPHORES.done)) })
  if (model.shared) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
}
