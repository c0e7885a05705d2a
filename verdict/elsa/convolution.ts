import { Random } from '../../sim/random.js'
import { ELSA } from './prices.js'
import { RowQueues } from './queues.js'
import type { ConvolutionInput } from './resnet50.js'

/** What one processing element does for a layer; its core has four that do the same for other columns. */
export interface ElementCounts {
  /** Output rows (pixels), and output columns of this element. */
  readonly rows: number
  readonly columns: number
  readonly spikes: number
  readonly flushes: number
  /** Rows that were looked at to fire: each, once a time step. */
  readonly updates: number
}

export type Split = Readonly<Record<'adders' | 'weights' | 'membrane' | 'queues' | 'fire' | 'tracer', number>>

/**
 * Runs the queues of a convolution: flits arrive by time step, pixel by pixel, and a pixel's spikes go to each output
 * row whose window holds it. Which pixels fire when is not published, only how much: a pixel's flits are spread evenly
 * over the first time steps, and a flit's spikes are drawn around the mean.
 */
export function runConvolution(input: ConvolutionInput, steps: number, seed: number): ElementCounts {
  const { kernel, stride, size, channels } = input
  const random = new Random(seed)
  const output = Math.ceil(size / stride)
  const queues = new RowQueues()
  const perPixel = input.flits / (size * size)
  // One flit a pixel and step as long as that is enough for all, more in each step where it is not.
  const perStep = Math.max(1, perPixel / steps)
  for (let step = 0; step < steps; step++) {
    const left = Math.min(perStep, perPixel - step * perStep)
    if (left <= 0) break
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        for (let flits = left; random.uint32() / 2 ** 32 < flits; flits--) {
          visitRows(input, output, y, x, queues, spikesOfFlit(random, input.spikes / input.flits))
        }
        if (kernel === 1 && y % stride === 0 && x % stride === 0) queues.end((y / stride) * output + x / stride)
      }
      if (kernel === 1) continue
      endRows(output, Math.floor((y - kernel + 1 + (kernel >> 1)) / stride), queues)
    }
    for (let row = 0; row < output * output; row++) queues.end(row)
  }
  return {
    rows: output * output, columns: channels / ELSA.elements,
    spikes: queues.spikes, flushes: queues.flushes, updates: output * output * steps,
  }
}

/** A count around the mean, at least 1 and at most what a flit holds: its spikes are independent of each other. */
function spikesOfFlit(random: Random, mean: number): number {
  const p = Math.min(1, mean / ELSA.spikesPerFlit)
  let count = 0
  for (let place = 0; place < ELSA.spikesPerFlit; place++) if (random.uint32() / 2 ** 32 < p) count++
  return Math.max(1, count)
}

function visitRows(
  { kernel, stride }: ConvolutionInput, output: number, y: number, x: number, queues: RowQueues, spikes: number,
): void {
  const reach = kernel >> 1
  for (let dy = -reach; dy <= reach; dy++) {
    const row = y + dy
    if (row % stride !== 0 || row < 0 || row / stride >= output) continue
    for (let dx = -reach; dx <= reach; dx++) {
      const column = x + dx
      if (column % stride !== 0 || column < 0 || column / stride >= output) continue
      const at = (row / stride) * output + column / stride
      queues.push(at, spikes)
    }
  }
}

function endRows(output: number, row: number, queues: RowQueues): void {
  if (row < 0 || row >= output) return
  for (let column = 0; column < output; column++) queues.end(row * output + column)
}

/**
 * Microjoules of a layer on the four elements of its core, by part. Routers, flits and the leakage of the
 * larger memories (below 1 % of the published total) are not in it.
 * As published, a line of several macros leaks like one.
 * @param onTrees false for the first layer, whose inputs are added one by one
 * @param cycles for which the layer's trees and firing units leak
 */
export function splitUj(counts: ElementCounts, onTrees: boolean, cycles: number): Split {
  const { rows, columns, spikes, flushes, updates } = counts
  const lanes = columns < ELSA.treeLanes ? columns / ELSA.treeLanes : Math.ceil(columns / ELSA.treeLanes)
  const lines = Math.ceil(columns / ELSA.potentialsPerLine)
  const uJ = (pj: number): number => (ELSA.elements * pj) / 1e6
  const leakedPj = (uW: number): number => (uW * cycles) / ELSA.clockMHz
  return {
    adders: uJ(onTrees ? flushes * lanes * ELSA.treesPj + leakedPj(ELSA.treesLeakageUw) : spikes * lanes * ELSA.addersPj),
    weights: uJ(spikes * Math.ceil(columns / ELSA.weightsPerWord) * ELSA.weightReadPj),
    membrane: uJ((flushes + updates) * lines * (ELSA.membraneReadPj + ELSA.membraneWritePj)),
    queues: uJ(spikes * (ELSA.queueWritePj + ELSA.queueReadPj)),
    fire: uJ(updates * Math.ceil(columns / ELSA.treeLanes) * ELSA.firePj + leakedPj(ELSA.fireLeakageUw)),
    tracer: uJ(updates * lines * (ELSA.tracerReadPj + ELSA.tracerWritePj)
      + leakedPj(ELSA.macroLeakageUw * Math.ceil(rows / ELSA.macroWords))),
  }
}
