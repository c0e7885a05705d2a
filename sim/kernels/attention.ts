import { ATTENTION_WASM } from './attention-wasm.js'
import { bytesOf, webAssembly } from './webassembly.js'
import type { WasmMemory } from './webassembly.js'

/** The functions of attention.as. Addresses are bytes of the memory they were instantiated on. */
export interface AttentionKernels {
  /** Scores of positions `first` to before `end` into z; returns the largest. */
  scores(
    query: number, keys: number, rowBytes: number, keyScales: number, z: number, first: number, end: number, queryScale: number,
  ): number
  /** Turns scores into weights times the values' scales; their fixed-point sum goes to `total`. Returns the largest weight. */
  softmax(z: number, valueScales: number, first: number, end: number, largest: number, total: number): number
  /** Events of the values that fire, for `addByteRows`; returns pairs. */
  valueEvents(z: number, values: number, rowBytes: number, first: number, end: number, toInteger: number, events: number): number
  /** silu(g) * u of `count` pairs. */
  siluGates(g: number, u: number, out: number, count: number): void
}

let compiled: object | undefined

/** Makes the kernels work on a memory. @throws an Error if the engine has no WebAssembly SIMD */
export function attentionKernels(memory: WasmMemory): AttentionKernels {
  if (webAssembly === undefined) throw new Error('this engine has no WebAssembly')
  compiled ??= new webAssembly.Module(bytesOf(ATTENTION_WASM))
  return new webAssembly.Instance(compiled, { env: { memory } }).exports as AttentionKernels
}
