/**
 * A trace of what every core did, in Chrome's trace-event JSON: opens in Perfetto and chrome://tracing. One
 * row per core; a slice is an instruction from its first try until the next may start, its category the
 * operator it is counted under. One microsecond in the viewer is one chip cycle.
 */

/** Spans in parallel arrays, so that a long run does not make an object per instruction. */
export class TraceRecorder {
  private tags: readonly { readonly operator: string; readonly layer: number }[] = []
  private roles: readonly (readonly string[])[] = []
  private size = 0
  private core = new Int32Array(1024)
  private opcode = new Uint8Array(1024)
  private tag = new Uint16Array(1024)
  private instruction = new Int32Array(1024)
  private start = new Float64Array(1024)
  private end = new Float64Array(1024)

  /** Names of what follows; see sim/core/trace.ts. */
  begin(tags: readonly { readonly operator: string; readonly layer: number }[], roles: readonly (readonly string[])[]): void {
    this.tags = tags
    this.roles = roles
  }

  /** Adds one instruction; see sim/core/trace.ts. */
  executed(core: number, instruction: number, opcode: number, tag: number, startCycle: number, endCycle: number): void {
    if (this.size === this.core.length) this.grow()
    const at = this.size++
    this.core[at] = core
    this.instruction[at] = instruction
    this.opcode[at] = opcode
    this.tag[at] = tag
    this.start[at] = startCycle
    this.end[at] = endCycle
  }

  /** Instructions recorded. */
  get length(): number {
    return this.size
  }

  /**
   * The trace file, in pieces to be written one after the other: a long trace is larger than the longest string.
   * @param mnemonics mnemonic of each opcode
   */
  * pieces(mnemonics: readonly (string | undefined)[]): Generator<string> {
    yield '{"displayTimeUnit":"ns","traceEvents":[\n'
    let separator = ''
    for (const [core, names] of this.roles.entries()) {
      if (names.length === 0) continue
      const name = JSON.stringify(`core ${core}: ${names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(', ')}`)
      yield `${separator}{"ph":"M","pid":0,"tid":${core},"name":"thread_name","args":{"name":${name}}}`
      separator = ',\n'
    }
    const categories = this.tags.map(({ operator, layer }) => JSON.stringify(layer < 0 ? operator : `${operator} ${layer}`))
    for (let at = 0; at < this.size; at++) {
      const name = JSON.stringify(mnemonics[this.opcode[at]!] ?? '?')
      const category = categories[this.tag[at]!]!
      const start = this.start[at]!
      yield `${separator}{"ph":"X","pid":0,"tid":${this.core[at]},"ts":${start},"dur":${this.end[at]! - start},` +
        `"name":${name},"cat":${category},"args":{"pc":${this.instruction[at]}}}`
      separator = ',\n'
    }
    yield '\n]}\n'
  }

  private grow(): void {
    const wider = <T extends Int32Array | Uint8Array | Uint16Array | Float64Array>(old: T): T => {
      const larger = new (old.constructor as new (length: number) => T)(old.length * 2)
      larger.set(old as never)
      return larger
    }
    this.core = wider(this.core)
    this.opcode = wider(this.opcode)
    this.tag = wider(this.tag)
    this.instruction = wider(this.instruction)
    this.start = wider(this.start)
    this.end = wider(this.end)
  }
}
