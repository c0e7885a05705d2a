import { describe, expect, it } from 'vitest'
import { INSTRUCTIONS } from '../../../isa/index.js'
import type { Actions } from '../../../isa/index.js'
import type { DataSegment } from '../../../sim/image.js'
import { Random } from '../../../sim/random.js'
import { countsOf, floats, ints, machine, recorder } from './machine.js'

const f = Math.fround
const random = new Random(7)
const normal = (n: number): number[] => Array.from({ length: n }, () => f(random.normal()))

/** Runs `setup`, then one instruction under tag 1, then HALT, on one core. */
function run(instruction: string, setup = '', data: DataSegment[] = [], core = {}) {
  const chip = machine([{ program: `${setup}\n${instruction}\nHALT`, data, tag: (at, length) => (at === length - 2 ? 1 : 0) }], { core })
  const { sink, rows } = recorder()
  chip.traceTo(sink)
  chip.runPrograms()
  const { start, end } = rows.at(-2)!
  return { core: chip.cores[0]!, counts: countsOf(chip, 1), cycles: end - start }
}

/** How much work an instruction did, as the table counts it. */
interface Size { n?: number; rows?: number; quads?: number; len?: number; events?: number; slots?: number }

/** Cycles and counts that the table states for an amount of work, added up here from its row. */
function stated(mnemonic: string, { n = 0, rows = 0, quads = 0, len = 0, slots = n }: Size, lanes: number) {
  const row = INSTRUCTIONS.find((candidate) => candidate.mnemonic === mnemonic)!
  const counts: Record<string, number> = { instruction: 1 }
  const book = (actions: Actions, times: number): void => {
    for (const [action, each] of Object.entries(actions)) if (each * times !== 0) counts[action] = (counts[action] ?? 0) + each * times
  }
  book(row.fixed, 1)
  book(row.perElement, n)
  book(row.perRow, rows)
  book(row.perQuad, quads)
  book(row.perLen, len)
  // Ports of data SRAM: 4 banks of 8 words, beside which the cycle of issue stands, but for scalars.
  const words = (counts['dataWordRead'] ?? 0) + (counts['dataWordWrite'] ?? 0)
  const issue = row.unit === 'scalar' ? 0 : 1
  return { counts, cycles: Math.max(1 + row.fixedCycles + Math.ceil(slots / lanes) * row.passes, issue + Math.ceil(Math.ceil(words / 8) / 4)) }
}

describe('scalar instructions', () => {
  const cases: [string, string, number][] = [
    ['LI r3, -7', '', -7],
    ['ADDI r3, r1, 1', 'LI r1, 0x7fffffff', -2147483648],
    ['ADD r3, r1, r2', 'LI r1, 0x7fffffff\nLI r2, 2', -2147483647],
    ['SUB r3, r1, r2', 'LI r1, -2147483648\nLI r2, 1', 2147483647],
    ['MUL r3, r1, r2', 'LI r1, 65537\nLI r2, 65537', 131073],
  ]
  it.each(cases)('%s after %j gives %d', (instruction, setup, expected) => {
    const { core, counts, cycles } = run(instruction, setup)
    expect(core.registers[3]).toBe(expected)
    expect({ counts, cycles }).toEqual(stated(instruction.split(' ')[0]!, {}, 1))
  })

  const reals: [string, number, number, number][] = [
    ['FMUL r3, r1, r2', 1.1, 3.3, f(f(1.1) * f(3.3))], ['FDIV r3, r1, r2', 1, 3, f(1 / 3)],
    ['FMAX r3, r1, r2', -2, -3, -2], ['FMAX r3, r1, r2', 0.5, 0.25, 0.5],
  ]
  it.each(reals)('%s of %d and %d gives the rounded float', (instruction, a, b, expected) => {
    const { core, counts, cycles } = run(instruction, `LI r1, ${a.toFixed(3)}\nLI r2, ${b.toFixed(3)}`)
    expect(core.floatRegisters[3]).toBe(expected)
    expect({ counts, cycles }).toEqual(stated(instruction.split(' ')[0]!, {}, 1))
  })

  it('LD and ST add a register to their base', () => {
    const load = run('LD r3, 10, r1', 'LI r1, 5', [ints(15, 99)])
    expect(load.core.registers[3]).toBe(99)
    expect({ counts: load.counts, cycles: load.cycles }).toEqual(stated('LD', {}, 1))
    const store = run('ST r2, 10, r1', 'LI r1, -3\nLI r2, 77')
    expect(store.core.data[7]).toBe(77)
    expect({ counts: store.counts, cycles: store.cycles }).toEqual(stated('ST', {}, 1))
  })

  it('writes to r0 are lost', () => {
    expect(run('LI r0, 5').core.registers[0]).toBe(0)
  })

  it('LOOP runs its body as often as its register says', () => {
    const chip = machine([{ program: 'LI r1, 5\nagain: ADDI r2, r2, 3\nLOOP r1, again\nHALT' }])
    chip.runPrograms()
    expect(chip.cores[0]!.registers[2]).toBe(15)
    expect(chip.cores[0]!.haltedAtCycle).toBe(1 + 1 + 5 * 2)
  })

  const branches: [string, number, number, boolean][] = [
    ['BEQ', 4, 4, true], ['BEQ', 4, 5, false], ['BNE', 4, 5, true], ['BNE', 4, 4, false],
    ['BLT', -1, 0, true], ['BLT', 0, 0, false], ['BGE', 0, 0, true], ['BGE', -1, 0, false],
  ]
  it.each(branches)('%s %d, %d: taken %s', (mnemonic, a, b, taken) => {
    const chip = machine([{ program: `LI r1, ${a}\nLI r2, ${b}\n${mnemonic} r1, r2, yes\nLI r3, 1\nHALT\nyes: LI r3, 2\nHALT` }])
    chip.runPrograms()
    expect(chip.cores[0]!.registers[3]).toBe(taken ? 2 : 1)
  })

  it('JMP, NOP and HALT cost a cycle each', () => {
    const chip = machine([{ program: 'JMP over\nLI r1, 1\nover: NOP\nHALT' }])
    chip.runPrograms()
    expect(chip.cores[0]!.haltedAtCycle).toBe(3)
    expect(chip.cores[0]!.registers[1]).toBe(0)
    expect(countsOf(chip, 0)).toEqual({ instruction: 3, scalarOp: 1 })
  })
})

