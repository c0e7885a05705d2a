import type { MachineImage } from '../../sim/image.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { InputError } from '../../sim/errors.js'
import { coreCount } from '../../sim/config/size.js'
import { atLength } from '../models/rotary.js'
import type { QuantizedModel } from '../quantize/types.js'
import { emit } from './emit/emit.js'
import type { CompileOptions } from './ir.js'
import { place } from './place.js'
import { schedule } from './plan.js'
import type { ScheduledModel } from './plan.js'
import { tile, weightBytes } from './tile.js'

export interface CompiledProgram {
  readonly image: MachineImage
  /** The last stage before emission: what lies where and why. */
  readonly scheduled: ScheduledModel
}

/**
 * Lays a quantized model onto a chip.
 * @throws InputError when it does not fit, naming the item, its size and the limit
 */
export function compile(model: QuantizedModel, spec: ChipSpec, options: CompileOptions): CompiledProgram {
  // A program's frequencies are those of the longest sequence it runs.
  const tiled = tile({ ...model, config: atLength(model.config, options.positions) }, spec, options)
  const placed = place(tiled)
  const scheduled = schedule(placed)
  const image = emit(scheduled)
  checkPrograms(image, spec)
  return { image, scheduled }
}

/** Tokens of a prompt that share fetched weights unless the user says otherwise. */
const DEFAULT_BATCH = 16

/**
 * As `compile`, for a prompt: its tokens go through the layers in batches where weights are fetched.
 * @param promptTokens of each sequence
 * @param batch most tokens of a batch; undefined takes 16, or a token of each sequence if they are more, or 1 where the chip
 *   has no room for batches
 */
export function compilePrompt(
  model: QuantizedModel, spec: ChipSpec, options: Omit<CompileOptions, 'batch'>, promptTokens: number, batch: number | undefined,
): CompiledProgram {
  const { sequences = 1 } = options
  if (batch !== undefined) return compile(model, spec, { ...options, batch: Math.min(batch, promptTokens * sequences) })
  const usual = Math.min(Math.max(DEFAULT_BATCH, sequences), promptTokens * sequences)
  if (sequences > 1) return compile(model, spec, { ...options, batch: usual })
  if (usual === 1 || !batchPays(model, spec, usual)) return compile(model, spec, options)
  try {
    return compile(model, spec, { ...options, batch: usual })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const { image, scheduled } = compile(model, spec, options)
    return { image, scheduled: { ...scheduled, notes: [...scheduled.notes, `no batches of ${usual} tokens: ${error.message}`] } }
  }
}

/**
 * True if the weights that a batch shares outweigh what it moves instead: the state of its tokens and, for each of them,
 * gains and channel scales. By a factor of 2, because small transfers are mostly latency.
 */
function batchPays(model: QuantizedModel, spec: ChipSpec, batch: number): boolean {
  const { layers, dim, hiddenDim, heads, headDim, experts } = model.config
  if (experts !== undefined) return false
  const fetchedBytes = weightBytes(model, spec) - spec.core.weightSramKiB * 1024 * coreCount(spec)
  const stateWords = layers * (10 * dim + 4 * hiddenDim + 2 * heads * headDim)
  return fetchedBytes * (batch - 1) > 2 * 4 * stateWords * batch
}

function checkPrograms(image: MachineImage, spec: ChipSpec): void {
  image.cores.forEach((core, index) => {
    if (core.program.length > spec.core.programWords) {
      throw new InputError(
        `the program of core ${index} has ${core.program.length} words, its instruction memory ${spec.core.programWords}. ` +
          'Raise core.programWords or enlarge the grid, so that fewer units share a core.',
      )
    }
  })
}
