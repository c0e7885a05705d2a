import { cacheRowWords } from '../../../isa/index.js'
import type { Operator, OperatorKind, OperatorOf } from '../../graph/operators.js'
import { signedLimit } from '../../quantize/index.js'
import { roundTiles, sumsParts } from '../batch.js'
import { layerOf, rotationName, weightName } from '../constants.js'
import { batchWords, cacheRows, headsPlace } from '../data.js'
import { intersect, qkvRanges, rangeLength } from '../ir.js'
import type { AttentionUnit, MatrixUnit } from '../ir.js'
import { SCALE_SEMAPHORE } from '../plan.js'
import {
  address, externalBuffer, hubOf, packetsFor, packetsFrom, planOf, routeTo, scaleAddress, semaphore, signalTo, tagOf,
} from '../queries.js'
import { roundsOf, tilesOf } from '../rounds.js'
import { headsTakeSums } from '../stages.js'
import type { ScheduledModel } from '../plan.js'
import { eachToken, loadOfToken, loadRow, storeRow } from './batch.js'
import { REGISTER } from './builder.js'
import { scatterSemaphore } from './operators.js'
import type { ProgramBuilder } from './builder.js'

/**
 * The attention units of one layer that share a core: for each token they take the integer sums of their queries, keys and
 * values. In a batch the sums of all rounds of qkv tiles but the last are rows until the last; the one sequence's cache,
 * if it has the core to itself, is loaded once.
 */
export function emitAttention(model: ScheduledModel, units: readonly AttentionUnit[], out: ProgramBuilder): void {
  const { layer } = units[0]!
  const batched = model.batch > 1
  out.setTag(tagOf(model, 'attention', layer))
  const last = batched && headsTakeSums(model, layer) ? roundsOf(model, 'qkv', layer).length - 1 : 0
  for (let round = 0; round < last; round++) emitStoreRound(model, units, round, out)
  const staged = batched && units.length === 1 && model.sequences === 1
  if (staged) {
    out.emit('LD', { rd: REGISTER.positions, addr: batchWords(model).positions, rs: REGISTER.zero })
    emitStageCache(model, units[0]!, out)
  }
  eachToken(model, out, () => {
    if (batched) {
      loadOfToken(model, 'positions', REGISTER.position, out)
      out.emit('ADDI', { rd: REGISTER.positions, rs: REGISTER.position, imm: 1 })
    }
    const takesSums = headsTakeSums(model, layer)
    if (takesSums) out.emit('RECV', { sem: SCALE_SEMAPHORE, count: 1 })
    for (const unit of units) {
      if (takesSums) emitReceiveSums(model, unit, batched ? roundTiles(model, 'qkv', layer, last) : tilesOf(model, 'qkv', layer), out)
      else emitReceivePart(model, unit, out)
      for (let round = 0; round < last; round++) {
        forParts(model, unit, round, (row, at, words) => loadRow(model, unit, row, at, words, out))
      }
      emitHeads(model, unit, staged ? 'staged' : model.externalData || batched ? 'loaded' : 'resident', out)
    }
  })
}

/** Waits for what the hub hands a unit: its queries, its key, its value. */
function emitReceivePart(model: ScheduledModel, unit: AttentionUnit, out: ProgramBuilder): void {
  const count = qkvRanges(model, unit.kvHead).reduce((sum, { range }) => sum + packetsFor(model, rangeLength(range)), 0)
  out.emit('RECV', { sem: semaphore(planOf(model, unit), scatterSemaphore(unit)), count })
}

/** Puts the sums of a round aside, for each token, and tells the hub. */
function emitStoreRound(model: ScheduledModel, units: readonly AttentionUnit[], round: number, out: ProgramBuilder): void {
  const takers = units.filter((unit) => sumsParts(model, unit, round).length > 0)
  if (takers.length === 0) return
  eachToken(model, out, () => {
    for (const unit of takers) {
      emitReceiveSums(model, unit, roundTiles(model, 'qkv', unit.layer, round), out)
      forParts(model, unit, round, (row, at, words) => {
        storeRow(model, unit, row, at, words, out)
        out.emit('VCLR', { dst: at, len: words })
      })
      const hub = planOf(model, hubOf(model, unit.layer))
      out.emit('SIGNAL', { route: out.route(signalTo(hub.core, semaphore(hub, 'stored'))) })
    }
  })
}

