import { describe, expect, it } from 'vitest'
import { runConvolution } from '../../verdict/elsa/convolution.js'
import { drawCounts, linearCounts, MACHINES, perMacPj, WEIGHT_MEMORIES } from '../../verdict/elsa/linear.js'
import { resnet50SplitUj } from '../../verdict/elsa/network.js'
import { RowQueues } from '../../verdict/elsa/queues.js'
import { PUBLISHED_SPLIT_UJ, resnet50Inputs } from '../../verdict/elsa/resnet50.js'

describe('ELSA\'s processing element', () => {
  it('spends what its authors\' simulator spent on ResNet-50, part by part, within 10 %', () => {
    const split = resnet50SplitUj(1)
    for (const [part, published] of Object.entries(PUBLISHED_SPLIT_UJ)) {
      expect(split[part as keyof typeof split] / published, part).toBeGreaterThan(0.9)
      expect(split[part as keyof typeof split] / published, part).toBeLessThan(1.1)
    }
  })

  it('has the architecture\'s multiply-accumulates: 4.09 G', () => {
    const macs = resnet50Inputs().reduce((sum, { kernel, stride, inputs, channels, size }) => (
      sum + (size / stride) ** 2 * inputs * channels * kernel ** 2
    ), 0)
    expect(macs).toBe(4_087_136_256)
  })

  it('brings a spike of a 3x3 window to nine rows, and to four where the stride is two', () => {
    const input = { name: 'x', kernel: 3, stride: 1, inputs: 64, channels: 64, size: 30, spikes: 9000, flits: 900 }
    const dense = runConvolution(input, 16, 1)
    const strided = runConvolution({ ...input, stride: 2 }, 16, 1)
    const edges = (1 - 2 / 90) ** 2 // windows that reach over the edge
    expect(dense.spikes / (9000 * 9 * edges)).toBeCloseTo(1, 1)
    expect(strided.spikes / (9000 * (9 / 4) * (1 - 1 / 60) ** 2)).toBeCloseTo(1, 1)
  })
})

describe('row queues', () => {
  it('flush when full, when a row ends, and when a 33rd row comes', () => {
    const queues = new RowQueues()
    queues.push(0, 20) // one full queue, 4 wait
    expect(queues.flushes).toBe(1)
    queues.end(0)
    expect(queues.flushes).toBe(2)
    for (let row = 0; row < 33; row++) queues.push(row, 1)
    expect(queues.flushes).toBe(3)
    expect(queues.spikes).toBe(53)
  })
})

describe('a linear layer of LLaMA\'s width behind the same memories', () => {
  // Closed forms of a published survey of the four machines, Gaussian and Laplace, in pJ a multiply-accumulate.
  const EXPECTED = {
    '512 B banks, no wires': { dense: [0.082, 0.082], skip: [0.064, 0.044], unary: [0.038, 0.022], level: [0.026, 0.018] },
    '512 B banks, 0.4 mm of wire': { dense: [0.128, 0.128], skip: [0.101, 0.068], unary: [0.074, 0.046], level: [0.063, 0.043] },
    '32 KB macros': { dense: [0.46, 0.46], skip: [0.36, 0.25], unary: [0.335, 0.22], level: [0.32, 0.22] },
  } as const

  it.each(Object.entries(EXPECTED))('%s: within 6 % of the closed form', (name, machines) => {
    const memory = WEIGHT_MEMORIES.find((row) => row.name === name)!
    for (const machine of MACHINES) {
      const mean = (distribution: 'gaussian' | 'laplace'): number => {
        const seeds = Array.from({ length: 40 }, (_, at) => at + 1)
        return seeds.reduce((sum, seed) => sum + perMacPj(linearCounts(machine, drawCounts(distribution, 4096, seed)), memory, 0.038), 0) / 40
      }
      expect(Math.abs(mean('gaussian') / machines[machine][0] - 1), `${machine} gaussian`).toBeLessThan(0.06)
      expect(Math.abs(mean('laplace') / machines[machine][1] - 1), `${machine} laplace`).toBeLessThan(0.06)
    }
  })
})
