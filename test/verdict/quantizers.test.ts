import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../sim/random.js'
import {
  binary, dequantize, eventsPerActivation, levelOrder, SPIKE_LLM, spikeLlm, spikingBrain, ternary, zeroSkipping,
} from '../../verdict/rivals/quantizers.js'

function tokens(distribution: 'gaussian' | 'laplace', count: number, width = 4096): Float64Array[] {
  const random = new Random(11)
  const uniform = (): number => (random.uint32() + 0.5) / 2 ** 32
  const draw = (): number => (distribution === 'laplace'
    ? Math.log(uniform()) * (random.uint32() & 1 ? 1 : -1)
    : Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()))
  return Array.from({ length: count }, () => Float64Array.from({ length: width }, draw))
}

/** Every tenth or twentieth channel. */
function salientChannels(share: number, width = 4096): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => (i % Math.round(1 / share) === 0 ? 1 : 0))
}

describe('published event counts', () => {
  it('SDLLM: 1.46 spikes an activation on Gaussian tokens, 0.756 on Laplace', () => {
    expect(eventsPerActivation(ternary(), tokens('gaussian', 60))).toBeCloseTo(1.45, 1)
    expect(eventsPerActivation(ternary(), tokens('laplace', 60))).toBeCloseTo(0.75, 1)
  })

  it('SpikeLLM: 1.05 multiplied events in two steps, 1.08 in four', () => {
    for (const distribution of ['gaussian', 'laplace'] as const) {
      const mean = (setting: keyof typeof SPIKE_LLM): number => (
        eventsPerActivation(spikeLlm(setting), tokens(distribution, 20), salientChannels(SPIKE_LLM[setting].salientShare))
      )
      expect(mean('T=2'), distribution).toBeCloseTo(1.05, 2)
      expect(mean('T=4'), distribution).toBeCloseTo(1.08, 2)
    }
  })

  it('binary: as many spikes as the limit, 7, whatever the shape', () => {
    expect(eventsPerActivation(binary(), tokens('laplace', 20))).toBeCloseTo(7, 1)
  })

  it('one event an activation that is not silent: level order and multipliers alike', () => {
    const laplace = tokens('laplace', 20)
    expect(eventsPerActivation(levelOrder(), laplace)).toBe(eventsPerActivation(zeroSkipping(), laplace))
  })
})

describe('quantizers', () => {
  const QUANTIZERS = [ternary(), levelOrder(), binary(), zeroSkipping(), spikingBrain(), spikeLlm('T=2'), spikeLlm('T=4')]
  it.each(QUANTIZERS.map((quantizer) => [quantizer.name, quantizer] as const))(
    '%s: every value within one step of what it stands for', (_name, quantizer) => {
      fc.assert(fc.property(fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 2, maxLength: 40 }), (x) => {
        const quantized = quantizer.quantize(x)
        const back = dequantize(quantized)
        x.forEach((value, i) => expect(Math.abs(value - back[i]!)).toBeLessThanOrEqual(1.0001 * quantized.scale[i]!))
      }))
    })

  it('SpikeLLM holds no count beyond what its steps carry', () => {
    const { events, timeSteps } = spikeLlm('T=4').quantize([1, 0, -1], Uint8Array.from([1, 1, 1]))
    expect(Math.max(...events)).toBe(4)
    expect(timeSteps).toBe(4)
  })

  it('SpikingBrain sends the bits of 3 for a value of mean magnitude', () => {
    expect([...spikingBrain().quantize([1, -1, 1, -1]).q]).toEqual([3, -3, 3, -3])
    expect([...spikingBrain().quantize([1, -1, 1, -1]).events]).toEqual([2, 2, 2, 2])
  })
})
