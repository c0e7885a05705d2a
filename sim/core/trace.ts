import type { Tag } from '../image.js'

/** Receives what the cores did, for a trace; `executed` is called once per finished instruction. */
export interface TraceSink {
  /** Called before the run: the tags, and what each core is for. */
  begin(tags: readonly Tag[], roles: readonly (readonly string[])[]): void
  /**
   * @param core core number
   * @param instruction index in its program
   * @param opcode the instruction's opcode
   * @param tag operator it is counted under
   * @param startCycle first try; for a wait, when it began
   * @param endCycle when the next instruction may start
   */
  executed(core: number, instruction: number, opcode: number, tag: number, startCycle: number, endCycle: number): void
}
