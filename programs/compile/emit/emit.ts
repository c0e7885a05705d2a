import { InputError } from '../../../sim/errors.js'
import { OWN_TRAIN, ZEROS } from '../../../sim/image.js'
import type {
  AxonTableEntry, CoreImage, DataSegment, HostPlan, MachineImage, WeightTile,
} from '../../../sim/image.js'
import { isDenseKind, kindsOn } from '../../../sim/config/core-kinds.js'
import { LONGEST_BURST } from '../../../sim/config/packet-format.js'
import { f32 } from '../../../sim/numerics.js'
import { scoreDivisor } from '../../graph/model.js'
import { encodingByName } from '../../encodings/encodings.js'
import { inputRule, signedLimit } from '../../quantize/index.js'
import { batchWords, buffersOf } from '../data.js'
import { linearOf, unitName } from '../ir.js'
import type { AttentionUnit, MatrixUnit, Unit } from '../ir.js'
import { BATCH_SEMAPHORE, HOST_SEMAPHORES } from '../plan.js'
import { address, batchCores, coresOf, externalOf, hubOf, isActive, packetsFor, routeTo, sectionOf, tagOf } from '../queries.js'
import { roundsOf } from '../rounds.js'
import type { CorePlan, ScheduledModel } from '../plan.js'
import { handsOut, layerOrder, stagesOfLayer } from '../stages.js'
import type { Stage } from '../stages.js'
import { emitAttention } from './attention.js'
import { emitHubStage } from './batch-stages.js'
import { emitBatchStart } from './batch.js'
import { ProgramBuilder, REGISTER } from './builder.js'
import { emitExpertTiles } from './experts.js'
import { emitFinal, logitPackets } from './final.js'
import { emitFirstCredit } from './hub.js'
import { emitFirstLoad, emitTile } from './matrix.js'
import { emitHandOut, emitHubPart } from './tokens.js'

/**
 * Pass 'emit': every core's program and initial data. A program is a prologue, then for each token the
 * segments of the core's units in stage order, for ever.
 */
export function emit(model: ScheduledModel): MachineImage {
  checkEncoding(model)
  const builders = model.plans.map((plan) => emitCore(model, plan))
  const cores = model.plans.map((plan, index): CoreImage => {
    const { program, tags } = builders[index]!.finish()
    return {
      program, tags,
      axonTable: encodedEntries(model, plan),
      routes: builders[index]!.routes,
      data: plan.units.flatMap((unit) => initialData(model, unit)),
      external: externalOf(model, plan).map(({ words, values }) => (values === undefined ? { words } : { words, initial: values() as Float32Array })),
      dataWords: plan.data.words,
      roles: plan.units.map(unitName),
    }
  })
  return { cores, ...packing(model), tags: model.tags, host: hostPlan(model) }
}

/** A core's axon table with what an event of the model's encoding costs there, and what its trains start from. */
function encodedEntries(model: ScheduledModel, plan: CorePlan): readonly AxonTableEntry[] {
  const { name, operation, format } = encodingByName(model.model.options.encoding)
  const matrices = plan.units.filter((unit) => unit.kind === 'matrix')
  return plan.axonTable.map((entry, table) => {
    const { linear, layer } = matrices[table]!
    if (linear === 'embedding') return entry
    const rule = inputRule(model.model.options, linearOf(model.model, linear, layer))
    const train = format(rule)
    if (train === OWN_TRAIN) return entry
    checkLevels(name, train.levels)
    const levels = train.levels > 0 ? { levels: { steps: train.levels, isOrdered: model.spec.sync.mode === 'barrier' } } : {}
    const trains = model.batch > 1 ? { trains: model.batch } : {}
    return { ...entry, operation, ...levels, ...trains, ...(train.offset === 0 ? {} : { preload: columnSums(entry.tile, -train.offset) }) }
  })
}

/** An event has eight bits for its level. */
function checkLevels(encoding: string, limit: number): void {
  if (limit <= LONGEST_BURST) return
  throw new InputError(
    `encoding '${encoding}': counts up to ${limit}, but an event's level is at most ${LONGEST_BURST}. ` +
      'Take fewer activation bits or fewer time steps of salient channels, or another encoding.',
  )
}

/** Column sums of a tile's weights, times a factor, [outputs]; zeros for a shape. */
function columnSums({ weights, offset, stride, inputs, outputs }: WeightTile, factor: number): Int32Array {
  const sums = new Int32Array(outputs)
  if (weights.length === 0) return sums
  for (let i = 0; i < inputs; i++) {
    for (let j = 0; j < outputs; j++) sums[j]! += factor * weights[offset + i * stride + j]!
  }
  return sums
}

