import type { RouteEntry } from '../../sim/image.js'
import { InputError } from '../../sim/errors.js'
import type { TagName } from '../graph/operators.js'
import { FIELD_KINDS } from '../../isa/index.js'
import { batchRows } from './batch.js'
import { batchWords, buffersOf, externalBuffersOf } from './data.js'
import type { BufferNeed } from './data.js'
import { unitName } from './ir.js'
import type { AttentionUnit, FinalUnit, HubUnit, MatrixUnit, Range, Unit } from './ir.js'
import type { CorePlan, ScheduledModel } from './plan.js'

/** What the emitters ask of a scheduled model. */

/** The reach of the semaphore field. */
const SEMAPHORES = 2 ** FIELD_KINDS.sem.bits

export function tagOf(model: ScheduledModel, operator: TagName, layer: number): number {
  return model.index.tags.get(`${operator}/${layer}`)!
}

export function planOf(model: ScheduledModel, unit: Unit): CorePlan {
  return model.plans[model.coreOf[unit.id]!]!
}

/** Number of a named semaphore of a core, made on first use. */
export function semaphore(plan: CorePlan, name: string): number {
  const known = plan.semaphores.get(name)
  if (known !== undefined) return known
  const index = plan.semaphores.size
  if (index >= SEMAPHORES) {
    throw new InputError(`core ${plan.core} needs more than ${SEMAPHORES} semaphores (for ${name}). Enlarge the grid, so that fewer units share a core.`)
  }
  plan.semaphores.set(name, index)
  return index
}

/** Buffer of the first hub where the embedding's sums meet; see data.ts. */
export function embeddingSums(model: ScheduledModel): string {
  return model.externalData ? 'sumsModel' : 'sumsEmbedding'
}

/** Number of an external buffer of a unit's core. */
export function externalBuffer(model: ScheduledModel, unit: Unit, name: string): number {
  const index = externalOf(model, planOf(model, unit)).findIndex((buffer) => buffer.name === name)
  if (index < 0) throw new Error(`${unitName(unit)} has no external buffer ${name}`)
  return index
}

/** The external buffers of a core, in the order of their numbers. */
export function externalOf(model: ScheduledModel, plan: CorePlan): readonly BufferNeed[] {
  const { external } = model.index
  let buffers = external.get(plan.core)
  if (buffers === undefined) {
    buffers = [...plan.units.flatMap((unit) => externalBuffersOf(model, unit)), ...batchRows(model, plan)]
    external.set(plan.core, buffers)
  }
  return buffers
}

/** Address of a unit's buffer. */
export function address(model: ScheduledModel, unit: Unit, name: string): number {
  const need = buffersOf(model, unit).find((candidate) => candidate.name === name)
  if (need === undefined) throw new Error(`${unitName(unit)} has no buffer ${name}`)
  return planOf(model, unit).data.buffer(name, need.words)
}

/** The layers that get programs. */
export function sectionOf(model: ScheduledModel): Range {
  return model.options.section ?? { begin: 0, end: model.model.config.layers }
}

/** True if a layer gets a program. */
function isActiveLayer(model: ScheduledModel, layer: number): boolean {
  const { begin, end } = sectionOf(model)
  return layer >= begin && layer < end && (model.options.layers?.includes(layer) ?? true)
}

/** The next layer with a program behind a layer, or before it (`step` -1); the number of layers, or -1, if there is none. */
export function neighbourLayer(model: ScheduledModel, layer: number, step: 1 | -1): number {
  const { layers } = model.model.config
  let next = layer + step
  while (next >= 0 && next < layers && model.options.layers?.includes(next) === false) next += step
  return next
}

/** True if a unit has a program: it is of a layer that gets one, or of the embedding or head beside such a layer. */
export function isActive(model: ScheduledModel, unit: Unit): boolean {
  const { begin, end } = sectionOf(model)
  if (unit.layer >= 0) return isActiveLayer(model, unit.layer)
  return unit.kind === 'matrix' && unit.linear === 'embedding' ? begin === 0 : end === model.model.config.layers
}

export function hubOf(model: ScheduledModel, layer: number): HubUnit {
  return model.index.hubs[layer]!
}

export function finalOf(model: ScheduledModel): FinalUnit {
  return model.index.final
}

export function attentionOf(model: ScheduledModel, layer: number): readonly AttentionUnit[] {
  return model.index.attention[layer]!
}

/** Cores of units, each once, in ascending order. */
export function coresOf(model: ScheduledModel, units: readonly Unit[]): number[] {
  return [...new Set(units.map((unit) => model.coreOf[unit.id]!))].sort((a, b) => a - b)
}

/** Packets that a run of words is sent in. */
export function packetsFor(model: ScheduledModel, words: number): number {
  return Math.ceil(words / model.spec.network.wordsPerPacket)
}

/** Packets that tiles send for the outputs in `range`. */
export function packetsFrom(model: ScheduledModel, tiles: readonly MatrixUnit[], ranges: readonly Range[]): number {
  let packets = 0
  for (const tile of tiles) {
    for (const range of ranges) {
      const length = Math.min(tile.outputs.end, range.end) - Math.max(tile.outputs.begin, range.begin)
      if (length > 0) packets += packetsFor(model, length)
    }
  }
  return packets
}

/** Cores that a batch's header goes to: all with a program. */
export function batchCores(model: ScheduledModel): number[] {
  return model.plans.filter((plan) => plan.units.length > 0).map((plan) => plan.core)
}

/** Where the scale of the activations arrives: the same on every core, because the scale is multicast. */
export function scaleAddress(model: ScheduledModel): number {
  return model.batch > 1 ? batchWords(model).length : 0
}

/** A route to one unit's buffer. */
export function routeTo(model: ScheduledModel, unit: Unit, buffer: string, offset: number, mode: RouteEntry['mode'], semaphoreName: string): RouteEntry {
  const plan = planOf(model, unit)
  return {
    destinations: [plan.core], address: address(model, unit, buffer) + offset, mode, semaphore: semaphore(plan, semaphoreName),
  }
}

/** A route to a semaphore of one core, or of the host; words sent there land at word `at`. */
export function signalTo(core: number, index: number, at = 0): RouteEntry {
  return { destinations: [core], address: at, mode: 'write', semaphore: index }
}