/** The parts of a unit's sums that a round brings: the row that keeps each, its address, its words. */
function forParts(
  model: ScheduledModel, unit: AttentionUnit, round: number, use: (row: string, at: number, words: number) => void,
): void {
  const at = address(model, unit, `sumsQkv.${unit.kvHead}`)
  for (const { row, offset, words } of sumsParts(model, unit, round)) use(row, at + offset, words)
}

/** Waits for what some of the qkv tiles send a unit, if they do. */
function emitReceiveSums(model: ScheduledModel, unit: AttentionUnit, tiles: readonly MatrixUnit[], out: ProgramBuilder): void {
  const count = packetsFrom(model, tiles, qkvRanges(model, unit.kvHead).map(({ range }) => range))
  if (count > 0) out.emit('RECV', { sem: semaphore(planOf(model, unit), `sumsQkv.${unit.kvHead}`), count })
}

/** Where the cache is: in data SRAM for good; loaded for each token; or loaded once, for all tokens of a batch. */
type CachePlace = 'resident' | 'loaded' | 'staged'

/** One KV head of one layer, and its query heads. */
interface HeadPlace {
  readonly model: ScheduledModel
  readonly unit: AttentionUnit
  readonly cache: CachePlace
  readonly out: ProgramBuilder
}

type Emitters = { [K in OperatorKind]?: (operator: OperatorOf<K>, place: HeadPlace) => void }

/** What the heads run: one emitter for each kind of operator. */
const EMITTERS: Emitters = {
  bias: (_, { model, unit, out }) => {
    const bias = address(model, unit, `biasQkv.${unit.layer}.${unit.kvHead}`)
    out.emit('VADD', { dst: address(model, unit, headsPlace(model, unit)), src: bias, len: qkvWordsOf(model, unit) })
  },
  norm: ({ gain, begin, end }, { model, unit, out }) => {
    for (const { range, offset } of qkvRanges(model, unit.kvHead)) {
      const part = intersect(range, { begin, end })
      if (part === undefined) continue
      for (let at = part.begin; at < part.end; at += gain.words) {
        const vector = address(model, unit, headsPlace(model, unit)) + offset + at - range.begin
        out.emit('RMSN', { dst: vector, src: vector, len: gain.words, ra: REGISTER.eps })
        out.emit('VMUL', { dst: vector, src: address(model, unit, weightName(gain.name, unit)), len: gain.words })
      }
    }
  },
  rotate: ({ rope }, { model, unit, out }) => {
    const { headDim } = model.model.config
    const len = qkvWordsOf(model, unit) - headDim
    const vector = address(model, unit, headsPlace(model, unit))
    out.emit('ROPE', {
      dst: vector, src: address(model, unit, rotationName(rope)), len, ra: REGISTER.position, rb: REGISTER.headDim,
    })
  },
  attend: (_, { model, unit, cache: place, out }) => {
    const { heads, kvHeads, headDim } = model.model.config
    const group = heads / kvHeads
    const rows = cacheRows(model, unit)
    const wraps = rows < model.options.positions
    if (wraps) emitSeen(rows, out)
    const cache = emitCacheUpdate(model, unit, address(model, unit, headsPlace(model, unit)) + group * headDim, place, out)
    for (let head = 0; head < group; head++) emitHead(model, unit, head, cache, out)
    if (wraps) out.emit('ADDI', { rd: REGISTER.positions, rs: REGISTER.position, imm: 1 })
  },
}

function qkvWordsOf(model: ScheduledModel, unit: AttentionUnit): number {
  return qkvRanges(model, unit.kvHead).reduce((sum, { range }) => sum + rangeLength(range), 0)
}

