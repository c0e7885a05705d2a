import { f32, unfix } from '../../sim/numerics.js'
import { attentionKernels } from '../../sim/kernels/attention.js'
import type { AttentionKernels } from '../../sim/kernels/attention.js'
import { rowKernels } from '../../sim/kernels/rows.js'
import type { RowKernels } from '../../sim/kernels/rows.js'
import { PAGE_BYTES, webAssembly } from '../../sim/kernels/webassembly.js'
import type { WasmMemory } from '../../sim/kernels/webassembly.js'
import type { QuantizedModel } from '../../programs/quantize/types.js'
import { attentionSizes } from '../../programs/reference/attention.js'
import type { Attention, AttentionSizes } from '../../programs/reference/attention.js'
import { encode } from '../../programs/reference/encode.js'

/** Positions that a cache has room for at first; it doubles. */
const FIRST_CAPACITY = 256
/** Positions whose values one call adds: 255 * 127 * 2^16 fits 32 bits. */
const MOST_POSITIONS = 65536
/** Rows are a multiple of so many bytes: what the kernels take at a time. */
const ROW_BLOCK = 16

/** A WebAssembly memory that grows and never takes back, and the kernels on it. */
export class KernelArena {
  readonly attention: AttentionKernels
  readonly rows: RowKernels
  private readonly memory: WasmMemory
  private top = PAGE_BYTES
  bytes: Int8Array
  floats: Float32Array

  /** @throws an Error if the engine has no WebAssembly SIMD */
  constructor() {
    if (webAssembly === undefined) throw new Error('this engine has no WebAssembly')
    this.memory = new webAssembly.Memory({ initial: 1, maximum: 65536 })
    this.attention = attentionKernels(this.memory)
    this.rows = rowKernels(this.memory)
    this.bytes = new Int8Array(this.memory.buffer)
    this.floats = new Float32Array(this.memory.buffer)
  }

  /** Address of so many bytes, zeros, a multiple of 16. Views taken before are no longer valid. */
  allocate(size: number): number {
    const address = this.top
    this.top += Math.ceil(size / 16) * 16
    const missing = Math.ceil((this.top - this.bytes.length) / PAGE_BYTES)
    if (missing > 0) this.memory.grow(missing)
    this.bytes = new Int8Array(this.memory.buffer)
    this.floats = new Float32Array(this.memory.buffer)
    return address
  }

  doubleAt(address: number): number {
    return new Float64Array(this.memory.buffer, address, 1)[0]!
  }

  intsAt(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length)
  }

  shortsAt(address: number, length: number): Int16Array {
    return new Int16Array(this.memory.buffer, address, length)
  }
}

/** Keys or values of one layer: integers [kvHead][capacity][row], scales [kvHead][capacity]. Addresses. */
interface Cache {
  rows: number
  scales: number
}

/**
 * ReferenceAttention by the SIMD kernels of sim/kernels: the same bits, held by test/simulate/reference/kernels.test.ts
 * (bench/evaluate.ts says how much sooner).
 */
export class KernelAttention implements Attention {
  private readonly arena: KernelArena
  private readonly sizes: AttentionSizes
  private readonly rowBytes: number
  private keys: Cache = { rows: 0, scales: 0 }
  private values: Cache = { rows: 0, scales: 0 }
  /** Of all heads: query, sums, total of the softmax; then scores and events of every position. Addresses. */
  private query = 0
  private sums = 0
  private total = 0
  private z = 0
  private events = 0
  private capacity = 0
  private length = 0

  constructor(model: QuantizedModel, arena: KernelArena) {
    this.arena = arena
    this.sizes = attentionSizes(model)
    this.rowBytes = Math.ceil(this.sizes.headDim / ROW_BLOCK) * ROW_BLOCK
    this.query = arena.allocate(2 * this.rowBytes)
    this.sums = arena.allocate(4 * this.rowBytes)
    this.total = arena.allocate(8)
    this.makeRoom(FIRST_CAPACITY)
  }

  reset(): void {
    this.length = 0
  }

  forward(qkv: Float32Array, window: number): Float32Array {
    const { heads, kvHeads, headDim } = this.sizes
    if (this.length === this.capacity) this.makeRoom(2 * this.capacity)
    for (let head = 0; head < kvHeads; head++) {
      this.keep(this.keys, head, qkv.subarray((heads + head) * headDim, (heads + head + 1) * headDim))
      this.keep(this.values, head, qkv.subarray((heads + kvHeads + head) * headDim, (heads + kvHeads + head + 1) * headDim))
    }
    this.length++
    const output = new Float32Array(heads * headDim)
    const group = heads / kvHeads
    for (let head = 0; head < heads; head++) {
      this.attend(qkv.subarray(head * headDim, (head + 1) * headDim), Math.floor(head / group), window, output, head * headDim)
    }
    return output
  }

