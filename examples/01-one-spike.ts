import { assemble, Chip, completeChip } from '../index.js'

/** Core 0 fires the spike counts 2, 0, -1 at core 1, which adds weight rows into four accumulators. */
const sender = assemble('FIRE r1, 0, 0, 3\nENDT r2, 0\nHALT')
const receiver = assemble('CLRA 0, 4\nCONSUME r1, 0, 1\nHALT')
const weights = Int8Array.from([1, 2, 3, 4, 5, 5, 5, 5, -1, 0, 1, 7])

const chip = new Chip(completeChip({ grid: { columns: 2, rows: 1 } }), {
  tags: [{ operator: 'example', layer: -1 }],
  cores: [
    {
      program: sender.words, tags: new Uint16Array(3), axonTable: [], roles: ['sender'],
      routes: [{ destinations: [1], address: 0, mode: 'write', semaphore: 0 }],
      data: [{ address: 0, words: Int32Array.from([2, 0, -1]) }],
    },
    {
      program: receiver.words, tags: new Uint16Array(3), routes: [], data: [], roles: ['receiver'],
      axonTable: [{ tile: { weights, offset: 0, stride: 4, inputs: 3, outputs: 4, bits: 4, limit: 7 }, accumulator: 0, weightAddress: 0 }],
    },
  ],
}, 1)

const cycles = chip.runPrograms()
const sums = [...chip.cores[1]!.adders.accumulators.subarray(0, 4)]
console.log(`2 x [1 2 3 4] - [-1 0 1 7] = [${sums.join(' ')}] after ${cycles} cycles`)
