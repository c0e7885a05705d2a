import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENCODINGS, encodingByName, EncodingMeter, integrateTrain, spikesOf, trainOf, trainSteps } from '../../../programs/encodings/index.js'
import { integrate } from '../../../programs/reference/interpreter.js'

const stepLimits = [1, 3, 7, 31, 127]

/** A linear layer and counts within a limit that salient channels may multiply. */
const product = fc.record({
  stepLimit: fc.constantFrom(...stepLimits), timeSteps: fc.integer({ min: 1, max: 3 }),
  inputs: fc.integer({ min: 1, max: 12 }), outputs: fc.integer({ min: 1, max: 6 }),
  seeds: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 96, maxLength: 96 }),
}).map(({ stepLimit, timeSteps, inputs, outputs, seeds }) => {
  const limit = stepLimit * timeSteps
  return {
    limits: { limit, stepLimit },
    q: Int32Array.from({ length: inputs }, (_, i) => Math.trunc(seeds[i]! * (limit + 0.999))),
    layer: {
      inputs, outputs, bits: 8, scale: new Float32Array(outputs).fill(1),
      q: Int8Array.from({ length: inputs * outputs }, (_, i) => Math.trunc(seeds[12 + i]! * 127)),
    },
  }
})

describe.each(ENCODINGS)('%s', (name) => {
  const encoding = encodingByName(name)

  it('gives the integer product from its events', () => {
    fc.assert(fc.property(product, ({ layer, q, limits }) => {
      expect(integrateTrain(encoding, layer, q, limits)).toEqual(integrate(layer, q))
    }), { numRuns: 300 })
  })

  it('sends as many events, over as many time steps, as it says', () => {
    fc.assert(fc.property(product, ({ q, limits }) => {
      const train = trainOf(encoding, q, limits)
      const meter = new EncodingMeter(encoding, limits, 5)
      meter.note(q)
      const sent = q.map((_, axon) => train.axons.filter((other) => other === axon).length)
      expect(Array.from(sent)).toEqual(Array.from(q, (count) => spikesOf(encoding.format(limits), count)))
      expect(meter.figures()).toMatchObject({
        activations: q.length, spikes: train.axons.length, timeSteps: train.timeSteps, operations: 5 * train.axons.length,
      })
      expect(train.timeSteps).toBe(trainSteps(encoding, q, limits))
      expect(Math.max(-1, ...train.steps)).toBeLessThan(train.timeSteps)
      expect(Array.from(train.steps)).toEqual(Array.from(train.steps).sort((a, b) => a - b))
      // The last step is used: only bit planes can be empty, and a current is integrated after its last spike.
      if (train.timeSteps > 0 && name !== 'bitwise' && name !== 'latency') expect(train.steps.at(-1)).toBe(train.timeSteps - 1)
    }), { numRuns: 200 })
  })
})

describe('trains by hand, 4 bits', () => {
  const events = (name: string, q: number[], limits = { limit: 7, stepLimit: 7 }): [number, number, number][] => {
    const { steps, axons, values } = trainOf(encodingByName(name), Int32Array.from(q), limits)
    return Array.from(steps, (step, at) => [step, axons[at]!, values[at]!])
  }

  it('ternary: front-loaded spikes of the sign', () => {
    expect(events('ternary', [2, 0, -1])).toEqual([[0, 0, 1], [0, 2, -1], [1, 0, 1]])
  })

  it('binary: silent only at -L, so a silent activation fires L times', () => {
    expect(events('binary', [-7, -6, -5])).toEqual([[0, 1, 1], [0, 2, 1], [1, 2, 1]])
    expect(events('binary', [0])).toHaveLength(7)
  })

  it('bitwise: planes from the most significant, of the whole vector', () => {
    expect(events('bitwise', [5, -2])).toEqual([[0, 0, 4], [1, 1, -2], [2, 0, 1]])
  })

  it('graded: one event with its count, or several where a salient channel exceeds a step', () => {
    expect(events('graded', [5, 0, -2])).toEqual([[0, 0, 5], [0, 2, -2]])
    expect(events('graded', [-13, 7], { limit: 14, stepLimit: 7 })).toEqual([[0, 0, -7], [0, 1, 7], [1, 0, -6]])
  })

  it('dense: zeros too', () => {
    expect(events('dense', [5, 0])).toEqual([[0, 0, 5], [0, 1, 0]])
    expect(events('latency', [5, 0, -7, -1])).toEqual([[0, 2, -7], [2, 0, 5], [6, 3, -1]])
  })

  it('refuses an unknown name with the nearest', () => {
    expect(() => encodingByName('ternery')).toThrow(/Did you mean 'ternary'/)
  })
})
