import { InputError } from '../../../sim/errors.js'
import type {
  AxonTableEntry, CoreImage, DataSegment, ExternalBuffer, HostPlan, MachineImage, WeightTile,
} from '../../../sim/image.js'
import { f32, rotationStep } from '../../../sim/numerics.js'
import { encodingByName } from '../../encodings/encodings.js'
import { inputRule, signedLimit } from '../../quantize/index.js'
import { batchWords, constantsOf as bufferedConstants, ordinaryNeeds } from '../data.js'
import { STAGES, STAGES_PER_LAYER, linearOf, qkvRanges, unitName } from '../ir.js'
import type { AttentionUnit, FinalUnit, HubUnit, Unit } from '../ir.js'
import { BATCH_SEMAPHORE, HOST_SEMAPHORES } from '../plan.js'
import { address, batchCores, coresOf, externalOf, hubOf, isActive, packetsFor, routeTo, sectionOf, tagOf } from '../queries.js'
import { roundsOf } from '../rounds.js'
import type { CorePlan, ScheduledModel } from '../plan.js'
import { emitAttention } from './attention.js'
import { emitBatchAttention } from './batch-attention.js'
import {
  emitDownStage, emitFirstCredit, emitGateStage, emitOutputStage, emitQkvStage, emitTakeBatch,
} from './batch-hub.js'
import { emitBatchStart } from './batch.js'
import { ProgramBuilder, REGISTER } from './builder.js'
import { emitBatchFinal } from './batch-final.js'
import { emitFinal, logitPackets } from './final.js'
import { creditRoute, emitHubAttention, emitHubFeedForward, emitHubGate, emitHubIn, emitHubOut, isLast } from './hub.js'
import { emitFirstLoad, emitMatrix } from './matrix.js'

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
      data: plan.units.flatMap((unit) => constantsOf(model, unit)),
      external: externalOf(model, plan).map(({ name, words }) => externalContents(model, name, words)),
      dataWords: plan.data.words,
      roles: plan.units.map(unitName),
    }
  })
  return { cores, tags: model.tags, host: hostPlan(model) }
}

