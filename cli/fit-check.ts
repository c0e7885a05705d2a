import { compile } from '../programs/compile/compile.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { coreCount } from '../sim/config/size.js'
import { InputError } from '../sim/errors.js'
import { findChip } from './chip-source.js'

/** Whether a chip holds a model, found by compiling it: there is no second account of what fits. */

/** In the order in which they are worth having: where every part has its core, no weight moves. */
const TRIED = ['stationary', 'shared'] as const

export interface Fit {
  readonly chip: string
  readonly cores: number
  /** The best mapping in which the model fits; null if none. */
  readonly mapping: (typeof TRIED)[number] | null
  /** Cores that hold a part of it. */
  readonly coresUsed: number | null
  /** Weights that come from external memory for every token or batch. */
  readonly streamsWeights: boolean | null
  /** What the chip lacks for the next better mapping; null if there is none. */
  readonly lacks: string | null
  /** How many times what it has the chip would need of that, where it is one number; null otherwise. */
  readonly shortBy: number | null
}

/** `needs 230032 bytes ...; a core has 65536`: how far a chip is off. */
function shortage(message: string): number | null {
  const [, need, has] = /needs? (?:a core for each of the model's )?(\d+)\D.*?(?:has|memory) (\d+)/.exec(message) ?? []
  return need === undefined || Number(has) === 0 ? null : Number(need) / Number(has)
}

/**
 * @param model its shape is enough
 * @param positions rows of the KV cache
 */
export function fitOn(model: QuantizedModel, chip: ChipSpec, positions: number): Fit {
  let lacks: string | null = null
  for (const mapping of TRIED) {
    try {
      const { image, scheduled } = compile(model, chip, { positions, attention: 'dense', placement: 'row-major', mapping })
      const streams = scheduled.plans.some((plan) => plan.weights.some(({ residence }) => residence !== 'resident'))
      const coresUsed = image.cores.filter(({ program }) => program.length > 0).length
      return { chip: chip.name, cores: coreCount(chip), mapping, coresUsed, streamsWeights: streams, lacks, shortBy: null }
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      lacks = error.message
    }
  }
  return {
    chip: chip.name, cores: coreCount(chip), mapping: null, coresUsed: null, streamsWeights: null, lacks, shortBy: shortage(lacks ?? ''),
  }
}

/** The chip that lacks least, of those that do not hold the model. */
export function nearestMiss(fits: readonly Fit[]): Fit | undefined {
  const short = (fit: Fit): number => fit.shortBy ?? Infinity
  return fits.filter(({ mapping }) => mapping === null).sort((a, b) => short(a) - short(b))[0]
}

/** What the compiler advises when a model does not fit its chip. */
const ADVICE = /Raise core\.|Enlarge (the grid|core\.)|A model needs at least 2|fits a core/

/** One chip of each size that comes with Spikeloom: trying all would take longer than a failed run should. */
const SIZES = ['loom-64', 'loom-256-wide', 'edge-lpddr5', 'hbm-board', 'sram-64']

/**
 * Does some work; if its model does not fit its chip, says on which it does.
 * @param shape the model, as a shape
 * @param positions rows of its KV cache
 */
export async function namingChips<T>(shape: () => QuantizedModel, positions: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof InputError) || !ADVICE.test(error.message)) throw error
    const model = shape()
    const holding = SIZES.map((name) => fitOn(model, findChip(name), positions)).filter(({ mapping }) => mapping !== null)
    const chips = holding.map(({ chip, mapping }) => `${chip} (${mapping})`).join(', ')
    throw new InputError(`${error.message} ${chips === '' ? 'None of the chips that come with Spikeloom holds it'
      : `Chips that hold it: ${chips}`}; spikeloom fit says more.`)
  }
}