/** Where cores take dense trains only, these travel as values: bits that hold the largest count and its sign. */
function packing({ model, spec, units }: ScheduledModel): Pick<MachineImage, 'valueBits'> {
  if (!kindsOn(spec).some(isDenseKind)) return {}
  const limits = units.flatMap((unit) => (
    unit.kind !== 'matrix' || unit.linear === 'embedding' ? [] : [inputRule(model.options, linearOf(model, unit.linear, unit.layer)).limit]
  ))
  return { valueBits: 33 - Math.clz32(Math.max(...limits)) }
}

/** Events that carry a value need room for it. */
function checkEncoding({ model, spec }: ScheduledModel): void {
  const { name: encoding, operation, format } = encodingByName(model.options.encoding)
  const { spikeTrain } = spec.core
  const { planes, levels, zeros } = format({ limit: 1, stepLimit: 1 })
  const dense = kindsOn(spec).find(isDenseKind)
  if (dense !== undefined && zeros !== ZEROS.sent) {
    throw new InputError(`core.kind '${dense}' takes every activation and no spikes, but the encoding is '${encoding}': `
      + 'choose the encoding dense, or core.kind mac-lanes or adder-array')
  }
  if (spikeTrain === 'burst' || operation === 'addition') return
  const stepIsValue = planes > 0 || levels > 0
  if (stepIsValue && spec.sync.mode === 'barrier') return // the time step is the plane, or the level
  throw new InputError(
    `encoding '${encoding}' sends events with a value, but core.spikeTrain is '${spikeTrain}': an event there is one spike. ` +
      `Set core.spikeTrain to 'burst', or choose the encoding ternary or binary.`,
  )
}

interface Segment {
  /** Place on a token's way. */
  readonly at: number
  readonly write: (out: ProgramBuilder) => void
}

/** The parts of a token, or of a batch, that a core's units do, in the order of the token's way. */
function segmentsOfCore(model: ScheduledModel, plan: CorePlan): Segment[] {
  const units = plan.units.filter((unit) => isActive(model, unit))
  const byLayer = new Map<number, AttentionUnit[]>()
  for (const unit of units) if (unit.kind === 'attention') byLayer.set(unit.layer, [...byLayer.get(unit.layer) ?? [], unit])
  const attention = [...byLayer].flatMap(([layer, together]) => {
    const { stages, at } = orderOf(model, layer)
    return stages.flatMap(({ heads }, stage): Segment[] => (
      heads.length === 0 ? [] : [{ at: at.heads[stage]!, write: (out) => emitAttention(model, together, out) }]
    ))
  })
  return [...units.flatMap((unit) => segmentsOf(model, unit)), ...attention, ...expertSegments(model, units)].sort((a, b) => a.at - b.at)
}

/** The experts' tiles of a layer on one core have one part together. */
function expertSegments(model: ScheduledModel, units: readonly Unit[]): Segment[] {
  const byLayer = new Map<number, MatrixUnit[]>()
  for (const unit of units) {
    if (unit.kind === 'matrix' && unit.expert !== undefined) byLayer.set(unit.layer, [...byLayer.get(unit.layer) ?? [], unit])
  }
  return [...byLayer].map(([layer, together]): Segment => {
    const { stages, at } = orderOf(model, layer)
    const first = stages.findIndex(({ linear }) => linear.isExpert === true)
    return { at: at.tiles[first]!, write: (out) => emitExpertTiles(model, together, out) }
  })
}

/** The stages of a layer, and where its parts stand on a token's way through the whole model. */
function orderOf({ model }: ScheduledModel, layer: number): { stages: readonly Stage[]; at: ReturnType<typeof layerOrder> } {
  const stages = stagesOfLayer(model.config, layer)
  const { hub, tiles, between, heads, length } = layerOrder(stages)
  // Behind the embedding; the longest layer is as long as all.
  const first = 1 + (layer < 0 ? model.config.layers : layer) * MOST_PARTS
  const moved = (places: readonly number[]): number[] => places.map((place) => first + place)
  return { stages, at: { hub: moved(hub), tiles: moved(tiles), between: moved(between), heads: moved(heads), length } }
}

/** More parts than any layer has. */
const MOST_PARTS = 1024

function segmentsOf(model: ScheduledModel, unit: Unit): Segment[] {
  if (unit.kind === 'attention' || (unit.kind === 'matrix' && unit.expert !== undefined)) return []
  if (unit.kind === 'matrix' && unit.linear === 'embedding') return [{ at: 0, write: (out) => emitTile(model, unit, out) }]
  const { stages, at } = orderOf(model, unit.layer)
  if (unit.kind === 'final') return [{ at: at.hub[0]!, write: (out) => emitFinal(model, unit, out) }]
  if (unit.kind === 'matrix') {
    const stage = stages.findIndex(({ linear }) => linear.port === unit.linear)
    return [{ at: at.tiles[stage]!, write: (out) => emitTile(model, unit, out) }]
  }
  // The experts of a layer are its last, and one part with what closes it.
  const whole = stages.filter(({ linear }) => linear.isExpert !== true).length
  const [parts, emitPart] = model.batch > 1 ? [stages.length, emitHubStage] : [whole + 1, emitHubPart]
  return [
    ...Array.from({ length: parts }, (_, part): Segment => ({ at: at.hub[part]!, write: (out) => emitPart(model, unit, part, out) })),
    ...stages.flatMap((stage, index): Segment[] => (
      model.batch > 1 || !handsOut(stage) ? [] : [{ at: at.between[index]!, write: (out) => emitHandOut(model, unit, stage, out) }]
    )),
  ]
}

