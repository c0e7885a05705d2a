import type { RouteEntry } from '../../../sim/image.js'
import { scaleName } from '../constants.js'
import type { FinalUnit, HubUnit, Unit } from '../ir.js'
import { HOST_SEMAPHORES, SCALE_SEMAPHORE } from '../plan.js'
import {
  address, attentionOf, coresOf, embeddingSums, finalOf, hubOf, neighbourLayer, packetsFor, packetsFrom, planOf, routeTo, scaleAddress,
  sectionOf, semaphore, signalTo, tagOf,
} from '../queries.js'
import { tilesOf } from '../rounds.js'
import type { ScheduledModel } from '../plan.js'
import { eachToken, storeRow } from './batch.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { emitDequantize, inPieces } from './encode.js'

/** The residual vector's way: from the embedding or the host to a hub, from hub to hub, and out of the last. */

/** The hub that hands the residual vector to a unit; the final hub's is that of the last layer. */
function hubBefore(model: ScheduledModel, unit: Unit): HubUnit {
  return hubOf(model, neighbourLayer(model, unit.kind === 'final' ? model.model.config.layers : unit.layer, -1))
}

/** True if the host, not a hub, hands a unit its residual vector. */
function isFirst(model: ScheduledModel, unit: Unit): boolean {
  return unit.kind === 'hub' && unit.layer === sectionOf(model).begin
}

/** True if the host, not a hub, takes what a unit makes of a token. */
function isLast(model: ScheduledModel, unit: Unit): boolean {
  const { end } = sectionOf(model)
  return end === model.model.config.layers ? unit.kind === 'final' : unit.kind === 'hub' && unit.layer === end - 1
}

/** The signal that a unit has room for the next token: to the hub before it, or to the host. */
function creditRoute(model: ScheduledModel, unit: Unit): RouteEntry {
  if (model.shared || isFirst(model, unit)) return signalTo(model.host, HOST_SEMAPHORES.credit)
  const before = planOf(model, hubBefore(model, unit))
  return signalTo(before.core, semaphore(before, 'credit'))
}

/** In the prologue: the first credits, because every unit starts with room for a token. */
export function emitFirstCredit(model: ScheduledModel, unit: Unit, out: ProgramBuilder): void {
  if (model.batch === 1) {
    const first = model.shared ? isLast(model, unit) : unit.kind !== 'attention'
    if (first) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
    return
  }
  if (unit.kind === 'final') out.emit('SIGNAL', { route: out.route(signalTo(model.host, HOST_SEMAPHORES.credit)) })
  if (unit.kind === 'attention' || (unit.kind === 'hub' && unit.layer === 0)) return
  const before = planOf(model, hubBefore(model, unit))
  if (before === planOf(model, unit)) return
  out.emit('SIGNAL', { route: out.route(signalTo(before.core, semaphore(before, 'credit'))) })
}

/** Takes the token, or all tokens of a batch: from the embedding's tiles, from a hub on another core, or from the host. */
export function emitTake(model: ScheduledModel, unit: HubUnit | FinalUnit, out: ProgramBuilder): void {
  if (model.batch > 1) emitTakeBatch(model, unit, out)
  else if (unit.kind === 'hub' && unit.layer === 0) {
    emitEmbeddingRow(model, unit, out)
    if (!model.shared) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
  } else emitTakeResidual(model, unit, out)
}

