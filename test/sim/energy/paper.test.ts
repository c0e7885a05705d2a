import { describe, expect, it } from 'vitest'
import { macsOf } from '../../../programs/graph/macs.js'
import { MODEL_SHAPES } from '../../../programs/shapes/presets.js'
import { paperAdditionPj, paperMacPj, paperPrefill, prefillMacs } from '../../../sim/energy/paper.js'

const llama2 = macsOf(MODEL_SHAPES['llama-2-7b']!)
const joules = (pj: number): number => pj * 1e-12
const within = (actual: number, published: number, tolerance: number): void =>
  expect(Math.abs(actual - published) / published).toBeLessThan(tolerance)

describe('the literature\'s accounting', () => {
  it('charges 0.575 pJ an INT4 multiply-accumulate and 0.1125 pJ an INT4 addition', () => {
    expect(paperMacPj(4)).toBeCloseTo(0.575, 12)
    expect(paperAdditionPj(4)).toBeCloseTo(0.1125, 12)
  })

  it('counts 6.9063e12 multiply-accumulates in a 1024-token prefill of LLaMA-2-7B', () => {
    expect(llama2.linear).toBe(32 * (4 * 4096 ** 2 + 3 * 4096 * 11008))
    within(prefillMacs(llama2, 1024).total, 6.9063e12, 1e-5)
  })

  it('gives 31.77 J in floats, 3.97 J in W4A4 and 0.67 J spiking at 0.862 spikes per activation', () => {
    const energy = paperPrefill(llama2, 1024, { spikesPerActivation: 0.862 })
    within(joules(energy.denseFloatPj), 31.77, 0.005)
    within(joules(energy.denseQuantizedPj), 3.97, 0.005)
    within(joules(energy.spikingPj), 0.67, 0.005)
    expect(energy.macs).toBe(0)
  })

  it('needs 0.686 spikes per activation for the same 0.67 J when attention stays W4A4', () => {
    const energy = paperPrefill(llama2, 1024, { spikesPerActivation: 0.686, spikingAttention: false })
    within(joules(energy.macsPj), 0.158, 0.005)
    within(joules(energy.spikingPj), 0.67, 0.005)
  })

  it('gives 61.74 J for LLaMA-2-13B in floats', () => {
    const llama13 = macsOf(MODEL_SHAPES['llama-2-13b']!)
    within(joules(paperPrefill(llama13, 1024, { spikesPerActivation: 1 }).denseFloatPj), 61.74, 0.005)
  })

  it('counts fewer keys and values with grouped queries, half the attention when causal, the head when asked', () => {
    const grouped = macsOf({ ...MODEL_SHAPES['llama-2-7b']!, kvHeads: 8 })
    expect(llama2.linear - grouped.linear).toBe(32 * 2 * 4096 * 24 * 128)
    const causal = prefillMacs(llama2, 1024, { causal: true }).attention
    expect((2 * causal) / prefillMacs(llama2, 1024).attention).toBeCloseTo(1025 / 1024, 12)
    expect(prefillMacs(llama2, 2, { head: true }).head).toBe(2 * 32000 * 4096)
  })
})
