import { assemble } from '../isa/index.js'
import { Chip } from '../sim/chip/chip.js'
import { AdderArray } from '../sim/core/adders.js'
import type { AxonTableEntry, MachineImage } from '../sim/image.js'
import { Random } from '../sim/random.js'
import { completeChip } from '../sim/config/load-chip.js'
import { compare, main } from './harness.js'
import type { BenchRow, Work } from './harness.js'

/**
 * Synaptic additions per second of one core, beside a bare loop that adds Int8 rows to Int32 sums: what the adder
 * array costs over the arithmetic alone, and what a whole core costs (encoder, network, FIFO, counters, timing).
 * Bursts are those of 4-bit SDLLM activations: one neuron in two fires, 2 spikes on average.
 */
const RANDOM = new Random(1)

interface Setting {
  readonly entry: AxonTableEntry
  readonly axons: Int32Array
  readonly lengths: Int32Array
  /** Additions of one pass over the train. */
  readonly additions: number
}

function setting(inputs: number, outputs: number): Setting {
  const weights = Int8Array.from({ length: inputs * outputs }, () => RANDOM.below(15) - 7)
  const tile = { weights, offset: 0, stride: outputs, inputs, outputs, bits: 4, limit: 7 }
  const active = Array.from({ length: inputs }, (_, axon) => axon).filter(() => RANDOM.below(2) === 0)
  const lengths = Int32Array.from(active, () => (1 + RANDOM.below(3)) * (RANDOM.below(2) === 0 ? 1 : -1))
  const additions = lengths.reduce((sum, length) => sum + Math.abs(length), 0) * outputs
  return { entry: { tile, accumulator: 0, weightAddress: 0 }, axons: Int32Array.from(active), lengths, additions }
}

const PASSES = 2000

function adders({ entry, axons, lengths, additions }: Setting): Work {
  const { core } = completeChip({ core: { accumulators: 512, accumulatorBits: 31 } })
  const array = new AdderArray(core, [entry])
  return () => {
    for (let pass = 0; pass < PASSES; pass++) {
      array.clear(0, entry.tile.outputs)
      for (let n = 0; n < axons.length; n++) array.add(0, axons[n]!, lengths[n]!)
    }
    return PASSES * additions
  }
}

function bareLoop({ entry, axons, lengths, additions }: Setting): Work {
  const { weights, outputs } = entry.tile
  const sums = new Int32Array(outputs)
  return () => {
    for (let pass = 0; pass < PASSES; pass++) {
      sums.fill(0)
      for (let n = 0; n < axons.length; n++) {
        const row = axons[n]! * outputs
        const length = lengths[n]!
        for (let j = 0; j < outputs; j++) sums[j]! += weights[row + j]! * length
      }
    }
    return PASSES * additions
  }
}

/** Core 0 fires the train again and again, core 1 adds it up. */
function machine({ entry, axons, lengths, additions }: Setting): Work {
  const { inputs, outputs } = entry.tile
  const trains = 200
  const counts = new Int32Array(inputs)
  axons.forEach((axon, n) => (counts[axon] = lengths[n]!))
  const core = (source: string, more: object) => {
    const { words } = assemble(source)
    return { program: words, tags: new Uint16Array(words.length), axonTable: [], routes: [], data: [], roles: [], ...more }
  }
  const route = (destination: number, semaphore: number) => ({ destinations: [destination], address: 0, mode: 'write' as const, semaphore })
  const image: MachineImage = {
    cores: [
      core(`LI r1, ${trains}\nt: RECV 0, 1\nFIRE r2, 0, 0, ${inputs}\nENDT r2, 0\nLOOP r1, t\nHALT`, {
        routes: [route(1, 0)], data: [{ address: 0, words: counts }],
      }),
      core(`LI r1, ${trains}\nt: CLRA 0, ${outputs}\nSIGNAL 0\nCONSUME r2, 0, 1\nLOOP r1, t\nHALT`, { routes: [route(0, 0)], axonTable: [entry] }),
    ],
    tags: [{ operator: 'bench', layer: 0 }],
  }
  const spec = completeChip({ grid: { columns: 2, rows: 1 }, core: { weightSramKiB: 256, accumulatorBits: 31 } })
  return () => {
    new Chip(spec, image, 1).runPrograms()
    return trains * additions
  }
}

export function coreBenchmarks(): BenchRow[] {
  const rows = [[128, 128], [512, 128], [128, 512]].map(([inputs, outputs]) => {
    const work = setting(inputs!, outputs!)
    return compare(`adder array, ${inputs} x ${outputs}`, 'additions/s', adders(work), 'a bare loop', bareLoop(work))
  })
  const whole = [[512, 128], [128, 512]].map(([inputs, outputs]) => {
    const work = setting(inputs!, outputs!)
    return compare(
      `one core with encoder and network, ${inputs} x ${outputs}`, 'additions/s', machine(work), 'a bare loop', bareLoop(work),
    )
  })
  return [...rows, ...whole]
}

await main(import.meta.url, coreBenchmarks)