function emitCore(model: ScheduledModel, plan: CorePlan): ProgramBuilder {
  const out = new ProgramBuilder()
  if (!plan.units.some((unit) => isActive(model, unit))) return out
  const control = tagOf(model, 'control', -1)
  out.setTag(control)
  emitPrologue(model, plan, out)
  out.place('token')
  const attends = plan.units.some((unit) => unit.kind === 'attention' && isActive(model, unit))
  if (model.batch > 1) emitBatchStart(model, out)
  else if (attends) {
    out.emit('ADDI', { rd: REGISTER.position, rs: REGISTER.position, imm: 1 })
    out.emit('ADDI', { rd: REGISTER.positions, rs: REGISTER.position, imm: 1 })
  }
  for (const { write } of segmentsOfCore(model, plan)) write(out)
  out.setTag(control)
  out.branch('JMP', {}, 'token')
  return out
}

/** Constants into registers, and the first credits: every unit starts with room for a token. */
function emitPrologue(model: ScheduledModel, plan: CorePlan, out: ProgramBuilder): void {
  const { config, options } = model.model
  const vectorUnits = plan.units.filter((unit) => unit.kind !== 'matrix').filter((unit) => isActive(model, unit))
  emitFirstLoad(model, plan, out)
  if (vectorUnits.length === 0) return
  const limit = signedLimit(options.activationBits)
  out.loadFloat(REGISTER.eps, config.normEps)
  out.loadInt(REGISTER.limit, limit)
  out.loadFloat(REGISTER.limitFloat, limit)
  out.loadFloat(REGISTER.clip, options.clip)
  out.loadInt(REGISTER.position, (model.options.firstPosition ?? 0) - 1)
  out.loadInt(REGISTER.cacheLimit, signedLimit(options.kvBits))
  out.loadInt(REGISTER.headDim, config.headDim)
  out.loadFloat(REGISTER.queryLimitFloat, signedLimit(options.attentionBits))
  out.loadFloat(REGISTER.scoreDivisor, f32(scoreDivisor(config)))
  out.loadFloat(REGISTER.one, 1)
  for (const unit of vectorUnits) emitFirstCredit(model, unit, out)
}

/** What a unit's buffers hold at the start. */
function initialData(model: ScheduledModel, unit: Unit): DataSegment[] {
  return buffersOf(model, unit).flatMap(({ name, values }) => {
    return values === undefined ? [] : [{ address: address(model, unit, name), words: values() }]
  })
}

function hostPlan(model: ScheduledModel): HostPlan {
  const { vocabSize, dim, layers } = model.model.config
  const { begin, end } = sectionOf(model)
  const hub = hubOf(model, begin)
  const rounds = begin === 0 ? roundsOf(model, 'embedding', -1) : []
  const outputs = end === layers
    ? { length: vocabSize, packets: logitPackets(model) }
    : { length: dim + 1, packets: packetsFor(model, dim + 1) }
  return {
    ...(model.batch === 1 ? {} : { batch: batchPlan(model) }),
    embedding: rounds.map((trains) => trains.map(({ tiles }) => ({ cores: coresOf(model, tiles), firstToken: tiles[0]!.inputs.begin }))),
    confirms: model.shared,
    takenSemaphore: HOST_SEMAPHORES.taken,
    flag: routeTo(model, hub, 'xIn', dim, 'write', 'flag'),
    ...(begin === 0 ? {} : { input: routeTo(model, hub, 'xIn', 0, 'write', 'xIn') }),
    creditSemaphore: HOST_SEMAPHORES.credit,
    doneSemaphore: HOST_SEMAPHORES.done,
    logits: { address: 0, semaphore: HOST_SEMAPHORES.logits, ...outputs },
    endsWithHead: end === layers,
    tokensInFlight: model.shared || model.options.section !== undefined ? 1 : (model.options.layers?.length ?? layers) + 2,
    tag: tagOf(model, 'embedding', -1),
  }
}

function batchPlan(model: ScheduledModel): NonNullable<HostPlan['batch']> {
  return {
    tokens: model.batch, sequences: model.sequences, firstPosition: model.options.firstPosition ?? 0, embeddedSemaphore: HOST_SEMAPHORES.embedded,
    header: {
      destinations: batchCores(model),
      address: batchWords(model).header, mode: 'write', semaphore: BATCH_SEMAPHORE,
    },
  }
}
