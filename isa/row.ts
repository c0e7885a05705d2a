import type { Action } from './actions.js'
import type { FormatName } from './formats.js'

/** The shape of one row of the instruction table, and the words the table is written in. */

export type InstructionClass =
  | 'control' | 'scalar' | 'sync' | 'spikes in' | 'spikes out' | 'messages' | 'memory' | 'vector' | 'attention'

/** The part of the core that is busy while the instruction runs; it has the lanes of the cycle law. */
export type Unit = 'sequencer' | 'scalar' | 'vector' | 'adders' | 'encoder' | 'packetiser' | 'memory'

/** What a register, or a word at a data address, holds. */
export type Content = 'int' | 'float' | 'packed' | 'address' | 'word'

/**
 * Words that an instruction surely reaches from a data address on, whatever registers hold: `len`, or with `rbOrLen` only
 * where rb is r0; `one`; or none, where a register says (`running`).
 */
export type Reach = 'len' | 'rbOrLen' | 'one' | 'running'

export interface Operand {
  /** Name of the field of the row's format. */
  readonly name: string
  /** For a register the register is meant, for a data address the words there, for an accumulator its value. */
  readonly access: 'read' | 'write' | 'update' | 'none'
  readonly content: Content | 'none'
  readonly meaning: string
  /** Of data addresses. Default len. */
  readonly reach?: Reach
}

export const reads = (name: string, content: Content, meaning: string): Operand =>
  ({ name, access: 'read', content, meaning })
export const writes = (name: string, content: Content, meaning: string): Operand =>
  ({ name, access: 'write', content, meaning })
export const updates = (name: string, content: Content, meaning: string): Operand =>
  ({ name, access: 'update', content, meaning })
export const names = (name: string, meaning: string): Operand =>
  ({ name, access: 'none', content: 'none', meaning })

/** A data address from which the instruction reaches other than len words. */
export const reaching = <T extends Operand>(operand: T, reach: Reach): T & { readonly reach: Reach } => ({ ...operand, reach })

/** The key of a chip's core with a unit's lanes; null for a unit that has one. */
export const UNIT_LANES: Readonly<Record<Unit, 'vectorLanes' | 'lanes' | 'encoderLanes' | null>> = {
  sequencer: null, scalar: null, vector: 'vectorLanes', adders: 'lanes', encoder: 'encoderLanes', packetiser: null, memory: null,
}

/**
 * The number n that drives cycles and per-element actions:
 * `rbOrLen` is r[rb], or len where rb is r0; `spikes` is the sum of absolute values of the integers at r[rb];
 * `running` is known only as the instruction runs, and the row's `cycles` and `note` say what it costs.
 */
export type ElementCount =
  | 'none' | 'len' | 'rbOrLen' | 'positions' | 'positions*len' | 'spikes*positions' | 'spikes*len' | 'running'

export type Actions = Readonly<Partial<Record<Action, number>>>

/** One row as it is written in isa/table; what is left out is zero, empty or 'none'. */
export interface InstructionRow {
  readonly mnemonic: string
  readonly opcode: number
  readonly format: FormatName
  readonly class: InstructionClass
  readonly summary: string
  readonly detail?: string
  /** In the order of the assembly text. Fields of the format that are not named are reserved and zero. */
  readonly operands: readonly Operand[]
  readonly unit: Unit
  readonly elements?: ElementCount
  /** The elements come in rows of this width; each row starts in lane 0, so a short row leaves lanes idle. */
  readonly rowWidth?: 'positions' | 'len'
  /** Times the unit goes over its elements. */
  readonly passes?: number
  readonly fixedCycles?: number
  /** Rows of the KV cache that are touched. */
  readonly rows?: 'one' | 'positions'
  readonly fixed?: Actions
  readonly perElement?: Actions
  readonly perRow?: Actions
  /** Per data word that packs four cache elements: rows * ceil(len / 4) of them. */
  readonly perQuad?: Actions
  /** Per element of one vector of length len, whatever the number of rows. */
  readonly perLen?: Actions
  /** Per spike event sent or taken. */
  readonly perEvent?: Actions
  /** Cycles, where the law 1 + fixed + ceil(n / lanes) * passes does not tell them, in words. */
  readonly cycles?: string
  /** Actions that depend on the data or on another table, in words. */
  readonly note?: string
}
