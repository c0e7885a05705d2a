import { ACTION_COUNT, ACTION_INDEX, assemble, formatDiagnostics } from '../isa/index.js'
import { Chip } from '../sim/chip/chip.js'
import type { CoreImage, MachineImage, RouteEntry, WeightTile } from '../sim/image.js'
import { loadKernelMemory } from '../sim/kernels/memory.js'
import { Random } from '../sim/random.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { completeChip } from '../sim/config/load-chip.js'
import { main, median, spread } from './harness.js'
import type { BenchRow, Work } from './harness.js'

/**
 * A linear layer of a large model, functional and timed: 4096 x 4096 random 4-bit weights, tokens of random spike
 * trains (one input in two fires, 2 spikes on average, about as SDLLM reports), split over inputs and outputs, partial
 * sums added on arrival. Every sum is checked against a plain product. Beside it, in turns, the same rows added by
 * the bare SIMD kernel, and the published and measured rate of SANA-FE.
 */
const WIDTH = 4096
const SANA_FE = 3.9e6
const SANA_FE_SOURCE = 'synaptic events/s of its DVS-gesture network, measured'

export interface LayerSetting {
  /** Cores a side: the matrix is cut into side x side tiles. */
  readonly side: number
  readonly tokens: number
  readonly core: Partial<ChipSpec['core']>
  readonly network: Partial<ChipSpec['network']>
}

/** Few wide cores on a wide network: what the paper's models would want of a chip. */
const WIDE: LayerSetting = {
  side: 4, tokens: 96,
  core: { lanes: 256, weightBanks: 16, spikeFifoEvents: 1024, encoderLanes: 32 },
  network: { flitBits: 512, wordsPerPacket: 112, eventsPerPacket: 128 },
}
/** The same matrix on 64 cores, half the flit: twice the events and the partial sums. */
const SMALL: LayerSetting = {
  ...WIDE, side: 8, tokens: 32, network: { flitBits: 256, wordsPerPacket: 56, eventsPerPacket: 64 },
}

interface Layer {
  readonly setting: LayerSetting
  readonly weights: Int8Array
  /** Spike counts, by token and input. */
  readonly counts: Int32Array
  /** The layer's result, summed over tokens. */
  readonly expected: Int32Array
  readonly additions: number
}

function randomLayer(setting: LayerSetting): Layer {
  const random = new Random(1)
  const weights = Int8Array.from({ length: WIDTH * WIDTH }, () => random.below(15) - 7)
  const counts = Int32Array.from({ length: WIDTH * setting.tokens }, () => (
    random.below(2) === 0 ? 0 : (1 + random.below(3)) * (random.below(2) === 0 ? 1 : -1)
  ))
  const expected = new Int32Array(WIDTH)
  for (let input = 0; input < WIDTH; input++) {
    let sum = 0
    for (let token = 0; token < setting.tokens; token++) sum += counts[token * WIDTH + input]!
    for (let output = 0; output < WIDTH; output++) expected[output]! += sum * weights[input * WIDTH + output]!
  }
  const additions = WIDTH * counts.reduce((sum, count) => sum + Math.abs(count), 0)
  return { setting, weights, counts, expected, additions }
}

function core(source: string, more: Partial<CoreImage>): CoreImage {
  const { words, diagnostics } = assemble(source)
  if (diagnostics.length > 0) throw new Error(formatDiagnostics(diagnostics, source))
  const tags = new Uint16Array(words.length)
  return { program: words, tags, axonTable: [], routes: [], data: [], roles: [], ...more }
}

function route(destinations: number[], address = 0, semaphore = 0): RouteEntry {
  return { destinations, address, mode: 'accumulate', semaphore }
}

/**
 * Cores (row r, column c) with c < side hold inputs of slice r and outputs of slice c; the last column fires slice r
 * and collects output slice r.
 */
function machineOf({ setting: { side, tokens }, weights, counts }: Layer): MachineImage {
  const slice = WIDTH / side
  const at = (row: number, column: number): number => row * (side + 1) + column
  const range = Array.from({ length: side }, (_, n) => n)
  const sumsAt = tokens * slice
  const cores = range.flatMap((row) => [
    ...range.map((column) => {
      const offset = row * slice * WIDTH + column * slice
      const tile: WeightTile = { weights, offset, stride: WIDTH, inputs: slice, outputs: slice, bits: 4, limit: 7 }
      return core(
        `LI r1, ${tokens}\nt: CLRA 0, ${slice}\nSIGNAL 0\nCONSUME r2, 0, 1\nSENDA 1, 0, ${slice}\nLOOP r1, t\nHALT`,
        {
          dataWords: 1, axonTable: [{ tile, accumulator: 0, weightAddress: 0 }],
          routes: [route([at(row, side)]), route([at(column, side)], sumsAt, 1)],
        },
      )
    }),
    core(
      Array.from({ length: tokens }, (_, token) => (
        `RECV 0, ${side}\nFIRE r2, 0, ${token * slice}, ${slice}\nENDT r2, 0\n`
      )).join('') + 'HALT',
      {
        routes: [route(range.map((column) => at(row, column)))],
        data: Array.from({ length: tokens }, (_, token) => (
          {
            address: token * slice,
            words: counts.subarray(token * WIDTH + row * slice, token * WIDTH + (row + 1) * slice),
          }
        )),
      },
    ),
  ])
  return { cores, tags: [{ operator: 'layer', layer: 0 }] }
}

