import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { InputError } from '../../sim/errors.js'

/** Element types this project reads, and their bytes. */
export const DTYPE_BYTES = { F32: 4, F16: 2, BF16: 2 } as const
export type Dtype = keyof typeof DTYPE_BYTES

/** Reads `length` bytes at `offset` of a file. @throws InputError when the file is absent or ends before. */
export function readBytes(file: string, offset: number, length: number, what: string): Uint8Array<ArrayBuffer> {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    throw new InputError(`${file}: cannot be opened (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
  try {
    const size = fstatSync(descriptor).size
    if (offset + length > size) {
      throw new InputError(`${file}: truncated: ${what} needs bytes up to ${offset + length}, the file has ${size}`)
    }
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length;) {
      const count = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), offset + done)
      if (count === 0) throw new InputError(`${file}: truncated while reading ${what}: ${done} of ${length} bytes`)
      done += count
    }
    return bytes
  } finally {
    closeSync(descriptor)
  }
}

/** Size of a file in bytes. @throws InputError when it is absent */
export function fileSize(file: string): number {
  try {
    const descriptor = openSync(file, 'r')
    try {
      return fstatSync(descriptor).size
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw new InputError(`${file}: cannot be opened (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
}

/** A 16-bit IEEE float as a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** Little-endian elements of a stored tensor as 32-bit floats. */
export function decodeElements(bytes: Uint8Array<ArrayBuffer>, dtype: Dtype): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.byteLength / DTYPE_BYTES[dtype]
  const values = new Float32Array(count)
  if (dtype === 'F32') {
    for (let i = 0; i < count; i++) values[i] = view.getFloat32(i * 4, true)
  } else if (dtype === 'F16') {
    for (let i = 0; i < count; i++) values[i] = halfToNumber(view.getUint16(i * 2, true))
  } else {
    const bits = new Uint32Array(values.buffer)
    for (let i = 0; i < count; i++) bits[i] = view.getUint16(i * 2, true) << 16
  }
  return values
}
