import { describe, expect, it } from 'vitest'
import { INSTRUCTIONS } from '../../../isa/index.js'
import type { InstructionSpec } from '../../../isa/index.js'
import { CostTable } from '../../../sim/core/cost.js'
import { ints, machine, recorder } from './machine.js'

const some = INSTRUCTIONS.find(({ mnemonic }) => mnemonic === 'VADD')!
const withRow = (change: object) => new CostTable([...INSTRUCTIONS, { ...some, opcode: 0xf0, mnemonic: 'XXX', ...change } as unknown as InstructionSpec])

describe('a row that the machine cannot hold is refused at load', () => {
  it('takes rows as they are', () => {
    expect(() => withRow({})).not.toThrow()
  })

  it('more actions than there is room for', () => {
    const nine = Object.fromEntries([
      'mac', 'intOp', 'fp32Add', 'fp32Mul', 'scalarOp', 'fifoPop', 'fifoPush', 'dramBit', 'encoderStep',
    ].map((action) => [action, 1]))
    expect(() => withRow({ perElement: nine })).toThrow('XXX books 9 actions perElement, at most 8')
  })

  it.each([
    [{ unit: 'multiplier' }, "XXX runs in 'multiplier', which is no unit"],
    [{ fixed: { teleport: 1 } }, "XXX books 'teleport' fixed, which is no action"],
    [{ elements: 'len*len*len' }, "elements 'len*len*len'"],
    [{ elements: 'lenght' }, "elements 'lenght'"],
    [{ elements: 'positions*len', rowWidth: 'spikes' }, "in rows of 'spikes'"],
  ])('%j', (change, message) => {
    expect(() => withRow(change)).toThrow(message)
  })
})

describe('external memory', () => {
  const ROW = 16
  const words = Array.from({ length: 8 * ROW }, (_, i) => i + 1)

  function run(instruction: string, setup: string) {
    const built = machine([{
      program: `${setup}\n${instruction}\nHALT`, data: [ints(512, ...words)], external: [{ words: words.length, initial: Int32Array.from(words) }],
    }], { memory: { timing: 'flat', delivery: 'ideal' } })
    const { sink, rows } = recorder()
    built.traceTo(sink)
    built.runPrograms()
    const { start, end } = rows.at(-2)!
    return { cycles: end - start, setupCycles: start - rows[0]!.start, data: built.cores[0]!.data, busy: built.components[0]!.report(1000)!.core!.busyCycles }
  }

  // 500 MHz and 25.6 GB/s are 51.2 bytes a cycle, 100 ns are 50 cycles, and a row is one burst of 64 bytes.
  const cyclesOf = (rows: number): number => 1 + Math.ceil(50 + (64 * rows) / 51.2)

  it.each(['DLD', 'DST'])('%s takes one cycle and what the channel takes', (mnemonic) => {
    const operands = mnemonic === 'DLD' ? '0, 0' : '0, 512'
    expect(run(`${mnemonic} ${operands}, ${ROW}, r1, r0`, 'LI r1, 0').cycles).toBe(1)
    expect(run(`${mnemonic} ${operands}, ${ROW}, r1, r0`, 'LI r1, 1').cycles).toBe(cyclesOf(1))
    expect(run(`${mnemonic} ${operands}, ${ROW}, r1, r0`, 'LI r1, 5').cycles).toBe(cyclesOf(5))
  })

  it('DLD brings rows, and its cycles are control\'s', () => {
    const { data, busy, cycles, setupCycles } = run(`DLD 0, 0, ${ROW}, r1, r2`, 'LI r1, 2\nLI r2, 3')
    expect([...data.subarray(0, 2 * ROW)]).toEqual(words.slice(3 * ROW, 5 * ROW))
    expect(busy.control).toBe(setupCycles + cycles + 1) // HALT
    expect(busy.waiting).toBe(1000 - busy.control)
  })
})
