/**
 * What the kernels use of WebAssembly. It is part of no ECMAScript edition, so the standard library's types lack it;
 * where the engine has none, `webAssembly` is undefined and the plain code runs.
 */

export interface WasmMemory {
  readonly buffer: ArrayBuffer
  /** Adds pages; `buffer` is another one afterwards. */
  grow(pages: number): number
}

interface WasmNamespace {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory
}

export const webAssembly = (globalThis as { WebAssembly?: WasmNamespace }).WebAssembly

/** Bytes of a page, the unit of a memory's size. */
export const PAGE_BYTES = 65536
/** Pages that 32-bit addresses reach: 4 GiB. */
export const MOST_PAGES = 65536
