import { cacheRowWords } from '../data.js'
import type { AttentionUnit } from '../ir.js'
import { SCALE_SEMAPHORE } from '../plan.js'
import { address, attentionOf, externalBuffer, hubOf, packetsFrom, planOf, qkvRanges, routeTo, semaphore, tagOf } from '../queries.js'
import { tilesOf } from '../rounds.js'
import type { ScheduledModel } from '../plan.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'

/**
 * One KV head: takes the integer sums of its queries, key and value, rotates, appends to the cache, and
 * for each query head scores the positions, weighs them and mixes the values.
 */
export function emitAttention(model: ScheduledModel, unit: AttentionUnit, out: ProgramBuilder): void {
  const { heads, kvHeads, headDim } = model.model.config
  const group = heads / kvHeads
  const plan = planOf(model, unit)
  const at = (name: string): number => address(model, unit, name)
  const qkv = at('qkv')
  const own = `${unit.layer}.${unit.kvHead}`
  const key = qkv + group * headDim
  out.setTag(tagOf(model, 'attention', unit.layer))

  const first = attentionOf(model, unit.layer).find((other) => planOf(model, other) === plan)
  if (first === unit) out.emit('RECV', { sem: SCALE_SEMAPHORE, count: 1 })
  const ranges = qkvRanges(model, unit.kvHead).map(({ range }) => range)
  const sums = `sumsQkv.${unit.kvHead}`
  out.emit('RECV', { sem: semaphore(plan, sums), count: packetsFrom(model, tilesOf(model, 'qkv', unit.layer), ranges) })
  out.emit('LD', { rd: REGISTER.scale, addr: 0, rs: REGISTER.zero })
  out.emit('DEQ', { dst: qkv, src: at(sums), len: (group + 2) * headDim, ra: REGISTER.scale })
  out.emit('VMUL', { dst: qkv, src: at(`scaleQkv.${own}`), len: (group + 2) * headDim })
  if (model.model.config.qkvBias === true) out.emit('VADD', { dst: qkv, src: at(`biasQkv.${own}`), len: (group + 2) * headDim })
  out.emit('ROPE', { dst: qkv, src: at('rotation'), len: (group + 1) * headDim, ra: REGISTER.position, rb: REGISTER.headDim })
  const cache = emitCacheUpdate(model, unit, key, out)
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
 * Appends the token's key and value. A cache in external memory gets its new row there, and is loaded whole
 * for the heads of this unit.
 */
function emitCacheUpdate(model: ScheduledModel, unit: AttentionUnit, key: number, out: ProgramBuilder): CacheAddresses {
  const { headDim } = model.model.config
  const at = (name: string): number => address(model, unit, name)
  const own = `${unit.layer}.${unit.kvHead}`
  const write = (dst: number, src: number, position: number): void => {
    out.emit('KVW', { dst, src, len: headDim, ra: position, rb: REGISTER.cacheLimit })
  }
  if (!model.externalData) {
    const cache = { keys: at(`keys.${own}`), values: at(`values.${own}`) }
    write(cache.keys, key, REGISTER.position)
    write(cache.values, key + headDim, REGISTER.position)
    return cache
  }
  const cache = { keys: at('stagedKeys'), values: at('stagedValues') }
  const len = cacheRowWords(headDim)
  out.emit('LI', { rd: REGISTER.a, imm: 1 })
  for (const [name, staged, src] of [['keys', cache.keys, key], ['values', cache.values, key + headDim]] as const) {
    const buffer = externalBuffer(model, unit, `${name}.${own}`)
    write(at('cacheRow'), src, REGISTER.zero)
    out.emit('DST', { dst: buffer, src: at('cacheRow'), len, ra: REGISTER.a, rb: REGISTER.position })
    out.emit('DLD', { dst: staged, src: buffer, len, ra: REGISTER.positions, rb: REGISTER.zero })
  }
  return cache
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
  out.emit('FDIV', { rd: a, rs: a, rt: REGISTER.cacheLimitFloat })
  out.emit('QNT', { dst: at('query'), src: query, len: headDim, ra: a, rb: REGISTER.cacheLimit })
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