  /** Scores, softmax and values of one query head, into output[at...]. */
  private attend(x: Float32Array, kvHead: number, window: number, output: Float32Array, at: number): void {
    const { arena, rowBytes, capacity, z, length } = this
    const { headDim, queryLimit, scoreDivisor, weightLimit } = this.sizes
    const kernels = arena.attention
    const first = Math.max(0, length - window)
    const { q, scale } = encode(x, queryLimit, 1)
    arena.shortsAt(this.query, headDim).set(q)
    const keys = this.keys.rows + kvHead * capacity * rowBytes
    const keyScales = this.keys.scales + 4 * kvHead * capacity
    const largest = kernels.scores(this.query, keys, rowBytes, keyScales, z, first, length, f32(scale / scoreDivisor))
    const maxWeight = kernels.softmax(z, this.values.scales + 4 * kvHead * capacity, first, length, largest, this.total)
    const toInteger = f32(weightLimit / maxWeight)
    const toReal = f32(maxWeight / weightLimit)
    const inverseTotal = f32(1 / f32(unfix(arena.doubleAt(this.total))))
    const sums = this.addValues(kvHead, first, toInteger)
    for (let i = 0; i < headDim; i++) output[at + i] = f32(f32(sums[i]! * toReal) * inverseTotal)
  }

  /** Sums of the values, each as often as its weight's integer says. */
  private addValues(kvHead: number, first: number, toInteger: number): Float64Array {
    const { arena, rowBytes, length } = this
    const values = this.values.rows + kvHead * this.capacity * rowBytes
    const sums = new Float64Array(this.sizes.headDim)
    for (let from = first; from < length; from += MOST_POSITIONS) {
      const end = Math.min(length, from + MOST_POSITIONS)
      const pairs = arena.attention.valueEvents(this.z, values, rowBytes, from, end, toInteger, this.events)
      const part = arena.intsAt(this.sums, rowBytes).fill(0)
      arena.rows.addByteRows(this.events, pairs, this.sums, rowBytes / ROW_BLOCK, ROW_BLOCK)
      for (let i = 0; i < sums.length; i++) sums[i]! += part[i]!
    }
    return sums
  }

  private keep(cache: Cache, head: number, x: Float32Array): void {
    const { q, scale } = encode(x, this.sizes.kvLimit, 1)
    const row = head * this.capacity + this.length
    this.arena.bytes.set(q, cache.rows + row * this.rowBytes)
    this.arena.floats[cache.scales / 4 + row] = scale
  }

  /** Larger caches with what the present ones hold; their room is left behind. */
  private makeRoom(capacity: number): void {
    this.keys = this.enlarged(this.keys, capacity)
    this.values = this.enlarged(this.values, capacity)
    this.z = this.arena.allocate(4 * (capacity + 8))
    this.events = this.arena.allocate(8 * (Math.min(capacity, MOST_POSITIONS) + 2))
    this.capacity = capacity
  }

  private enlarged(old: Cache, capacity: number): Cache {
    const { arena, rowBytes, sizes: { kvHeads } } = this
    const cache = { rows: arena.allocate(kvHeads * capacity * rowBytes), scales: arena.allocate(4 * (kvHeads * capacity + 8)) }
    for (let head = 0; head < kvHeads; head++) {
      const from = old.rows + head * this.capacity * rowBytes
      arena.bytes.copyWithin(cache.rows + head * capacity * rowBytes, from, from + this.length * rowBytes)
      const scales = old.scales / 4 + head * this.capacity
      arena.floats.copyWithin(cache.scales / 4 + head * capacity, scales, scales + this.length)
    }
    return cache
  }
}

/** `siluGate` of x[0, words) and x[words, 2 words) by the kernels; the same bits. */
export class KernelGate {
  private readonly arena: KernelArena
  private room = 0
  private at = 0

  constructor(arena: KernelArena) {
    this.arena = arena
  }

  readonly apply = (x: Float32Array, words: number): Float32Array => {
    const row = Math.ceil(words / 4) * 4
    if (row > this.room) {
      this.at = this.arena.allocate(3 * 4 * row)
      this.room = row
    }
    const { at, arena } = this
    arena.floats.set(x.subarray(0, words), at / 4)
    arena.floats.set(x.subarray(words, 2 * words), at / 4 + row)
    arena.attention.siluGates(at, at + 4 * row, at + 8 * row, row)
    return arena.floats.slice(at / 4 + 2 * row, at / 4 + 2 * row + words)
  }
}
