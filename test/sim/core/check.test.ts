import { describe, expect, it } from 'vitest'
import { InputError, SimulationError } from '../../../sim/errors.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { ints, machine, tile } from './machine.js'
import type { CoreText } from './machine.js'

/** 256 data words, 16 accumulators, 1 KiB of weights. */
const small: ChipSpecInput = { grid: { columns: 2, rows: 2 }, core: { dataSramKiB: 1, accumulators: 16, weightSramKiB: 1, programWords: 16 } }
const load = (core: Partial<CoreText>, chip = small) => () => machine([{ program: 'HALT', ...core }, { program: 'HALT' }], chip)
const route = { destinations: [1], address: 0 }

describe('an image that reaches past the chip is refused before it runs', () => {
  const cases: [string, Partial<CoreText>, RegExp][] = [
    ['data address', { program: 'VADD 250, 0, 10\nHALT' }, /core 0, instruction 0 'VADD 250, 0, 10': words 250\.\.259, but there are words 0\.\.255 in the data SRAM \(core\.dataSramKiB\)/],
    ['source address', { program: 'DEQ 0, 255, 2, r1\nHALT' }, /instruction 0 'DEQ 0, 255, 2, r1': words 255\.\.256/],
    ['neurons', { program: 'FIRE r1, 0, 250, 7\nHALT', routes: [route] }, /words 250\.\.256/],
    ['accumulators', { program: 'CLRA 10, 7\nHALT' }, /'CLRA 10, 7': accumulators 10\.\.16, but there are accumulators 0\.\.15 in the adder array/],
    ['accumulators sent', { program: 'SENDA 0, 15, 2\nHALT', routes: [route] }, /accumulators 15\.\.16/],
    ['route', { program: 'NOP\nSIGNAL 1\nHALT', routes: [route] }, /instruction 1 'SIGNAL 1': route 1, but the last is 0/],
    ['no route', { program: 'SIGNAL 0\nHALT' }, /route 0, but there is no route/],
    ['axon table entry', { program: 'CONSUME r1, 2, 1\nHALT', axonTable: [tile(1, 1, () => 1)] }, /axon table entry 2, but the last is 0/],
    ['branch target', { program: 'JMP 2\nHALT' }, /'JMP 2': instruction 2, but the last is 1/],
    ['packet past the end', { program: 'SENDV 0, 0, 16\nHALT', routes: [{ destinations: [1], address: 241 }] }, /'SENDV 0, 0, 16': words 241\.\.256, but there are words 0\.\.255 in the data SRAM of core 1/],
    ['destination', { routes: [{ destinations: [2] }] }, /core 0, route 0: destination 2, but the image has cores 0\.\.1; there is no host/],
    ['semaphore', { routes: [{ destinations: [1], semaphore: 64 }] }, /route 0: semaphore 64, but there are semaphores 0\.\.63/],
    ['data segment', { data: [ints(255, 1, 2)] }, /core 0, data segment 0: words 255\.\.256/],
    ['accumulators of a tile', { axonTable: [tile(1, 10, () => 1, { accumulator: 7 })] }, /axon table entry 0: accumulators 7\.\.16/],
    ['weight SRAM', { axonTable: [tile(4, 16, () => 1, { weightAddress: 1000 })] }, /axon table entry 0: bytes 1000\.\.1031, but there are bytes 0\.\.1023 in the weight SRAM/],
    ['weight', { axonTable: [tile(2, 2, (i, j) => (i + j === 2 ? 8 : 7))] }, /weight 8 of input 1, output 1 does not fit 4 bits \(-8\.\.7\)/],
    ['program memory', { program: 'NOP\n'.repeat(16) + 'HALT' }, /the program has 17 instructions, core\.programWords is 16/],
    ['opcode', { program: '.word 0' }, /core 0: word 0: no instruction has opcode 0x00/],
    ['tag', { tag: () => 99 }, /core 0: tag 99, but the image has tags 0\.\.17/],
  ]
  it.each(cases)('%s', (_, core, message) => {
    expect(load(core)).toThrow(InputError)
    expect(load(core)).toThrow(message)
  })

  it.each([2, 3, 4, 5, 8])('every weight past %i bits and none within, wherever it lies in a word', (bits) => {
    const limit = 2 ** (bits - 1) - 1
    for (let weight = -128; weight < 128; weight++) {
      const place = (weight + 128) % 8
      const row = tile(2, 8, (i, j) => (i === 1 && j === place ? weight : (j % 2 === 0 ? limit : -limit - 1)), { bits })
      if (weight <= limit && weight >= -limit - 1) expect(load({ axonTable: [row] })).not.toThrow()
      else expect(load({ axonTable: [row] })).toThrow(`weight ${weight} of input 1, output ${place} does not fit ${bits} bits`)
    }
  })

  it('a branching packet that does not fit a buffer', () => {
    const core = { program: 'SENDV 0, 0, 16\nHALT', routes: [{ destinations: [0, 1] }] }
    expect(load(core, { ...small, network: { bufferFlits: 4 } })).toThrow(/a packet of 9 flits branches to 2 cores, but network\.bufferFlits is 4/)
    expect(load(core, { ...small, network: { bufferFlits: 4, multicast: 'unicast' } })).not.toThrow()
  })

  it('more cores than the chip has', () => {
    expect(() => machine(Array.from({ length: 5 }, () => ({ program: 'HALT' })), small)).toThrow(/the image has 5 cores, the system 4/)
  })

  it('the largest values that fit are let through', () => {
    expect(load({
      program: 'VADD 246, 0, 10\nCLRA 9, 7\nSENDV 0, 240, 16\nHALT', routes: [{ destinations: [1], address: 240, semaphore: 63 }],
      axonTable: [tile(4, 10, () => -8, { accumulator: 6, weightAddress: 1024 - 32 })], data: [ints(254, 1, 2)],
    })).not.toThrow()
  })
})

