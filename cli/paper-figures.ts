import { absmaxCounts } from '../programs/shapes/absmax.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { macsOf } from '../programs/graph/macs.js'
import { PAPER_ADDITION_PJ, PAPER_MAC_PJ, paperAdditionPj, paperMacPj, paperPrefill, prefillMacs } from '../sim/energy/paper.js'
import type { PaperModel } from '../sim/energy/paper.js'

/**
 * The energy figures of the SDLLM paper (arXiv 2604.16475) and its relatives, computed again from shapes and spike
 * statistics, each with the assumption that makes it come out.
 */
export interface Figure {
  readonly group: string
  readonly name: string
  readonly unit: string
  /** What a publication prints, or null when none does: then the value is a prediction. */
  readonly published: number | null
  readonly recomputed: number
  /** What has to be assumed. The paper states none of it, unless `given` says so. */
  readonly assumption: string
  /** inferred: the assumption was chosen because the figure comes out; given: it stands in the publication. */
  readonly basis: 'inferred' | 'given'
}

/** Spikes per activation at which the paper's 0.67 J comes out: inferred, the paper prints no such number. */
export const PAPER_SPIKES_PER_ACTIVATION = 0.862
export const PAPER_TOKENS = 1024

const JOULES = 1e-12
const SPIKES = PAPER_SPIKES_PER_ACTIVATION
/** Spikes per activation if attention stays W4A4 multiply-accumulates. */
const SPIKES_LINEAR_ONLY = 0.686

const shape = (name: string): PaperModel => macsOf(MODEL_SHAPES[name]!)

function mainFigures(): Figure[] {
  const model = shape('llama-2-7b')
  const macs = prefillMacs(model, PAPER_TOKENS)
  const all = paperPrefill(model, PAPER_TOKENS, { spikesPerActivation: SPIKES })
  const linear = paperPrefill(model, PAPER_TOKENS, { spikesPerActivation: SPIKES_LINEAR_ONLY, spikingAttention: false })
  const group = 'LLaMA-2-7B'
  const inferred = (name: string, unit: string, published: number | null, recomputed: number,
    assumption: string): Figure =>
    ({ group, name, unit, published, recomputed, assumption, basis: 'inferred' })
  const perAddition = paperAdditionPj(4) * JOULES * macs.total
  return [
    inferred('multiply-accumulates', '', null, macs.total,
      'prefill of 1024 tokens; QK^T and PV over the full square, not its causal half; no output head'),
    inferred('full precision', 'J', 31.77, all.denseFloatPj * JOULES,
      '4.6 pJ a 32-bit float multiply-accumulate: 3.7 + 0.9 pJ, 45 nm'),
    inferred('W4A4 (the DuQuant row)', 'J', 3.97, all.denseQuantizedPj * JOULES,
      'energy falls with the bits: 4.6 x 4 / 32 = 0.575 pJ'),
    inferred('SDLLM', 'J', 0.67, all.spikingPj * JOULES,
      '0.862 spikes per activation in every product, attention too; 0.9 x 4 / 32 = 0.1125 pJ an addition'),
    inferred('SDLLM, the other reading', 'J', 0.67, linear.spikingPj * JOULES,
      '0.686 spikes per activation; attention stays W4A4 multiply-accumulates'),
    inferred('attention as W4A4', 'J', null, linear.macsPj * JOULES, 'its part of the other reading'),
    inferred('attention in 32-bit floats', 'J', null, macs.attention * PAPER_MAC_PJ * JOULES,
      'more than 0.67 J: float attention cannot be in that figure'),
    inferred('spikes per activation, exactly 0.67 J', '', null, 0.67 / perAddition, 'every product spikes'),
    inferred('the same, 0.665 J', '', null, 0.665 / perAddition, 'the lower end of what rounds to 0.67'),
    inferred('the same, 0.675 J', '', null, 0.675 / perAddition, 'the upper end'),
    inferred('firing rate, 7 time steps', '%', null, (100 * SPIKES) / 7, 'integers -7 to 7: at most 7 spikes'),
    inferred('firing rate, 8 time steps', '%', null, (100 * SPIKES) / 8, 'integers -8 to 7'),
    inferred('full precision per token', 'mJ', null, (all.denseFloatPj * JOULES * 1e3) / PAPER_TOKENS,
      'the figure is for 1024 tokens'),
    inferred('W4A4 per token', 'mJ', null, (all.denseQuantizedPj * JOULES * 1e3) / PAPER_TOKENS,
      'the figure is for 1024 tokens'),
    inferred('SDLLM per token', 'mJ', null, (all.spikingPj * JOULES * 1e3) / PAPER_TOKENS,
      'the figure is for 1024 tokens; additions only'),
  ]
}

/** What the count leaves out, on the paper's own scale: the weights of one token from DRAM. */
function weightFigures(): Figure[] {
  const group = 'LLaMA-2-7B, what the count leaves out'
  const bits = shape('llama-2-7b').linear * 4
  const joules = bits * 12.45e-12
  const additions = (paperPrefill(shape('llama-2-7b'), PAPER_TOKENS,
    { spikesPerActivation: SPIKES }).spikingPj * JOULES) / PAPER_TOKENS
  const row = (name: string, unit: string, recomputed: number, assumption: string): Figure =>
    ({ group, name, unit, published: null, recomputed, assumption, basis: 'inferred' })
  return [
    row('4-bit weights read per token', 'Gbit', bits / 1e9, 'batch 1: every weight of a linear layer once'),
    row('their energy from DRAM', 'J', joules, '12.45 pJ/bit (Prosperity simulator)'),
    row('that over the additions', 'x', joules / additions, 'SDLLM per token, above'),
  ]
}

