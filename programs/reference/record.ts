import { safetensorsBytes } from '../models/safetensors.js'
import { SPIKE_FORMAT } from '../shapes/spike-file.js'
import type { ReferenceInterpreter } from './interpreter.js'

/** Records the spike counts that enter every linear layer of an interpreter, for a replay without weights. */
export class SpikeRecorder {
  private readonly interpreter: ReferenceInterpreter
  private readonly rows: Int8Array[][]
  private readonly tokens: number[] = []

  /** Takes over the interpreter's `observe`, and calls whoever observed before. */
  constructor(interpreter: ReferenceInterpreter) {
    this.interpreter = interpreter
    this.rows = interpreter.inputs.map(() => [])
    const before = interpreter.observe
    interpreter.observe = (port, x, q, scale) => {
      this.rows[port]!.push(Int8Array.from(q))
      before?.(port, x, q, scale)
    }
  }

  /** Notes a token that the interpreter was given. */
  note(token: number): void {
    this.tokens.push(token)
  }

  /**
   * The recording as a file.
   * @param about the model's name, the prompt's length, the encoder
   */
  file(about: Readonly<Record<string, string>>): Uint8Array {
    const limit = Math.max(...this.interpreter.inputs.map(({ rule }) => rule.limit))
    const counts = this.interpreter.stats.slice(1).map(({ operator, layer }, port) => {
      const rows = this.rows[port]!
      return {
        name: layer < 0 ? operator : `${operator}.${layer}`, dtype: 'I8', shape: [rows.length, this.interpreter.inputs[port]!.layer.inputs],
        bytes: Buffer.concat(rows.map((row) => Buffer.from(row.buffer))),
      }
    })
    const tokens = { name: 'tokens', dtype: 'I32', shape: [this.tokens.length], bytes: Buffer.from(Int32Array.from(this.tokens).buffer) }
    return safetensorsBytes([tokens, ...counts], { format: SPIKE_FORMAT, limit: String(limit), ...about })
  }
}