describe('what registers reach into is checked as it runs', () => {
  const cases: [string, string, RegExp][] = [
    ['LD', 'LI r1, 200\nLD r2, 56, r1', /core 0, instruction 1 'LD r2, 56, r1' of work of core 0 of layer 0, cycle 2: its operand: word 256, but data SRAM has words 0\.\.255/],
    ['ST', 'LI r1, -1\nST r2, 0, r1', /instruction 1 'ST r2, 0, r1'.*word -1/],
    ['VSCL', 'LI r2, 7\nVSCL 250, 0, r1, r2', /words 250\.\.256 \(7 of them\)/],
    ['ROPE, no head', 'ROPE 0, 0, 8, r1, r2', /the head dimension in r2 is 0/],
    ['ROPE', 'LI r2, 8\nROPE 0, 253, 8, r1, r2', /the step table: words 253\.\.256/],
    ['KVW', 'LI r1, 82\nLI r2, 127\nKVW 10, 0, 8, r1, r2', /row 82 of the cache: words 256\.\.258/],
    ['KVW limit', 'LI r2, 128\nKVW 10, 0, 8, r1, r2', /the limit in r2 is 128, but a cache integer has 8 bits: 1\.\.127/],
    ['QKD', 'LI r1, 10\nQKD 250, 0, 8, r1, r2', /the scores: words 250\.\.259/],
    ['QKS query', 'LI r1, 2\nLI r2, 250\nQKS 0, 0, 8, r1, r2', /the query at r2: words 250\.\.257/],
    ['SMAX', 'LI r1, -1\nSMAX 0, r1, r2', /the scores: -1 words/],
    ['PWQ', 'LI r1, 86\nPWQ 0, 0, 8, r1, r2', /the cache: words 0\.\.257/],
    ['PVD', 'LI r1, 10\nLI r2, 250\nPVD 0, 0, 8, r1, r2', /the weights at r2: words 250\.\.259/],
    ['PVS', 'LI r1, 86\nPVS 0, 0, 8, r1, r2', /the cache: words 0\.\.257/],
    ['the end of the program', 'NOP\nNOP', /core 0, instruction 2 'past the end'.*the program has 2/],
  ]
  it.each(cases)('%s', (_, program, message) => {
    const chip = machine([{ program: program.includes('NOP') ? program : `${program}\nHALT` }], small)
    expect(() => chip.runPrograms()).toThrow(SimulationError)
    expect(() => machine([{ program: program.includes('NOP') ? program : `${program}\nHALT` }], small).runPrograms()).toThrow(message)
  })
})
