import { encode, floatBits } from '../../../isa/index.js'
import type { Mnemonic } from '../../../isa/index.js'
import type { RouteEntry } from '../../../sim/image.js'

/** Scalar registers by what they hold; r0 reads 0. */
export const REGISTER = {
  zero: 0,
  /** eps of RMSNorm, float. */
  eps: 1,
  /** Largest spike count of an activation, integer and float. */
  limit: 2,
  limitFloat: 3,
  /** Membrane clip, float. */
  clip: 4,
  /** Scale of the activations in flight, float. */
  scale: 5,
  a: 6,
  b: 7,
  /** Position of the token, from 0. */
  position: 8,
  /** Largest integer of the KV cache. */
  cacheLimit: 9,
  headDim: 10,
  /** Largest integer of a query, float. */
  queryLimitFloat: 11,
  /** Float: the square root of the head dimension, unless the model says otherwise. */
  scoreDivisor: 12,
  /** Positions so far, this token's included. */
  positions: 13,
  address: 14,
  one: 15,
} as const

/** An instruction whose branch target is not known yet. */
interface Line {
  readonly mnemonic: Mnemonic
  readonly operands: Record<string, number>
  readonly label: string | undefined
  readonly tag: number
}

/** Writes one core's program: instructions with their tags, labels, and the route table they use. */
export class ProgramBuilder {
  readonly routes: RouteEntry[] = []
  private readonly lines: Line[] = []
  private readonly labels = new Map<string, number>()
  private readonly routeIndex = new Map<string, number>()
  private tag = 0
  private fresh = 0

  /** Operator that the following instructions are counted under. */
  setTag(tag: number): void {
    this.tag = tag
  }

  emit(mnemonic: Mnemonic, operands: Record<string, number> = {}): void {
    this.lines.push({ mnemonic, operands, label: undefined, tag: this.tag })
  }

  branch(mnemonic: Mnemonic, operands: Record<string, number>, label: string): void {
    this.lines.push({ mnemonic, operands, label, tag: this.tag })
  }

  loadFloat(rd: number, value: number): void {
    this.emit('LI', { rd, imm: floatBits(value) })
  }

  loadInt(rd: number, value: number): void {
    this.emit('LI', { rd, imm: value })
  }

  /** A label name nobody else has. */
  freshLabel(stem: string): string {
    return `${stem}${this.fresh++}`
  }

  place(label: string): void {
    this.labels.set(label, this.lines.length)
  }

  /** Index of a route, made on first use. */
  route(entry: RouteEntry): number {
    const key = JSON.stringify(entry)
    const known = this.routeIndex.get(key)
    if (known !== undefined) return known
    this.routeIndex.set(key, this.routes.length)
    this.routes.push(entry)
    return this.routes.length - 1
  }

  /** Number of instructions so far. */
  get length(): number {
    return this.lines.length
  }

  finish(): { program: BigUint64Array; tags: Uint16Array } {
    const program = BigUint64Array.from(this.lines, ({ mnemonic, operands, label }) => {
      if (label === undefined) return encode({ mnemonic, operands })
      const target = this.labels.get(label)
      if (target === undefined) throw new Error(`label ${label} was never placed`)
      return encode({ mnemonic, operands: { ...operands, target } })
    })
    return { program, tags: Uint16Array.from(this.lines, (line) => line.tag) }
  }
}
