import { batchWords } from '../data.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { intersect, qkvRanges, rangeLength } from '../ir.js'
import type { MatrixUnit, Range, WeightPlace } from '../ir.js'
import { HOST_SEMAPHORES } from '../plan.js'
import { attentionOf, embeddingSums, finalOf, hubOf, isActive, planOf, routeTo, semaphore, signalTo, tagOf } from '../queries.js'
import { confirmsTrains, headPart } from '../rounds.js'
import { stagesOfLayer } from '../stages.js'
import type { CorePlan, ScheduledModel } from '../plan.js'
import type { RouteEntry } from '../../../sim/image.js'

/** Somebody who owns a range of a layer's outputs, and the route to the first of them. */
interface Owner {
  readonly range: Range
  readonly route: (offset: number) => RouteEntry
}

/** Who takes the sums of a tile. */
function ownersOf(model: ScheduledModel, unit: MatrixUnit): Owner[] {
  const all = { begin: 0, end: Number.MAX_SAFE_INTEGER }
  if (unit.linear === 'head') {
    const { begin } = headPart(model, unit)
    return [{ range: all, route: (offset) => routeTo(model, finalOf(model), 'sumsHead', offset - begin, 'accumulate', 'sumsHead') }]
  }
  const hub = (buffer: string, semaphoreName: string): Owner[] => [{
    range: all,
    route: (offset) => routeTo(model, hubOf(model, Math.max(0, unit.layer)), buffer, offset, 'accumulate', semaphoreName),
  }]
  if (unit.linear === 'embedding') return hub(embeddingSums(model), 'sumsEmbedding')
  const { taker, sums, port } = stagesOfLayer(model.model.config, unit.layer).find(({ linear }) => linear.port === unit.linear)!.linear
  if (taker === 'hub') return hub(sums, `sums.${port}`)
  return attentionOf(model, unit.layer).flatMap((attention) => (
    qkvRanges(model, attention.kvHead).map(({ range, offset: base }) => {
      const buffer = `sumsQkv.${attention.kvHead}`
      return { range, route: (offset: number) => routeTo(model, attention, buffer, base + offset - range.begin, 'accumulate', buffer) }
    })
  ))
}

/** Layers whose tiles stay silent for a train without spikes: their owner learns the train's length by itself. */
function skipsSilence(unit: MatrixUnit): boolean {
  return unit.linear === 'embedding' || unit.linear === 'head'
}

/** To whoever sent the train: it was taken. */
function takenRoute(model: ScheduledModel, unit: MatrixUnit): RouteEntry {
  if (unit.linear === 'embedding') return signalTo(model.host, HOST_SEMAPHORES.taken)
  const plan = planOf(model, unit.linear === 'head' ? finalOf(model) : hubOf(model, unit.layer))
  return signalTo(plan.core, semaphore(plan, 'taken'))
}

/**
 * Loads of tiles that do not stay. Single-buffered, a tile is loaded when its turn comes. Double-buffered, the
 * next tile of the core is loaded while this one is in use; the prologue loaded the first (`emitFirstLoad`), and the
 * last tile of a token loads the first of the next.
 */
function emitLoads(model: ScheduledModel, plan: CorePlan, table: number, out: ProgramBuilder): void {
  const loaded = loadedPlaces(model, plan).map((place) => place.table)
  const turn = loaded.indexOf(table)
  if (turn < 0) return
  if (!keepsAhead(model, plan)) out.emit('WLOAD', { table })
  else out.emit('WLOAD', { table: loaded[(turn + 1) % loaded.length]! })
}

/** In the prologue: the load of the first tile that has its turn. */
export function emitFirstLoad(model: ScheduledModel, plan: CorePlan, out: ProgramBuilder): void {
  if (!keepsAhead(model, plan)) return
  const first = loadedPlaces(model, plan)[0]
  if (first !== undefined) out.emit('WLOAD', { table: first.table })
}

/** Tiles that are loaded for every token, in the order of their turns. */
function loadedPlaces(model: ScheduledModel, plan: CorePlan): readonly WeightPlace[] {
  return plan.weights.filter(({ residence, unit }) => residence === 'loaded' && isActive(model, model.units[unit]!))
}

/** True if no tile, nor the first one of the next token, would be brought into the buffer that is in use. */
function keepsAhead(model: ScheduledModel, plan: CorePlan): boolean {
  // Which expert has the next turn is not known ahead.
  if (!plan.doubleBuffered || model.model.config.experts !== undefined) return false
  const places = loadedPlaces(model, plan)
  return places.length > 1 && places.every(({ address }, turn) => address !== places[(turn + 1) % places.length]!.address)
}

/** Brings a tile's weights, or opens the place of its rows, and takes a token's train; in a batch, one for each token. */
export function emitTile(model: ScheduledModel, unit: MatrixUnit, out: ProgramBuilder): void {
  const plan = planOf(model, unit)
  const place = plan.weights.find((candidate) => candidate.unit === unit.id)!
  out.setTag(tagOf(model, unit.linear, unit.layer))
  if (place.residence === 'kept') out.emit('WLOAD', { table: place.table })
  else emitLoads(model, plan, place.table, out)
  if (model.batch === 1) {
    emitTrain(model, unit, place.table, out)
    return
  }
  const next = out.freshLabel('next')
  out.emit('LD', { rd: REGISTER.b, addr: batchWords(model).tokens, rs: REGISTER.zero })
  out.place(next)
  emitTrain(model, unit, place.table, out)
  out.branch('LOOP', { rd: REGISTER.b }, next)
}

/** A tile takes a train and sends the sums to their owners. */
function emitTrain(model: ScheduledModel, unit: MatrixUnit, table: number, out: ProgramBuilder): void {
  const silent = out.freshLabel('silent')
  out.emit('CLRA', { acc: 0, len: rangeLength(unit.outputs) })
  out.emit('CONSUME', { rd: REGISTER.a, table, markers: 1 })
  if (confirmsTrains(model, unit.linear, unit.layer, unit.expert)) out.emit('SIGNAL', { route: out.route(takenRoute(model, unit)) })
  if (skipsSilence(unit)) out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, silent)
  for (const owner of ownersOf(model, unit)) {
    const part = intersect(unit.outputs, owner.range)
    if (part === undefined) continue
    const route = out.route(owner.route(part.begin))
    out.emit('SENDA', { route, acc: part.begin - unit.outputs.begin, len: rangeLength(part) })
  }
  out.place(silent)
}
