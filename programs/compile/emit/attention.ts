import { cacheRowWords } from '../../../isa/index.js'
import { signedLimit } from '../../quantize/index.js'
import type { AttentionUnit, MatrixUnit } from '../ir.js'
import { SCALE_SEMAPHORE } from '../plan.js'
import { qkvRanges } from '../ir.js'
import { address, attentionOf, externalBuffer, hubOf, packetsFrom, planOf, routeTo, scaleAddress, semaphore, tagOf } from '../queries.js'
import { tilesOf } from '../rounds.js'
import type { ScheduledModel } from '../plan.js'
import { loadOfToken } from './batch.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'

/**
 * One KV head: takes the integer sums of its queries, key and value, rotates, appends to the cache, and
 * for each query head scores the positions, weighs them and mixes the values.
 */
export function emitAttention(model: ScheduledModel, unit: AttentionUnit, out: ProgramBuilder): void {
  const plan = planOf(model, unit)
  out.setTag(tagOf(model, 'attention', unit.layer))
  const first = attentionOf(model, unit.layer).find((other) => planOf(model, other) === plan)
  if (first === unit) out.emit('RECV', { sem: SCALE_SEMAPHORE, count: 1 })
  emitReceiveSums(model, unit, tilesOf(model, 'qkv', unit.layer), out)
  emitHeads(model, unit, model.externalData ? 'loaded' : 'resident', out)
}

/** Waits for what some of the qkv tiles send a unit, if they do. */
export function emitReceiveSums(model: ScheduledModel, unit: AttentionUnit, tiles: readonly MatrixUnit[], out: ProgramBuilder): void {
  const count = packetsFrom(model, tiles, qkvRanges(model, unit.kvHead).map(({ range }) => range))
  if (count > 0) out.emit('RECV', { sem: semaphore(planOf(model, unit), `sumsQkv.${unit.kvHead}`), count })
}

/** Where the cache is: in data SRAM for good; loaded for each token; or loaded once, for all tokens of a batch. */
type CachePlace = 'resident' | 'loaded' | 'staged'

/** All there is to do for a KV head once its sums are there. */
export function emitHeads(model: ScheduledModel, unit: AttentionUnit, place: CachePlace, out: ProgramBuilder): void {
  const { heads, kvHeads, headDim } = model.model.config
  const group = heads / kvHeads
  const at = (name: string): number => address(model, unit, name)
  const qkv = at('qkv')
  const own = `${unit.layer}.${unit.kvHead}`
  out.emit('LD', { rd: REGISTER.scale, addr: scaleAddress(model), rs: REGISTER.zero })
  out.emit('DEQ', { dst: qkv, src: at(`sumsQkv.${unit.kvHead}`), len: (group + 2) * headDim, ra: REGISTER.scale })
  out.emit('VMUL', { dst: qkv, src: at(`scaleQkv.${own}`), len: (group + 2) * headDim })
  if (model.model.config.qkvBias === true) out.emit('VADD', { dst: qkv, src: at(`biasQkv.${own}`), len: (group + 2) * headDim })
  out.emit('ROPE', { dst: qkv, src: at('rotation'), len: (group + 1) * headDim, ra: REGISTER.position, rb: REGISTER.headDim })
  const cache = emitCacheUpdate(model, unit, qkv + group * headDim, place, out)
  for (let head = 0; head < group; head++) emitHead(model, unit, head, cache, out)

  const offset = unit.kvHead * group * headDim
  const route = out.route(routeTo(model, hubOf(model, unit.layer), 'hidden', offset, 'write', 'attention'))
  out.emit('SENDV', { route, src: at('mixed'), len: group * headDim })
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
  const rows = place === 'resident' ? { first: REGISTER.zero, own: REGISTER.position } : emitCacheRows(model, out)
  for (const [name, staged, src] of [['keys', cache.keys, key], ['values', cache.values, key + headDim]] as const) {
    if (place !== 'loaded') write(staged, src, REGISTER.position)
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
function emitCacheRows(model: ScheduledModel, out: ProgramBuilder): { first: number; own: number } {
  const { a, b, address: own, position, zero } = REGISTER
  if (model.sequences === 1) {
    out.emit('LI', { rd: a, imm: 1 })
    return { first: zero, own: position }
  }
  loadOfToken(model, 'sequences', a, out)
  out.emit('LI', { rd: b, imm: model.options.positions })
  out.emit('MUL', { rd: b, rs: a, rt: b })
  out.emit('ADD', { rd: own, rs: b, rt: position })
  out.emit('LI', { rd: a, imm: 1 })
  return { first: b, own }
}

/** Loads what a unit's cache holds before a batch; `positions` are those so far. */
export function emitStageCache(model: ScheduledModel, unit: AttentionUnit, out: ProgramBuilder): void {
  const len = cacheRowWords(model.model.config.headDim)
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
  const query = at('qkv') + head * headDim
  const mixed = at('mixed') + head * headDim
  const { a, b } = REGISTER

  // query integers; b = scale of the query / sqrt(head dimension)
  out.emit('AMAX', { ra: a, src: query, len: headDim })
  const { kvBits, attentionBits } = model.model.options
  const limit = kvBits === attentionBits ? REGISTER.cacheLimit : REGISTER.address
  if (kvBits !== attentionBits) out.loadInt(limit, signedLimit(attentionBits))
  out.emit('FDIV', { rd: a, rs: a, rt: REGISTER.queryLimitFloat })
  out.emit('QNT', { dst: at('query'), src: query, len: headDim, ra: a, rb: limit })
  out.emit('FDIV', { rd: b, rs: a, rt: REGISTER.rootHeadDim })

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
