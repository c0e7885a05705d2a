import { ROWS_WASM } from './rows-wasm.js'
import { bytesOf, webAssembly } from './webassembly.js'
import type { WasmMemory } from './webassembly.js'

/**
 * The functions of rows.as. Addresses are bytes of the memory they were instantiated on; `stride` is the bytes from a
 * row's block to its next.
 */
export interface RowKernels {
  /** Adds 4-bit rows; an event is (row address, address of its products). */
  addPackedRows(events: number, pairs: number, sums: number, blocks: number, stride: number, bias: number): void
  /** Adds 8-bit rows; an event is (row address, signed length). */
  addByteRows(events: number, pairs: number, sums: number, blocks: number, stride: number): void
  /** Packs a row of 8-bit weights into 4 bits; returns 0 if one does not fit. */
  packRow(from: number, to: number, blocks: number, stride: number): number
  /** Copies a row of 8-bit weights into its blocks. */
  placeRow(from: number, to: number, blocks: number, stride: number): void
}

let compiled: object | undefined

/** Makes the kernels work on a memory. @throws an Error if the engine has no WebAssembly SIMD */
export function rowKernels(memory: WasmMemory): RowKernels {
  if (webAssembly === undefined) throw new Error('this engine has no WebAssembly')
  compiled ??= new webAssembly.Module(bytesOf(ROWS_WASM))
  return new webAssembly.Instance(compiled, { env: { memory } }).exports as RowKernels
}