/** All there is to do for a KV head once its sums are there. */
function emitHeads(model: ScheduledModel, unit: AttentionUnit, cache: CachePlace, out: ProgramBuilder): void {
  const { heads, kvHeads, headDim } = model.model.config
  const at = (name: string): number => address(model, unit, name)
  if (headsTakeSums(model, unit.layer)) {
    const qkv = { dst: at(headsPlace(model, unit)), len: qkvWordsOf(model, unit) }
    out.emit('LD', { rd: REGISTER.scale, addr: scaleAddress(model), rs: REGISTER.zero })
    out.emit('DEQ', { ...qkv, src: at(`sumsQkv.${unit.kvHead}`), ra: REGISTER.scale })
    out.emit('VMUL', { ...qkv, src: at(`scaleQkv.${unit.layer}.${unit.kvHead}`) })
  }
  const operators = layerOf(model, unit).operators.filter(({ site }) => site === 'heads')
  for (const operator of operators) {
    const emitter = EMITTERS[operator.kind] as ((operator: Operator, place: HeadPlace) => void) | undefined
    if (emitter === undefined) throw new Error(`no head runs ${operator.kind}`)
    emitter(operator, { model, unit, cache, out })
  }
  const words = (heads / kvHeads) * headDim
  const attended = operators.find((operator) => operator.kind === 'attend')!.output
  const route = out.route(routeTo(model, hubOf(model, unit.layer), attended, unit.kvHead * words, 'write', 'attention'))
  out.emit('SENDV', { route, src: at('mixed'), len: words })
}

/** Positions that a token sees where a window is shorter than the sequence: all so far, at most the window. */
function emitSeen(window: number, out: ProgramBuilder): void {
  const { b, positions, zero } = REGISTER
  const all = out.freshLabel('allSeen')
  out.emit('LI', { rd: b, imm: window })
  out.branch('BLT', { rs: positions, rt: b }, all)
  out.emit('ADD', { rd: positions, rs: b, rt: zero })
  out.place(all)
}

/**
 * Register with the row of the token in hand. A window's cache is a ring: the row is the position modulo its length, by
 * subtracting it doubled as often as the longest sequence needs, and ever less. Sums over positions do not see the order.
 */
function emitRow(model: ScheduledModel, unit: AttentionUnit, out: ProgramBuilder): number {
  const rows = cacheRows(model, unit)
  const last = model.options.positions - 1
  if (rows > last) return REGISTER.position
  const { address: row, b, position, zero } = REGISTER
  out.emit('ADD', { rd: row, rs: position, rt: zero })
  let doubled = rows
  while (2 * doubled <= last) doubled *= 2
  for (; doubled >= rows; doubled /= 2) {
    const less = out.freshLabel('less')
    out.emit('LI', { rd: b, imm: doubled })
    out.branch('BLT', { rs: row, rt: b }, less)
    out.emit('SUB', { rd: row, rs: row, rt: b })
    out.place(less)
  }
  return row
}

/** Where a unit's keys and values are in data SRAM while it works. */
interface CacheAddresses {
  readonly keys: number
  readonly values: number
}

/**
 * Appends the token's key and value. A cache in external memory gets its new row there, and is loaded whole for the
 * heads of this unit, unless it was staged for the tokens of a batch.
 */
function emitCacheUpdate(
  model: ScheduledModel, unit: AttentionUnit, key: number, place: CachePlace, out: ProgramBuilder,
): CacheAddresses {
  const { headDim } = model.model.config
  const at = (name: string): number => address(model, unit, name)
  const own = `${unit.layer}.${unit.kvHead}`
  const [keys, values] = place === 'resident' ? [`keys.${own}`, `values.${own}`] : ['stagedKeys', 'stagedValues']
  const cache = { keys: at(keys), values: at(values) }
  const write = (dst: number, src: number, position: number): void => {
    out.emit('KVW', { dst, src, len: headDim, ra: position, rb: REGISTER.cacheLimit })
  }
  const row = emitRow(model, unit, out)
  const rows = place === 'resident' ? { first: REGISTER.zero, own: row } : emitCacheRows(model, unit, row, out)
  for (const [name, staged, src] of [['keys', cache.keys, key], ['values', cache.values, key + headDim]] as const) {
    if (place !== 'loaded') write(staged, src, row)
    if (place === 'resident') continue
    const buffer = externalBuffer(model, unit, `${name}.${own}`)
    const len = cacheRowWords(headDim)
    write(at('cacheRow'), src, REGISTER.zero)
    out.emit('DST', { dst: buffer, src: at('cacheRow'), len, ra: REGISTER.a, rb: rows.own })
    if (place === 'loaded') out.emit('DLD', { dst: staged, src: buffer, len, ra: REGISTER.positions, rb: rows.first })
  }
  return cache
}