/** Takes the residual vector from the hub before, if it is on another core, or from the host; gives its place free. */
function emitTakeResidual(model: ScheduledModel, unit: HubUnit | FinalUnit, out: ProgramBuilder): void {
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

/** Every token becomes a row. */
function emitTakeBatch(model: ScheduledModel, unit: HubUnit | FinalUnit, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const plan = planOf(model, unit)
  const xIn = address(model, unit, 'xIn')
  if (unit.kind === 'hub' && unit.layer === 0) {
    eachToken(model, out, () => {
      emitEmbeddingRow(model, unit, out)
      storeRow(model, unit, 'x', address(model, unit, 'x'), dim + 1, out, xIn + dim + 1)
      out.emit('SIGNAL', { route: out.route(signalTo(model.host, HOST_SEMAPHORES.embedded)) })
    })
    out.emit('RECV', { sem: semaphore(plan, 'flag'), count: 1 })
    return
  }
  const before = planOf(model, hubBefore(model, unit))
  if (before === plan) return
  out.setTag(tagOf(model, 'norm', unit.layer))
  eachToken(model, out, () => {
    out.emit('RECV', { sem: semaphore(plan, 'xIn'), count: packetsFor(model, dim + 1) })
    storeRow(model, unit, 'x', xIn, dim + 1, out)
    out.emit('SIGNAL', { route: out.route(signalTo(before.core, semaphore(before, 'credit'))) })
  })
}

/** The token's row of the embedding becomes the residual vector; the flag word goes with it. */
function emitEmbeddingRow(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const plan = planOf(model, unit)
  const x = address(model, unit, 'x')
  out.setTag(tagOf(model, 'embedding', -1))
  const owner = tilesOf(model, 'embedding', -1).filter((tile) => tile.slice === 0)
  out.emit('RECV', { sem: semaphore(plan, 'sumsEmbedding'), count: packetsFrom(model, owner, [{ begin: 0, end: dim }]) })
  out.emit('RECV', { sem: semaphore(plan, 'flag'), count: 1 })
  out.emit('ADD', { rd: REGISTER.scale, rs: REGISTER.one, rt: REGISTER.zero })
  emitDequantize(model, unit, x, embeddingSums(model), scaleName('embedding', unit), { begin: 0, end: dim }, out)
  out.emit('VCOPY', { dst: x + dim, src: address(model, unit, 'xIn') + dim, len: 1 })
}

/** Sends the scale of the activations to the attention units. */
export function emitScale(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const scale = address(model, unit, 'scaleOut')
  out.emit('ST', { rs: REGISTER.scale, addr: scale, rt: REGISTER.zero })
  const destinations = coresOf(model, attentionOf(model, unit.layer))
  const route = out.route({ destinations, address: scaleAddress(model), mode: 'write', semaphore: SCALE_SEMAPHORE })
  out.emit('SENDV', { route, src: scale, len: 1 })
}

/** The residual vector of the token in hand goes on: to a next hub on another core when that has room, or to the host. */
export function emitHandOn(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim, layers } = model.model.config
  if (isLast(model, unit)) {
    const host = (index: number): RouteEntry => signalTo(model.host, index)
    out.emit('SENDV', { route: out.route(host(HOST_SEMAPHORES.logits)), src: address(model, unit, 'x'), len: dim + 1 })
    emitTokenOver(model, unit, out)
    return
  }
  const nextLayer = neighbourLayer(model, unit.layer, 1)
  const next = nextLayer < layers ? hubOf(model, nextLayer) : finalOf(model)
  if (planOf(model, next) === planOf(model, unit)) return
  if (!model.shared || model.batch > 1) out.emit('RECV', { sem: semaphore(planOf(model, unit), 'credit'), count: 1 })
  const route = out.route(routeTo(model, next, 'xIn', 0, 'write', 'xIn'))
  out.emit('SENDV', { route, src: address(model, unit, 'x'), len: dim + 1 })
}

/** Tells the host that a token, or a batch, is over, and where that gives room for the next, so. */
export function emitTokenOver(model: ScheduledModel, unit: HubUnit | FinalUnit, out: ProgramBuilder): void {
  out.emit('SIGNAL', { route: out.route(signalTo(model.host, HOST_SEMAPHORES.done)) })
  if (model.batch > 1) out.emit('SIGNAL', { route: out.route(signalTo(model.host, HOST_SEMAPHORES.credit)) })
  else if (model.shared) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
}
