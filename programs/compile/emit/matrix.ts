import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { intersect, rangeLength } from '../ir.js'
import type { MatrixUnit, Range } from '../ir.js'
import { attentionOf, confirmsTrains, finalOf, HOST_SEMAPHORES, hubOf, planOf, qkvRanges, routeTo, semaphore, tagOf } from '../plan.js'
import type { ScheduledModel } from '../plan.js'
import type { RouteEntry } from '../../../sim/image.js'

/** Somebody who owns a range of a layer's outputs, and the route to the first of them. */
interface Owner {
  readonly range: Range
  readonly route: (offset: number) => RouteEntry
}

/** Who takes the sums of a tile. */
function ownersOf(model: ScheduledModel, unit: MatrixUnit): Owner[] {
  const all = { begin: 0, end: Number.MAX_SAFE_INTEGER }
  const hub = (buffer: string) => [{
    range: all,
    route: (offset: number) => routeTo(model, hubOf(model, Math.max(0, unit.layer)), buffer, offset, 'accumulate', buffer),
  }]
  switch (unit.linear) {
    case 'embedding': return hub('sumsEmbedding')
    case 'o': return hub('sumsO')
    case 'gateUp': return hub('sumsGateUp')
    case 'down': return hub('sumsDown')
    case 'head': return [{ range: all, route: (offset) => routeTo(model, finalOf(model), 'sumsHead', offset, 'accumulate', 'sumsHead') }]
    case 'qkv': return attentionOf(model, unit.layer).flatMap((attention) => (
      qkvRanges(model, attention.kvHead).map(({ range, offset: base }) => {
        const buffer = `sumsQkv.${attention.kvHead}`
        return { range, route: (offset: number) => routeTo(model, attention, buffer, base + offset - range.begin, 'accumulate', buffer) }
      })
    ))
  }
}

/** Layers whose tiles stay silent for a train without spikes: their owner learns the train's length by itself. */
function skipsSilence(unit: MatrixUnit): boolean {
  return unit.linear === 'embedding' || unit.linear === 'head'
}

/** To whoever sent the train: it was taken. */
function takenRoute(model: ScheduledModel, unit: MatrixUnit): RouteEntry {
  if (unit.linear === 'embedding') return { destinations: [model.host], address: 0, mode: 'write', semaphore: HOST_SEMAPHORES.taken }
  const plan = planOf(model, unit.linear === 'head' ? finalOf(model) : hubOf(model, unit.layer))
  return { destinations: [plan.core], address: 0, mode: 'write', semaphore: semaphore(plan, 'taken') }
}

/**
 * A weight tile's share of a token: load the weights if they are not resident, take the train, send the
 * sums to their owners.
 */
export function emitMatrix(model: ScheduledModel, unit: MatrixUnit, out: ProgramBuilder): void {
  const place = planOf(model, unit).weights.find((candidate) => candidate.unit === unit.id)!
  const outputs = rangeLength(unit.outputs)
  const silent = out.freshLabel('silent')
  out.setTag(tagOf(model, unit.linear, unit.layer))
  if (!place.resident) out.emit('WLOAD', { table: place.table })
  out.emit('CLRA', { acc: 0, len: outputs })
  out.emit('CONSUME', { rd: REGISTER.a, table: place.table, markers: 1 })
  if (confirmsTrains(model, unit.linear, unit.layer)) out.emit('SIGNAL', { route: out.route(takenRoute(model, unit)) })
  if (skipsSilence(unit)) out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, silent)
  for (const owner of ownersOf(model, unit)) {
    const part = intersect(unit.outputs, owner.range)
    if (part === undefined) continue
    const route = out.route(owner.route(part.begin))
    out.emit('SENDA', { route, acc: part.begin - unit.outputs.begin, len: rangeLength(part) })
  }
  out.place(silent)
}
