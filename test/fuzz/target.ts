import type { Random } from '../../sim/random.js'

/** An input: the files that a parser is given, by name. */
export type Files = Readonly<Record<string, Uint8Array>>

/** A parser under test. */
export interface Target {
  /** An input: sometimes right, mostly spoilt. */
  make(random: Random): Files
  /**
   * Parses the input, uses what came of it, and throws `Silly` when something was accepted that should not have been.
   * @param folder where its files lie, for parsers that open files themselves
   */
  parse(files: Files, folder: string): void
  /** The files that an input of the corpus has beside those that are spoilt. */
  readonly beside?: () => Files
  /** Whether the files are to be written into the folder. */
  readonly onDisk: boolean
}

/** Something was accepted that nobody can have meant. */
export class Silly extends Error {
  override name = 'Silly'
}

export function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Silly(what)
}

export const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8')
