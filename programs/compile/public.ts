import type { ChipSpec } from '../../sim/config/chip-spec.js'
import type { MachineImage } from '../../sim/image.js'
import type { QuantizedModel } from '../quantize/types.js'
import type { Mapping, Placement } from './choices.js'
import { compile as compilePasses } from './compile.js'

/** The compiler as the library shows it. */
export interface CompileOptions {
  /** Rows of the KV cache: the longest sequence the program can run, tokens. */
  readonly positions: number
  /** QK^T and PV as multiply-accumulates, or as additions of cache rows per spike. */
  readonly attention: 'dense' | 'spiking'
  /** A core for every unit, or shared cores. Default auto. */
  readonly mapping?: Mapping
  /** How units find their cores. Default annealed. */
  readonly placement?: Placement
  /** Tokens of a prompt that go through a layer together where weights do not stay in the chip. Default 1. */
  readonly batch?: number
}

export interface CompiledProgram {
  readonly image: MachineImage
  /** What the compiler decided that a reader of the result should know. */
  readonly notes: readonly string[]
}

/**
 * Lays a quantized model onto a chip.
 * @throws InputError when it does not fit, naming the item, its size and the limit
 */
export function compile(model: QuantizedModel, spec: ChipSpec, options: CompileOptions): CompiledProgram {
  const { image, scheduled } = compilePasses(model, spec, options)
  return { image, notes: scheduled.notes }
}
