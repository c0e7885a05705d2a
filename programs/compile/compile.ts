import type { MachineImage } from '../../sim/image.js'
import type { ChipSpec } from '../../sim/spec/chip-spec.js'
import { InputError } from '../../sim/errors.js'
import type { QuantizedModel } from '../quantize/types.js'
import { emit } from './emit/emit.js'
import type { CompileOptions } from './ir.js'
import { place } from './place.js'
import { schedule } from './plan.js'
import type { ScheduledModel } from './plan.js'
import { tile } from './tile.js'

export interface CompiledProgram {
  readonly image: MachineImage
  /** The last stage before emission: what lies where and why. */
  readonly scheduled: ScheduledModel
}

/** The compiler's passes, in order; `spikeloom compile --dump NAME` shows what each hands on. */
export const PASSES = ['quantize', 'tile', 'place', 'schedule', 'emit'] as const
export type PassName = (typeof PASSES)[number]

/**
 * Lays a quantized model onto a chip.
 * @throws InputError when it does not fit, naming the item, its size and the limit
 */
export function compile(model: QuantizedModel, spec: ChipSpec, options: CompileOptions): CompiledProgram {
  const tiled = tile(model, spec, options)
  const placed = place(tiled)
  const scheduled = schedule(placed)
  const image = emit(scheduled)
  checkPrograms(image, spec)
  return { image, scheduled }
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
