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

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 to bytes; the language itself has no function for it. */
export function bytesOf(base64: string): Uint8Array {
  const digits = base64.replace(/=+$/, '')
  const bytes = new Uint8Array(Math.floor((digits.length * 6) / 8))
  let bits = 0
  let value = 0
  let length = 0
  for (const digit of digits) {
    value = ((value << 6) | DIGITS.indexOf(digit)) & 0xffffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = (value >>> bits) & 0xff
  }
  return bytes
}