describe('vector instructions', () => {
  const n = 37 // not a multiple of the 16 vector lanes
  const x = normal(n)
  const y = normal(n)
  const lanes = 16
  const both = [floats(0, ...x), floats(100, ...y)]
  const at = (core: { floatData: Float32Array }, first: number) => [...core.floatData.subarray(first, first + n)]

  it('VCOPY copies words', () => {
    const { core, counts, cycles } = run(`VCOPY 200, 0, ${n}`, '', both)
    expect(at(core, 200)).toEqual(x)
    expect({ counts, cycles }).toEqual(stated('VCOPY', { n }, lanes))
  })

  it('VCLR writes zeros, and no further', () => {
    const { core, counts, cycles } = run(`VCLR 0, ${n}`, '', [floats(0, ...x, 7)])
    expect([...core.data.subarray(0, n)]).toEqual(x.map(() => 0))
    expect(core.floatData[n]).toBe(7)
    expect({ counts, cycles }).toEqual(stated('VCLR', { n }, lanes))
  })

  const pairs: [string, (a: number, b: number) => number][] = [['VADD', (a, b) => f(a + b)], ['VMUL', (a, b) => f(a * b)]]
  it.each(pairs)('%s rounds each result to 32 bits', (mnemonic, result) => {
    const { core, counts, cycles } = run(`${mnemonic} 0, 100, ${n}`, '', both)
    expect(at(core, 0)).toEqual(x.map((value, i) => result(value, y[i]!)))
    expect({ counts, cycles }).toEqual(stated(mnemonic, { n }, lanes))
  })

  it('VSCL takes its length from a register, unless that is r0', () => {
    const whole = run(`VSCL 0, ${n}, r1, r0`, 'LI r1, 0.3', both)
    expect(at(whole.core, 0)).toEqual(x.map((value) => f(value * f(0.3))))
    expect({ counts: whole.counts, cycles: whole.cycles }).toEqual(stated('VSCL', { n }, lanes))
    const part = run('VSCL 0, 0, r1, r2', 'LI r1, 0.3\nLI r2, 20', both)
    expect(at(part.core, 0)).toEqual(x.map((value, i) => (i < 20 ? f(value * f(0.3)) : value)))
    expect({ counts: part.counts, cycles: part.cycles }).toEqual(stated('VSCL', { n: 20 }, lanes))
  })

  it('RMSN sums squares as integers of 2^-24', () => {
    const { core, counts, cycles } = run(`RMSN 200, 0, ${n}, r1`, 'LI r1, 1e-5', both)
    const sum = x.reduce((total, value) => total + Math.floor(value * value * 2 ** 24 + 0.5), 0)
    const r = f(1 / Math.sqrt(f(f(sum / 2 ** 24 / n) + f(1e-5))))
    expect(at(core, 200)).toEqual(x.map((value) => f(value * r)))
    expect({ counts, cycles }).toEqual(stated('RMSN', { n }, lanes))
  })

  it('DEQ scales integers and clears them', () => {
    const sums = Array.from({ length: n }, () => random.below(2001) - 1000)
    const { core, counts, cycles } = run(`DEQ 200, 0, ${n}, r1`, 'LI r1, 0.037', [ints(0, ...sums)])
    expect(at(core, 200)).toEqual(sums.map((sum) => f(sum * f(0.037))))
    expect([...core.data.subarray(0, n)]).toEqual(sums.map(() => 0))
    expect({ counts, cycles }).toEqual(stated('DEQ', { n }, lanes))
  })

  it('SILU gates', () => {
    const { core, counts, cycles } = run(`SILU 0, 100, ${n}`, '', both)
    at(core, 0).forEach((value, i) => expect(value).toBeCloseTo((x[i]! / (1 + Math.exp(-x[i]!))) * y[i]!, 6))
    expect({ counts, cycles }).toEqual(stated('SILU', { n }, lanes))
  })

  it('GELU gates, in its tanh form', () => {
    const { core, counts, cycles } = run(`GELU 0, 100, ${n}`, '', both)
    const gelu = (g: number): number => 0.5 * g * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g ** 3)))
    at(core, 0).forEach((value, i) => expect(value).toBeCloseTo(gelu(x[i]!) * y[i]!, 6))
    expect({ counts, cycles }).toEqual(stated('GELU', { n }, lanes))
  })

  it('VTOP moves the largest, the first of equals, and adds it up', () => {
    const { core, counts, cycles } = run('VTOP 100, 0, 4, r1', 'LI r1, 0.5', [floats(0, 0.25, 0.75, 0.75, 0)])
    expect(at(core, 0).slice(0, 4)).toEqual([0.25, -1, 0.75, 0])
    expect(at(core, 100).slice(0, 4)).toEqual([0, 0.75, 0, 0])
    expect(core.floatRegisters[1]).toBe(1.25)
    expect({ counts, cycles }).toEqual(stated('VTOP', { n: 4 }, lanes))
  })

  it('AMAX finds the largest magnitude, 0 when silent', () => {
    const { core, counts, cycles } = run(`AMAX r3, 0, ${n}`, '', both)
    expect(core.floatRegisters[3]).toBe(Math.max(...x.map(Math.abs)))
    expect({ counts, cycles }).toEqual(stated('AMAX', { n }, lanes))
    expect(run('AMAX r3, 0, 8').core.floatRegisters[3]).toBe(0)
  })

  it('QNT gives the spike count of each activation', () => {
    const { core, counts, cycles } = run(`QNT 200, 0, ${n}, r1, r2`, 'LI r1, 0.25\nLI r2, 7', both)
    const inverse = f(1 / f(0.25))
    expect([...core.data.subarray(200, 200 + n)]).toEqual(x.map((value) => {
      const q = Math.min(7, Math.floor(f(Math.abs(value) * inverse) + 0.5))
      return value < 0 && q > 0 ? -q : q
    }))
    expect({ counts, cycles }).toEqual(stated('QNT', { n }, lanes))
  })

  it('QNT with scale 0 is silent', () => {
    expect([...run(`QNT 0, 0, ${n}, r1, r2`, 'LI r1, 0\nLI r2, 7', both).core.data.subarray(0, n)]).toEqual(x.map(() => 0))
  })

  it('ROPE turns pairs by position * step', () => {
    const headDim = 8
    const theta = [1, 0.1, 0.01, 0.001]
    const steps = theta.map((angle) => Math.round((angle / (2 * Math.PI)) * 2 ** 32) | 0)
    const heads = normal(2 * headDim)
    const position = 11
    const { core, counts, cycles } = run('ROPE 0, 100, 16, r1, r2', `LI r1, ${position}\nLI r2, ${headDim}`, [floats(0, ...heads), ints(100, ...steps)])
    for (let pair = 0; pair < headDim; pair++) {
      const angle = position * theta[pair % 4]!
      const [a, b] = [heads[2 * pair]!, heads[2 * pair + 1]!]
      expect(Math.abs(core.floatData[2 * pair]! - (a * Math.cos(angle) - b * Math.sin(angle)))).toBeLessThan(1e-6)
      expect(Math.abs(core.floatData[2 * pair + 1]! - (a * Math.sin(angle) + b * Math.cos(angle)))).toBeLessThan(1e-6)
    }
    expect({ counts, cycles }).toEqual(stated('ROPE', { n: 16 }, lanes))
  })
})