function spikeLlmFigures(): Figure[] {
  const group = 'SpikeLLM against SDLLM'
  const ratio = PAPER_MAC_PJ / PAPER_ADDITION_PJ
  const dense = prefillMacs(shape('llama-2-7b'), PAPER_TOKENS).total
  const row = (name: string, published: number | null, recomputed: number, assumption: string): Figure =>
    ({ group, name, unit: 'x', published, recomputed, assumption, basis: 'inferred' })
  return [
    row('a multiply-accumulate over an addition', null, ratio, '4.6 / 0.9 pJ, at any number of bits'),
    row('energy', 7, 1.4 * ratio,
      '1.4 times the operations (published), and SpikeLLM charged multiply-accumulates: 1.4 x 5.11'),
    row('SpikeLLM\'s operations over dense, from its energy', null, (7 * 0.67) / (dense * paperMacPj(4) * JOULES),
      '7 x 0.67 J of 0.575 pJ each'),
    row('SpikeLLM\'s operations over dense, from SDLLM\'s', null, 1.4 * SPIKES, '1.4 x 0.862'),
  ]
}

function otherModels(): Figure[] {
  const rows = [['llama-2-13b', 'LLaMA-2-13B'], ['llama-3-8b', 'LLaMA-3-8B'], ['qwen2.5-14b', 'Qwen2.5-14B']] as const
  return rows.flatMap(([name, group]) => {
    const energy = paperPrefill(shape(name), PAPER_TOKENS, { spikesPerActivation: SPIKES })
    const row = (what: string, pj: number, assumption: string): Figure =>
      ({ group, name: what, unit: 'J', published: null, recomputed: pj * JOULES, assumption, basis: 'inferred' })
    return [
      row('full precision', energy.denseFloatPj, 'the same count and constants as for 7B; the paper prints no energy'),
      row('W4A4', energy.denseQuantizedPj, 'as for 7B'),
      row('SDLLM', energy.spikingPj, 'as for 7B, and its 0.862 spikes per activation'),
    ]
  })
}

/** Where 0.862 lies among bell curves: 4 bits, scale from the largest of 4096 activations. */
function distributionFigures(): Figure[] {
  const group = 'Spikes per activation of bell curves'
  const cases = [
    ['Gaussian', absmaxCounts('gaussian', 4096, 7, 0.5), 'rounded to nearest'],
    ['Laplace', absmaxCounts('laplace', 4096, 7, 0.5), 'rounded to nearest'],
    ['Gaussian, truncated', absmaxCounts('gaussian', 4096, 7, 0), 'floor: a membrane that is not pre-charged'],
    ['Laplace, truncated', absmaxCounts('laplace', 4096, 7, 0), 'floor'],
  ] as const
  const row = (name: string, unit: string, recomputed: number, assumption: string): Figure =>
    ({ group, name, unit, published: null, recomputed, assumption, basis: 'inferred' })
  return [
    ...cases.flatMap(([name, counts, how]) => [
      row(`${name}: spikes`, '', counts.mean, `4096 activations, symmetric 4 bits, ${how}`),
      row(`${name}: silent`, '%', 100 * counts.silent, 'the same'),
    ]),
    ...cases.slice(0, 2).map(([name, counts]) =>
      row(`${name}: reads of a weight row, unrolled`, 'x', counts.mean / (1 - counts.silent),
        'a row read for each spike, over a row read once')),
  ]
}

/** Constants of the same group's other report; they contradict the ones above and must not be mixed with them. */
function otherConstants(): Figure[] {
  const group = 'SpikingBrain\'s constants, kept apart'
  const addition = 0.03
  const perChannel = 1.13 * addition
  const row = (name: string, unit: string, published: number | null, recomputed: number, assumption: string,
    basis: Figure['basis']): Figure =>
    ({ group, name, unit, published, recomputed, assumption, basis })
  return [
    row('energy of an activation', 'pJ', 0.034, perChannel,
      '1.13 spikes per channel (bitwise ternary) x 0.03 pJ an INT8 addition', 'given'),
    row('an INT8 multiply-accumulate over it', 'x', null, 0.23 / perChannel, '0.23 pJ', 'given'),
    row('a 16-bit float multiply-accumulate over it', 'x', null, 1.5 / perChannel, '1.5 pJ', 'given'),
    row('SDLLM\'s INT4 addition over this INT8 addition', 'x', null, paperAdditionPj(4) / addition,
      '0.1125 pJ by proportion to 32-bit float; a narrower addition cannot cost more', 'inferred'),
  ]
}

/** Every figure that can be computed again, in the order of docs/paper.md. */
export function paperFigures(): Figure[] {
  return [...mainFigures(), ...weightFigures(), ...spikeLlmFigures(), ...otherModels(), ...distributionFigures(),
    ...otherConstants()]
}

/** Four significant digits: enough to see 0.5 %. */
export function figureText(value: number, unit: string): string {
  const text = value >= 1e6 ? value.toExponential(4) : String(Number(value.toPrecision(value >= 1000 ? 6 : 4)))
  return unit === '' ? text : `${text} ${unit}`
}