/** A core's axon table with what an event of the model's encoding costs there, and what its trains start from. */
function encodedEntries(model: ScheduledModel, plan: CorePlan): readonly AxonTableEntry[] {
  const { encoding } = model.model.options
  if (encoding === 'ternary') return plan.axonTable
  const { operation, offset } = encodingByName(encoding)
  const matrices = plan.units.filter((unit) => unit.kind === 'matrix')
  return plan.axonTable.map((entry, table) => {
    const { linear, layer } = matrices[table]!
    if (linear === 'embedding') return entry
    const shift = offset(inputRule(model.model.options, linearOf(model.model, linear, layer)))
    return { ...entry, operation, ...(shift === 0 ? {} : { preload: columnSums(entry.tile, -shift) }) }
  })
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

/** Events that carry a value need room for it. */
function checkEncoding({ model, spec }: ScheduledModel): void {
  const { encoding } = model.options
  const { spikeTrain } = spec.core
  if (spikeTrain === 'burst' || encoding === 'ternary' || encoding === 'binary') return
  if (encoding === 'bitwise' && spec.sync.mode === 'barrier') return // the time step is the plane
  throw new InputError(
    `encoding '${encoding}' sends events with a value, but core.spikeTrain is '${spikeTrain}': an event there is one spike. ` +
      `Set core.spikeTrain to 'burst', or choose the encoding ternary or binary.`,
  )
}

interface Segment {
  readonly stage: number
  readonly write: (out: ProgramBuilder) => void
}

/** The parts of a token that a unit does, with the global stage of each. */
function segmentsOf(model: ScheduledModel, unit: Unit): Segment[] {
  const { layers } = model.model.config
  const base = (layer: number, stage: number): number => 1 + layer * STAGES_PER_LAYER + stage
  const segment = (stage: number, write: (out: ProgramBuilder) => void): Segment => ({ stage, write })
  switch (unit.kind) {
    case 'matrix': {
      const stage = unit.linear === 'embedding' ? 0 : unit.linear === 'head' ? base(layers, 1) : base(unit.layer, STAGES[unit.linear])
      return [segment(stage, (out) => emitMatrix(model, unit, out))]
    }
    case 'attention': return [segment(base(unit.layer, STAGES.attention), (out) => emitAttention(model, unit, out))]
    case 'hub': return model.batch > 1 ? batchHubSegments(model, unit, (stage) => base(unit.layer, stage)) : [
      segment(base(unit.layer, STAGES.hubIn), (out) => emitHubIn(model, unit, out)),
      segment(base(unit.layer, STAGES.hubAttention), (out) => emitHubAttention(model, unit, out)),
      segment(base(unit.layer, STAGES.hubFeedForward), (out) => emitHubFeedForward(model, unit, out)),
      segment(base(unit.layer, STAGES.hubGate), (out) => emitHubGate(model, unit, out)),
      segment(base(unit.layer, STAGES.hubOut), (out) => emitHubOut(model, unit, out)),
    ]
    case 'final': return [segment(base(layers, 0), (out) => (model.batch > 1 ? emitBatchFinal : emitFinal)(model, unit, out))]
  }
}

/** A hub's parts of a batch: one for each linear layer, because the tiles of a layer keep their weights for all tokens. */
function batchHubSegments(model: ScheduledModel, unit: HubUnit, base: (stage: number) => number): Segment[] {
  const segment = (stage: number, write: (out: ProgramBuilder) => void): Segment => ({ stage: base(stage), write })
  return [
    segment(STAGES.hubIn, (out) => {
      emitTakeBatch(model, unit, out)
      emitQkvStage(model, unit, out)
    }),
    segment(STAGES.hubAttention, (out) => emitOutputStage(model, unit, out)),
    segment(STAGES.hubFeedForward, (out) => emitGateStage(model, unit, out)),
    segment(STAGES.hubGate, (out) => emitDownStage(model, unit, out)),
  ]
}

/** The parts of a token or batch that a core's units do. Attention units of a layer go through a batch together. */
function segmentsOfCore(model: ScheduledModel, plan: CorePlan): Segment[] {
  if (model.batch === 1) return plan.units.filter((unit) => isActive(model, unit)).flatMap((unit) => segmentsOf(model, unit))
  const attention = new Map<number, AttentionUnit[]>()
  for (const unit of plan.units) {
    if (unit.kind === 'attention') attention.set(unit.layer, [...attention.get(unit.layer) ?? [], unit])
  }
  return [
    ...plan.units.filter((unit) => unit.kind !== 'attention').flatMap((unit) => segmentsOf(model, unit)),
    ...[...attention].map(([layer, units]): Segment => (
      { stage: 1 + layer * STAGES_PER_LAYER + STAGES.attention, write: (out) => emitBatchAttention(model, units, out) }
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
  for (const { write } of segmentsOfCore(model, plan).sort((a, b) => a.stage - b.stage)) write(out)
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
  out.loadFloat(REGISTER.rootHeadDim, f32(Math.sqrt(config.headDim)))
  out.loadFloat(REGISTER.one, 1)
  for (const unit of vectorUnits) {
    if (model.batch > 1) {
      if (unit.kind !== 'attention') emitFirstCredit(model, unit, out)
      continue
    }
    const first = model.shared ? isLast(model, unit) : unit.kind !== 'attention'
    if (first) out.emit('SIGNAL', { route: out.route(creditRoute(model, unit)) })
  }
}

/** What a unit's constant buffers hold at the start. */
function constantsOf(model: ScheduledModel, unit: Unit): DataSegment[] {
  const put = (name: string, words: Float32Array | Int32Array): DataSegment => ({ address: address(model, unit, name), words })
  switch (unit.kind) {
    case 'matrix': return []
    case 'attention': return attentionConstants(model, unit)
    case 'hub':
    case 'final': return [
      ...masks(model, unit), ...(model.externalData ? [] : bufferedConstants(model, unit).map(({ name }) => put(name, constantNamed(model, name)))),
    ]
  }
}

/** The channels that set a unit's scales, 1, and its salient ones, 0, where calibration named some. */
function masks(model: ScheduledModel, unit: HubUnit | FinalUnit): DataSegment[] {
  return ordinaryNeeds(model, unit).flatMap(({ name, linear }) => {
    const rule = inputRule(model.model.options, linearOf(model.model, linear, unit.layer))
    return [{ address: address(model, unit, name), words: rule.ordinary! }]
  })
}

/** A constant vector by its buffer's name, `kind.layer`. */
function constantNamed({ model }: ScheduledModel, name: string): Float32Array {
  const [kind, at] = name.split('.')
  if (kind === 'scaleEmbedding') return model.embedding.scale
  if (kind === 'finalNorm') return model.finalNorm
  if (kind === 'scaleHead') return model.head.scale
  const layer = model.layers[Number(at)]!
  switch (kind) {
    case 'attnNorm': return layer.vectors['attnNorm']!
    case 'ffnNorm': return layer.vectors['ffnNorm']!
    case 'scaleO': return layer.linears.o.scale
    case 'scaleGateUp': return layer.linears.gateUp.scale
    case 'scaleDown': return layer.linears.down.scale
    default: throw new Error(`no constant ${name}`)
  }
}

/** An external buffer with what it holds at the start: constants, or a KV cache that is empty. */
function externalContents(model: ScheduledModel, name: string, words: number): ExternalBuffer {
  return /^(keys|values|rows)\./.test(name) ? { words } : { words, initial: constantNamed(model, name) }
}

function attentionConstants(model: ScheduledModel, unit: AttentionUnit): DataSegment[] {
  const { headDim, ropeBase, ropeDivisors } = model.model.config
  const { linears: { qkv }, vectors: { qkvBias } } = model.model.layers[unit.layer]!
  const own = `${unit.layer}.${unit.kvHead}`
  const steps = Int32Array.from({ length: headDim / 2 }, (_, pair) =>
    rotationStep(pair, headDim, ropeBase, ropeDivisors?.[pair]) | 0)
  const bias = qkvBias === undefined ? [] : [{ address: address(model, unit, `biasQkv.${own}`), words: headPart(model, unit, qkvBias) }]
  return [
    { address: address(model, unit, `scaleQkv.${own}`), words: headPart(model, unit, qkv.scale) },
    { address: address(model, unit, 'rotation'), words: steps },
    ...bias,
  ]
}

/** What one KV head needs of a vector over the fused qkv outputs, in the order of its buffer. */
function headPart(model: ScheduledModel, unit: AttentionUnit, all: Float32Array): Float32Array {
  const ranges = qkvRanges(model, unit.kvHead)
  const part = new Float32Array(ranges.reduce((sum, { range }) => sum + range.end - range.begin, 0))
  for (const { range, offset } of ranges) part.set(all.subarray(range.begin, range.end), offset)
  return part
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
    tokensInFlight: model.shared || model.options.section !== undefined ? 1 : layers + 2,
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