describe('attention instructions', () => {
  const d = 6 // a row has 1 + 2 words, the last one half full
  const rowWords = 3
  const positions = 5
  const limit = 127
  const keys = Array.from({ length: positions }, () => normal(d))
  const cache = 400
  const write = keys.map((_, p) => `LI r1, ${p}\nKVW ${cache}, ${p * 8}, ${d}, r1, r2`).join('\n')
  const vectors = keys.map((key, p) => floats(p * 8, ...key))
  const prepare = `LI r2, ${limit}\n${write}`

  /** The cache by brute force: scale and integers of each row. */
  const rows = keys.map((key) => {
    const scale = f(Math.max(...key.map(Math.abs)) / limit)
    const inverse = f(1 / scale)
    return { scale, q: key.map((value) => Math.sign(value) * Math.min(limit, Math.floor(f(Math.abs(value) * inverse) + 0.5))) }
  })
  const query = [3, -2, 0, 7, -1, 4]
  const querySpikes = 17
  const adderLanes = 4

  it('KVW writes a scale and packed integers', () => {
    const { core, counts, cycles } = run(`KVW ${cache}, 16, ${d}, r1, r2`, 'LI r1, 2\nLI r2, 127', vectors)
    const at = cache + 2 * rowWords
    expect(core.floatData[at]).toBe(rows[2]!.scale)
    expect([...core.byteData.subarray(4 * (at + 1), 4 * (at + 1) + d)]).toEqual(rows[2]!.q)
    expect({ counts, cycles }).toEqual(stated('KVW', { n: d, rows: 1, quads: 2, len: d }, 16))
  })

  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  const scores = rows.map(({ scale, q }) => f(dot(query, q) * scale))

  it.each(['QKD', 'QKS'] as const)('%s scores every position', (mnemonic) => {
    const { core, counts, cycles } = run(
      `${mnemonic} 300, ${cache}, ${d}, r3, r4`, `${prepare}\nLI r3, ${positions}\nLI r4, 200`, [...vectors, ints(200, ...query)], { lanes: adderLanes },
    )
    expect([...core.floatData.subarray(300, 300 + positions)]).toEqual(scores)
    const size = { rows: positions, quads: 2 * positions, len: d }
    expect({ counts, cycles }).toEqual(mnemonic === 'QKD'
      ? stated('QKD', { ...size, n: positions * d }, adderLanes)
      : stated('QKS', { ...size, n: querySpikes * positions, slots: querySpikes * 2 * adderLanes }, adderLanes))
  })

  it('SMAX leaves exponentials and their sum', () => {
    const { core, counts, cycles } = run('SMAX 300, r1, r3', `LI r1, ${positions}`, [floats(300, ...scores)])
    const max = Math.max(...scores)
    const exponentials = scores.map((score) => Math.exp(score - max))
    exponentials.forEach((value, p) => expect(Math.abs(core.floatData[300 + p]! - value)).toBeLessThan(1e-6))
    const total = [...core.floatData.subarray(300, 300 + positions)].reduce((sum, e) => sum + Math.floor(e * 2 ** 24 + 0.5), 0)
    expect(core.floatRegisters[3]).toBe(f(total / 2 ** 24))
    expect({ counts, cycles }).toEqual(stated('SMAX', { n: positions }, 16))
  })

  const exponentials = [1, 0.5, 0.001, 0.25, 0.125].map(f)
  const u = exponentials.map((e, p) => f(e * rows[p]!.scale))
  const most = Math.max(...u)
  const weights = u.map((value) => Math.min(255, Math.floor(f(value * f(255 / most)) + 0.5)))

  it('PWQ folds each row\'s scale into an integer weight', () => {
    const { core, counts, cycles } = run(
      `PWQ 320, ${cache}, ${d}, r3, r4`, `${prepare}\nLI r3, ${positions}\nLI r4, 300`, [...vectors, floats(300, ...exponentials)],
    )
    expect([...core.data.subarray(320, 320 + positions)]).toEqual(weights)
    expect(core.floatRegisters[4]).toBe(f(most / 255))
    expect({ counts, cycles }).toEqual(stated('PWQ', { n: positions }, 16))
  })

  it.each(['PVD', 'PVS'] as const)('%s mixes the values', (mnemonic) => {
    const { core, counts, cycles } = run(
      `${mnemonic} 340, ${cache}, ${d}, r3, r4`, `${prepare}\nLI r3, ${positions}\nLI r4, 320`, [...vectors, ints(320, ...weights)], { lanes: adderLanes },
    )
    const expected = Array.from({ length: d }, (_, j) => weights.reduce((sum, weight, p) => sum + weight * rows[p]!.q[j]!, 0))
    expect([...core.data.subarray(340, 340 + d)]).toEqual(expected)
    const spikes = weights.reduce((a, b) => a + b, 0)
    const size = { rows: positions, quads: 2 * positions, len: d }
    expect({ counts, cycles }).toEqual(mnemonic === 'PVD'
      ? stated('PVD', { ...size, n: positions * d, slots: positions * 2 * adderLanes }, adderLanes)
      : stated('PVS', { ...size, n: spikes * d, slots: spikes * 2 * adderLanes }, adderLanes))
  })
})
