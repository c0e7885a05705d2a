import { describe, expect, it } from 'vitest'
import { floats, machine } from './machine.js'

/** Data SRAM full of 0.1, none of whose bytes is 0, so that a word, a byte or a product too many shows. */
const WORDS = 512
const FILLED = floats(0, ...Array.from({ length: WORDS }, () => 0.1))

function run(program: string) {
  const chip = machine([{ program: `${program}\nHALT`, data: [FILLED] }])
  const before = chip.cores[0]!.data.slice(0, WORDS)
  chip.runPrograms()
  const { data, floatData } = chip.cores[0]!
  const changed = [...before.keys()].filter((at) => data[at] !== before[at])
  return { changed, data, floatData, before }
}
const range = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, at) => first + at)

describe('vector instructions change the words of their destination and no others', () => {
  it.each([
    ['VCLR 100, 8', 100, 108], ['VADD 100, 200, 8', 100, 108], ['VMUL 100, 200, 8', 100, 108], ['LI r1, 2.0\nVSCL 100, 8, r1, r0', 100, 108],
    ['LI r1, 2.0\nLI r2, 5\nVSCL 100, 8, r1, r2', 100, 105],
    ['LI r1, 2\nLI r2, 127\nKVW 100, 200, 8, r1, r2', 106, 109], // row 2 of rows of a scale and two words
    ['LI r1, 3\nLI r2, 400\nQKD 300, 100, 8, r1, r2', 300, 303],
  ])('%s', (program, first, end) => {
    expect(run(program).changed).toEqual(range(first, end))
  })

  it('VCOPY', () => {
    const { changed, data } = run('VCLR 200, 20\nVCOPY 100, 202, 8')
    expect(changed).toEqual([...range(100, 108), ...range(200, 220)])
    expect([...data.subarray(100, 108)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('KVW leaves the bytes behind a head that fills no word', () => {
    const { data } = run('LI r1, 0\nLI r2, 127\nKVW 100, 200, 6, r1, r2')
    expect((data[102]! >>> 16) & 0xffff).toBe(0x3dcc)
    expect(data[102]! & 0xffff).toBe(0x7f7f)
  })

  it('QKD multiplies a head\'s integers and nothing behind them', () => {
    const { data, floatData } = run('LI r1, 1\nLI r2, 400\nQKD 300, 100, 8, r1, r2')
    const query = data[400]! // of every element, 0.1's bits
    const perWord = -0x33 - 0x34 - 0x34 + 0x3d // its bytes cd, cc, cc, 3d, signed
    expect(floatData[300]).toBe(Math.fround(query * 2 * perWord * Math.fround(0.1)))
  })
})
