import { describe, expect, it } from 'vitest'
import { SpikeReplayer, SpikeSampler } from '../../../sim/core/sampler.js'

const drawn = (sampler: SpikeSampler, length: number, tag: number, limit: number): number[] => {
  const counts = new Int32Array(length)
  sampler.fill(counts, 0, length, tag, limit)
  return [...counts]
}

describe('spike counts that are drawn', () => {
  // Tag 1: 0 with 0.5, 1 with 0.3, 2 with 0.2.
  const draws = { seed: 7, cumulative: [new Float64Array(0), Float64Array.of(0.5, 0.8, 1), Float64Array.of(0, 1)] }

  it('have the shares of their distribution, and either sign as often', () => {
    const counts = drawn(new SpikeSampler(draws, 0), 40_000, 1, 7)
    const share = (count: number): number => counts.filter((value) => Math.abs(value) === count).length / counts.length
    // Four standard deviations of a share are at most 0.01 in 40,000 draws.
    expect(Math.abs(share(0) - 0.5)).toBeLessThan(0.01)
    expect(Math.abs(share(1) - 0.3)).toBeLessThan(0.01)
    expect(Math.abs(share(2) - 0.2)).toBeLessThan(0.01)
    const fired = counts.filter((value) => value !== 0)
    expect(Math.abs(fired.filter((value) => value > 0).length / fired.length - 0.5)).toBeLessThan(0.015)
  })

  it('are certain where the distribution is, and none larger than the limit', () => {
    expect(new Set(drawn(new SpikeSampler(draws, 0), 200, 2, 7).map(Math.abs))).toEqual(new Set([1]))
    expect(Math.max(...drawn(new SpikeSampler(draws, 0), 2000, 1, 1).map(Math.abs))).toBe(1)
    expect(drawn(new SpikeSampler(draws, 0), 50, 1, 0).every((count) => count === 0)).toBe(true)
  })

  it('fill what is asked for, differ from core to core and by seed, and are the same again', () => {
    const counts = new Int32Array(10).fill(99)
    new SpikeSampler(draws, 0).fill(counts, 3, 4, 2, 7)
    expect([...counts].map((count) => Math.abs(count))).toEqual([99, 99, 99, 1, 1, 1, 1, 99, 99, 99])
    const of = (core: number, seed = 7): string => drawn(new SpikeSampler({ ...draws, seed }, core), 50, 1, 7).join()
    expect(of(0)).toBe(of(0))
    expect(of(1)).not.toBe(of(0))
    expect(of(0, 8)).not.toBe(of(0))
  })

  it('cover the tags that have a distribution', () => {
    const sampler = new SpikeSampler(draws, 0)
    expect([0, 1, 2].map((tag) => sampler.covers(tag))).toEqual([false, true, true])
  })
})

describe('spike counts of a recording', () => {
  const replay = { counts: [undefined, Int8Array.of(1, -2, 3, -4, 5), Int8Array.of(7, -7)] }

  it('come in their order, one train after the other, by tag', () => {
    const replayer = new SpikeReplayer(replay)
    expect([0, 1, 2].map((tag) => replayer.covers(tag))).toEqual([false, true, true])
    const counts = new Int32Array(6)
    replayer.fill(counts, 1, 2, 1, 7)
    expect([...counts]).toEqual([0, 1, -2, 0, 0, 0])
    replayer.fill(counts, 0, 2, 2, 7)
    replayer.fill(counts, 3, 3, 1, 7)
    expect([...counts]).toEqual([7, -7, -2, 3, -4, 5])
  })

  it('end with an error that says where, and hold nothing the encoder cannot make', () => {
    const counts = new Int32Array(9)
    expect(() => new SpikeReplayer(replay).fill(counts, 0, 6, 1, 7)).toThrow('the recorded spikes of tag 1 end at count 5')
    const late = new SpikeReplayer(replay)
    late.fill(counts, 0, 3, 1, 7)
    expect(() => late.fill(counts, 0, 3, 1, 7)).toThrow('end at count 5')
    expect(() => new SpikeReplayer(replay).fill(counts, 0, 2, 2, 6)).toThrow('a recorded count is 7, the encoder\'s limit is 6')
    const negative = { counts: [Int8Array.of(-7)] }
    expect(() => new SpikeReplayer(negative).fill(counts, 0, 1, 0, 6)).toThrow('a recorded count is -7')
    expect(() => new SpikeReplayer(negative).fill(counts, 0, 1, 0, 7)).not.toThrow()
  })
})
