/**
 * The word: 64 bits, opcode in bits 63..56, then the fields of one of ten formats. Registers come first, a nibble
 * each from bit 55 down, so that the register file can be read before the format is known; the other fields follow
 * without gaps; what is left below is reserved and must be zero.
 */

/** Width in bits and meaning of every kind of field. */
export const FIELD_KINDS = {
  reg: { bits: 4, meaning: 'scalar register r0..r15; r0 reads 0' },
  imm: { bits: 32, meaning: 'integer (two\'s complement or unsigned) or the bits of a 32-bit float' },
  addr: { bits: 17, meaning: 'address of a 32-bit word of data SRAM' },
  len: { bits: 14, meaning: 'number of elements' },
  acc: { bits: 13, meaning: 'index of a membrane accumulator' },
  route: { bits: 10, meaning: 'entry of the route table: destination set, remote data address, mode, semaphore' },
  table: { bits: 12, meaning: 'entry of the axon table: a weight tile' },
  sem: { bits: 6, meaning: 'semaphore' },
  count: { bits: 16, meaning: 'number of increments' },
  markers: { bits: 8, meaning: 'number of spike trains' },
  target: { bits: 16, meaning: 'instruction index' },
} as const

export type FieldKind = keyof typeof FIELD_KINDS

export interface Field {
  readonly name: string
  readonly kind: FieldKind
  readonly bits: number
  /** Bit of the word that the field's lowest bit occupies. */
  readonly low: number
  /** Position among the format's fields: `decodeProgram` writes it to array a, b, c, d or e. */
  readonly slot: number
}

export interface Format {
  readonly name: FormatName
  readonly fields: readonly Field[]
  /** Bits that must be zero, as a mask over the word. */
  readonly reservedMask: bigint
}

export type FormatName = 'N' | 'I' | 'R' | 'M' | 'B' | 'Y' | 'C' | 'F' | 'A' | 'V'

export const OPCODE_LOW = 56

/** Field names and kinds of each format, in slot order. */
const SHAPES: Readonly<Record<FormatName, Readonly<Record<string, FieldKind>>>> = {
  N: {},
  I: { rd: 'reg', rs: 'reg', imm: 'imm' },
  R: { rd: 'reg', rs: 'reg', rt: 'reg' },
  M: { rd: 'reg', rs: 'reg', rt: 'reg', addr: 'addr' },
  B: { rd: 'reg', rs: 'reg', rt: 'reg', target: 'target' },
  Y: { sem: 'sem', count: 'count' },
  C: { rd: 'reg', table: 'table', markers: 'markers' },
  F: { rd: 'reg', route: 'route', src: 'addr', len: 'len' },
  A: { route: 'route', acc: 'acc', len: 'len' },
  V: { dst: 'addr', src: 'addr', len: 'len', ra: 'reg', rb: 'reg' },
}

function layOut(name: FormatName): Format {
  const entries = Object.entries(SHAPES[name])
  const packed = [...entries.filter(([, kind]) => kind === 'reg'), ...entries.filter(([, kind]) => kind !== 'reg')]
  const lows = new Map<string, number>()
  let low = OPCODE_LOW
  for (const [field, kind] of packed) {
    low -= FIELD_KINDS[kind].bits
    lows.set(field, low)
  }
  const fields = entries.map(([field, kind], slot) => (
    { name: field, kind, bits: FIELD_KINDS[kind].bits, low: lows.get(field)!, slot }
  ))
  return { name, fields, reservedMask: (1n << BigInt(low)) - 1n }
}

/** Every format with its bit positions. */
export const FORMATS = Object.fromEntries(
  (Object.keys(SHAPES) as FormatName[]).map((name) => [name, layOut(name)]),
) as Readonly<Record<FormatName, Format>>

/** Smallest and largest value a field of this kind takes; an immediate may be written signed or unsigned. */
export function fieldRange(kind: FieldKind): { min: number, max: number } {
  const max = 2 ** FIELD_KINDS[kind].bits - 1
  return { min: kind === 'imm' ? -(2 ** 31) : 0, max }
}
