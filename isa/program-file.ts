import { IsaError } from './diagnostics.js'

/**
 * The program file: the bytes 'SLOOMISA', a 32-bit version, a 32-bit number of words, then the words; all
 * little-endian.
 */

const MAGIC = 'SLOOMISA'
const VERSION = 1
const HEADER_BYTES = 16

/** The bytes of a program file. */
export function writeProgramFile(words: BigUint64Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 8 * words.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i)
  view.setUint32(8, VERSION, true)
  view.setUint32(12, words.length, true)
  words.forEach((word, index) => view.setBigUint64(HEADER_BYTES + 8 * index, word, true))
  return bytes
}

/**
 * The words of a program file.
 * @param file its name, for messages
 * @throws IsaError for a file of another kind or version, or one whose length is not what its header states
 */
export function readProgramFile(bytes: Uint8Array, file: string): BigUint64Array {
  const isProgram = bytes.length >= HEADER_BYTES
    && [...MAGIC].every((letter, i) => bytes[i] === letter.charCodeAt(0))
  if (!isProgram) throw new IsaError(`${file} is not a program file: it does not start with '${MAGIC}'`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(8, true)
  if (version !== VERSION) throw new IsaError(`${file}: program file version ${version}; this version reads ${VERSION}`)
  const count = view.getUint32(12, true)
  const expected = HEADER_BYTES + 8 * count
  if (bytes.length !== expected) {
    throw new IsaError(`${file}: ${count} words need ${expected} bytes, the file has ${bytes.length}`)
  }
  return BigUint64Array.from({ length: count }, (_, index) => view.getBigUint64(HEADER_BYTES + 8 * index, true))
}