/**
 * Registers that name the token's sequence's first row in external memory, and the token's own; register a is 1 then, the
 * number of rows that are stored.
 */
function emitCacheRows(
  model: ScheduledModel, unit: AttentionUnit, row: number, out: ProgramBuilder,
): { first: number; own: number } {
  const { a, b, address: own, zero } = REGISTER
  if (model.sequences === 1) {
    out.emit('LI', { rd: a, imm: 1 })
    return { first: zero, own: row }
  }
  loadOfToken(model, 'sequences', a, out)
  out.emit('LI', { rd: b, imm: cacheRows(model, unit) })
  out.emit('MUL', { rd: b, rs: a, rt: b })
  out.emit('ADD', { rd: own, rs: b, rt: row })
  out.emit('LI', { rd: a, imm: 1 })
  return { first: b, own }
}

/** Loads what a unit's cache holds before a batch; `positions` are those so far. */
function emitStageCache(model: ScheduledModel, unit: AttentionUnit, out: ProgramBuilder): void {
  const len = cacheRowWords(model.model.config.headDim)
  const rows = cacheRows(model, unit)
  if (rows < model.options.positions) emitSeen(rows, out)
  for (const [name, staged] of [['keys', 'stagedKeys'], ['values', 'stagedValues']] as const) {
    const buffer = externalBuffer(model, unit, `${name}.${unit.layer}.${unit.kvHead}`)
    out.emit('DLD', { dst: address(model, unit, staged), src: buffer, len, ra: REGISTER.positions, rb: REGISTER.zero })
  }
}

/** One query head against the cache. */
function emitHead(model: ScheduledModel, unit: AttentionUnit, head: number, cache: CacheAddresses, out: ProgramBuilder): void {
  const { headDim } = model.model.config
  const spiking = model.options.attention === 'spiking'
  const at = (name: string): number => address(model, unit, name)
  const query = at(headsPlace(model, unit)) + head * headDim
  const mixed = at('mixed') + head * headDim
  const { a, b } = REGISTER

  // query integers; b = scale of the query / sqrt(head dimension)
  out.emit('AMAX', { ra: a, src: query, len: headDim })
  const { kvBits, attentionBits } = model.model.options
  const limit = kvBits === attentionBits ? REGISTER.cacheLimit : REGISTER.address
  if (kvBits !== attentionBits) out.loadInt(limit, signedLimit(attentionBits))
  out.emit('FDIV', { rd: a, rs: a, rt: REGISTER.queryLimitFloat })
  out.emit('QNT', { dst: at('query'), src: query, len: headDim, ra: a, rb: limit })
  out.emit('FDIV', { rd: b, rs: a, rt: REGISTER.scoreDivisor })

  // scores and exponentials; a = their sum
  out.loadInt(REGISTER.address, at('query'))
  out.emit(spiking ? 'QKS' : 'QKD', {
    dst: at('scores'), src: cache.keys, len: headDim, ra: REGISTER.positions, rb: REGISTER.address,
  })
  out.emit('VSCL', { dst: at('scores'), len: 0, ra: b, rb: REGISTER.positions })
  out.emit('SMAX', { dst: at('scores'), ra: REGISTER.positions, rb: a })

  // integer weights; address = their scale, then the values
  out.loadInt(REGISTER.address, at('scores'))
  out.emit('PWQ', { dst: at('weights'), src: cache.values, len: headDim, ra: REGISTER.positions, rb: REGISTER.address })
  out.loadInt(b, at('weights'))
  out.emit(spiking ? 'PVS' : 'PVD', {
    dst: at('sumsValue'), src: cache.values, len: headDim, ra: REGISTER.positions, rb: b,
  })
  out.emit('DEQ', { dst: mixed, src: at('sumsValue'), len: headDim, ra: REGISTER.address })
  out.emit('FDIV', { rd: a, rs: REGISTER.one, rt: a })
  out.emit('VSCL', { dst: mixed, len: headDim, ra: a, rb: REGISTER.zero })
}
