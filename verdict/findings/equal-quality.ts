import type { EncodingName } from '../../programs/encodings/types.js'
import type { LoadedModel } from '../../programs/models/types.js'
import { DEFAULT_QUANTIZE_OPTIONS } from '../../programs/quantize/index.js'
import { histogramOf } from '../../programs/shapes/histogram.js'
import { shapeModel } from '../../programs/shapes/shape-model.js'
import type { CoreKindName } from '../../sim/config/core-kinds.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { logExact, powerExact } from '../../sim/numerics.js'
import { simulateStatisticsOn } from '../../simulate/statistics.js'
import type { TaskPool } from '../../simulate/threads/kind.js'
import { qualityOf, salientChannels, withRoundedWeights } from '../quality.js'
import type { Quality } from '../quality.js'
import { SPIKE_LLM, spikeLlm, spikingBrain, ternary } from '../rivals/quantizers.js'
import type { Quantizer } from '../rivals/quantizers.js'
import { coreOf } from './cells.js'
import { kept, keptName } from './kept.js'

/**
 * Energy beside perplexity: every rival's rule over its own knob (bits of a count, steps of a threshold) on a model that has
 * weights. Perplexity is the rule's in floats (verdict/quality.ts); the histogram of its counts, by operator, is what the
 * chip is simulated with.
 */
export interface QualityPoint {
  readonly rival: string
  /** The knob's setting. */
  readonly setting: string
  readonly perplexity: number
  readonly eventsPerActivation: number
  readonly nanoJoules: number
}

interface Run {
  readonly rival: string
  readonly encoding: EncodingName
  readonly core: CoreKindName
}

const SHARED: readonly Run[] = [
  { rival: 'ternary', encoding: 'ternary', core: 'adder-array' },
  { rival: 'bits', encoding: 'bitwise', core: 'adder-array' },
  { rival: 'level order', encoding: 'latency', core: 'adder-array' },
  { rival: 'zero-skipping MACs', encoding: 'graded', core: 'mac-lanes' },
  { rival: 'dense MACs', encoding: 'dense', core: 'vector-matrix' },
]
const BITS = [3, 4, 5, 6, 8] as const
/** SpikingBrain's own sweep. */
const THRESHOLDS = [2, 3, 4] as const
/** Widest counts that statistics mode draws. */
const WIDEST = 127

/** Where a rule's counts are simulated, and on what. */
export interface QualitySetting {
  readonly model: LoadedModel
  readonly text: string
  readonly calibration: string
  readonly chip: ChipSpec
  readonly folder: string
}

interface Measured {
  readonly quality: Quality
  /** By operator, how often each magnitude occurred. */
  readonly counts: Readonly<Record<string, readonly number[]>>
}

function measured({ model, text, calibration, folder }: QualitySetting, rule: Quantizer, setting: string, share?: number): Promise<Measured> {
  const name = keptName([model.name, text, rule.name, setting, 'quality'])
  return kept(name, folder, async () => {
    const salient = share === undefined ? undefined : salientChannels(model, calibration, share)
    const counts: Record<string, number[]> = {}
    const quality = qualityOf(withRoundedWeights(model, 4), text, rule, salient, (operator, { q }) => {
      const row = (counts[operator] ??= new Array<number>(WIDEST + 1).fill(0))
      for (const value of q) row[Math.min(WIDEST, Math.abs(value))]!++
    })
    return { quality, counts }
  })
}

async function pointOf(
  pool: TaskPool, { model, chip, folder }: QualitySetting, run: Run, bits: number, { quality, counts }: Measured, label: string,
): Promise<QualityPoint> {
  const limit = 2 ** (bits - 1) - 1
  const histograms = Object.fromEntries(Object.entries(counts).map(([operator, row]) => (
    [operator, histogramOf(run.encoding === 'dense' ? [0, 1] : row.slice(0, limit + 1))]
  )))
  const options = {
    model: shapeModel(model.name, model.config, { ...DEFAULT_QUANTIZE_OPTIONS, encoding: run.encoding, activationBits: bits }),
    chip: coreOf(chip, { ...run, name: run.rival, activationBits: bits, histogram: histograms['qkv']!, counts: '' }),
    context: 64, promptTokens: 1, tokens: 4, seed: 1, placement: 'greedy' as const, statistics: { histograms, source: label },
  }
  const name = keptName([model.name, chip, run, bits, Object.values(counts), 'energy'])
  const nanoJoules = await kept(name, folder, async () => (await simulateStatisticsOn(pool, options)).energy.perTokenPj / 1e3)
  const { perplexity, eventsPerActivation } = quality
  return { rival: run.rival, setting: label, perplexity, eventsPerActivation, nanoJoules }
}

/** Every rule at every setting of its knob. */
export async function qualityPoints(pool: TaskPool, setting: QualitySetting): Promise<QualityPoint[]> {
  const points: QualityPoint[] = []
  for (const bits of BITS) {
    const counted = await measured(setting, ternary(2 ** (bits - 1) - 1), `${bits} bits`)
    for (const run of SHARED) points.push(await pointOf(pool, setting, run, bits, counted, `${bits} bits`))
  }
  for (const k of THRESHOLDS) {
    const counted = await measured(setting, spikingBrain(k), `k = ${k}`)
    points.push(await pointOf(pool, setting, { rival: 'SpikingBrain, bits', encoding: 'bitwise', core: 'adder-array' }, 8, counted, `k = ${k}`))
  }
  for (const name of Object.keys(SPIKE_LLM) as (keyof typeof SPIKE_LLM)[]) {
    const counted = await measured(setting, spikeLlm(name), name, SPIKE_LLM[name].salientShare)
    points.push(await pointOf(pool, setting, { rival: 'SpikeLLM', encoding: 'dense', core: 'mac-lanes' }, 4, counted, name))
  }
  return points
}

/**
 * Energy of a rival at a perplexity, between its two settings around it: straight in the logarithms of both. Undefined where
 * no setting is as good, or all are better.
 */
export function energyAt(points: readonly QualityPoint[], rival: string, perplexity: number): number | undefined {
  const own = points.filter((point) => point.rival === rival).sort((a, b) => a.perplexity - b.perplexity)
  const at = own.findIndex((point) => point.perplexity >= perplexity)
  if (at < 0) return undefined
  const [better, worse] = [own[at - 1], own[at]!]
  if (worse.perplexity === perplexity) return worse.nanoJoules
  if (better === undefined) return undefined
  const share = logExact(perplexity / better.perplexity) / logExact(worse.perplexity / better.perplexity)
  return better.nanoJoules * powerExact(worse.nanoJoules / better.nanoJoules, share)
}