function chipOf({ side, tokens, core, network }: LayerSetting): ChipSpec {
  const slice = WIDTH / side
  return completeChip({
    grid: { columns: side + 1, rows: side }, network,
    core: {
      accumulators: slice, weightSramKiB: (slice * slice) / 2048, dataSramKiB: ((tokens + 1) * slice) / 256, ...core,
    },
  })
}

/** Runs the layer and checks its sums and its count of additions. Returns the chip. */
function runLayer(layer: Layer, image: MachineImage, kernels: 'simd' | 'plain'): Chip {
  const { setting: { side, tokens }, expected, additions } = layer
  const chip = new Chip(chipOf(layer.setting), image, 1, { kernels })
  chip.runPrograms()
  const slice = WIDTH / side
  for (let output = 0; output < WIDTH; output++) {
    const hub = chip.cores[Math.floor(output / slice) * (side + 1) + side]!
    const sum = hub.data[tokens * slice + (output % slice)]
    if (sum !== expected[output]) throw new Error(`output ${output} is ${sum}, expected ${expected[output]}`)
  }
  let counted = 0
  for (let at = ACTION_INDEX.synapticAdd; at < chip.counts.length; at += ACTION_COUNT) counted += chip.counts[at]!
  if (counted !== additions) throw new Error(`${counted} additions counted, expected ${additions}`)
  return chip
}

/** The same rows, the same lengths, on the same layout: nothing but the kernel. */
function bareKernel(layer: Layer, image: MachineImage): Work {
  const { setting: { side, tokens }, counts, additions } = layer
  const slice = WIDTH / side
  const { batches } = loadKernelMemory(image.cores, slice)!
  return () => {
    for (let token = 0; token < tokens; token++) {
      batches.forEach((batch, id) => {
        if (batch === undefined) return
        const first = token * WIDTH + Math.floor(id / (side + 1)) * slice
        for (let axon = 0; axon < slice; axon++) {
          const length = counts[first + axon]!
          if (length !== 0) batch.add(0, axon, length)
        }
        batch.accumulators()
      })
    }
    return additions
  }
}

function seconds(work: () => unknown): number {
  const start = performance.now()
  work()
  return (performance.now() - start) / 1000
}

/** Bytes that a value holds: array buffers once each, 8 for every element of a plain array or field. */
function bytesOf(value: unknown, seen: Set<unknown>): number {
  if (typeof value !== 'object' || value === null) return 8
  const target: object = ArrayBuffer.isView(value) ? value.buffer : value
  if (seen.has(target)) return 8
  seen.add(target)
  if (target instanceof ArrayBuffer) return 8 + target.byteLength
  const parts: unknown[] = target instanceof Map ? [...target].flat()
    : target instanceof Set ? [...target]
    : Object.values(target)
  return parts.reduce<number>((sum, part) => sum + bytesOf(part, seen), 8)
}

/** Bytes a synapse of a loaded chip: weights, tables, memories, network; without the image it was loaded from. */
function bytesPerSynapse(spec: ChipSpec, image: MachineImage): number {
  const chip = new Chip(spec, image, 1)
  const ofImage = new Set<unknown>()
  bytesOf(image, ofImage)
  return bytesOf(chip, ofImage) / WIDTH ** 2
}

/** The layer beside SANA-FE, the bare kernel and plain code; medians over runs in turns. */
function layerRows(setting: LayerSetting, repeats: number): BenchRow[] {
  const layer = randomLayer(setting)
  const image = machineOf(layer)
  const bytes = bytesPerSynapse(chipOf(setting), image)
  const bare = bareKernel(layer, image)
  bare()
  runLayer(layer, image, 'simd')
  const rates: number[] = []
  const bareRatios: number[] = []
  const plainRatios: number[] = []
  for (let n = 0; n < repeats; n++) {
    const rate = layer.additions / seconds(() => runLayer(layer, image, 'simd'))
    rates.push(rate)
    bareRatios.push(rate / (layer.additions / seconds(bare)))
    plainRatios.push(rate / (layer.additions / seconds(() => runLayer(layer, image, 'plain'))))
  }
  const slice = WIDTH / setting.side
  const name = `4096 x 4096 4-bit layer on ${setting.side ** 2} cores of ${slice} x ${slice}`
  const row = { name, unit: 'additions/s', value: median(rates), spread: spread(rates) }
  return [
    { ...row, reference: 'SANA-FE, detailed', source: SANA_FE_SOURCE, ratio: row.value / SANA_FE },
    { ...row, reference: 'the bare SIMD kernel', ratio: median(bareRatios) },
    { ...row, reference: 'the same with plain kernels', ratio: median(plainRatios) },
    {
      name: `${name}: loaded chip`, unit: 'bytes/synapse', value: bytes, reference: 'the goal',
      source: 'goal of 1 byte', ratio: bytes,
    },
  ]
}

export function largeLayerBenchmarks(): BenchRow[] {
  return [...layerRows(WIDE, 5), ...layerRows(SMALL, 3)]
}

await main(import.meta.url, largeLayerBenchmarks)
