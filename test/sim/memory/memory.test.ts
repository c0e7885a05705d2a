import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Channel } from '../../../sim/memory/channel.js'
import { channelsOf, Memory } from '../../../sim/memory/memory.js'
import { CHANNEL_TIMINGS, type DramKind } from '../../../sim/memory/timings.js'
import { Random } from '../../../sim/random.js'

const KINDS = ['hbm3', 'lpddr5', 'ddr4'] as const

/** Per cent of a channel's peak for random runs of so many bytes; a run longer than a page goes on in the next bank. */
function efficiency(kind: DramKind, runBytes: number, window = 64): number {
  const t = CHANNEL_TIMINGS[kind]
  const channel = new Channel(t, window)
  const random = new Random(7)
  let end = 0
  const runs = 8000
  for (let i = 0; i < runs; i++) {
    const [row, bank] = [random.below(1000), random.below(t.banks)]
    for (let at = 0; at < runBytes; at += t.pageBytes) {
      const bytes = Math.min(t.pageBytes, runBytes - at)
      end = Math.max(end, channel.serve(0, (bank + at / t.pageBytes) % t.banks, row, bytes / t.burstBytes))
    }
  }
  return (100 * runs * runBytes) / end / t.gigabytesPerSecond
}

describe('one access', () => {
  it.each([['hbm3', 33, 49], ['lpddr5', 43, 61], ['ddr4', 30, 44]] as const)(
    '%s: first word of a closed page after %i ns, of a conflict after %i', (kind, closed, conflict) => {
      const t = CHANNEL_TIMINGS[kind]
      const channel = new Channel(t, 64)
      const burstNs = t.burstBytes / t.gigabytesPerSecond
      expect(Math.abs(channel.serve(0, 0, 0, 1) - burstNs - closed)).toBeLessThan(3)
      expect(Math.abs(channel.serve(500, 0, 1, 1) - 500 - burstNs - conflict)).toBeLessThan(3)
      expect(channel.serve(1000, 0, 1, 1) - 1000).toBeCloseTo(t.clNs + burstNs, 8)
      expect([channel.rowMisses, channel.rowConflicts, channel.rowHits]).toEqual([1, 1, 1])
    })
})

describe('closed forms', () => {
  it('one open page is bound by tCCD_L: half of the peak', () => {
    const t = { ...CHANNEL_TIMINGS.hbm3, refiNs: 1e12 }
    const channel = new Channel(t, 64)
    const end = channel.serve(0, 0, 0, 1000)
    expect((1000 * t.burstBytes) / end / t.gigabytesPerSecond).toBeCloseTo(0.5, 1)
  })

  it('pages of one burst are bound by four activates in tFAW', () => {
    const t = { ...CHANNEL_TIMINGS.hbm3, refiNs: 1e12 }
    const channel = new Channel(t, 256)
    let end = 0
    for (let i = 0; i < 4000; i++) end = Math.max(end, channel.serve(0, i % 16, i, 1))
    expect(4000 / end / (4 / t.fawNs)).toBeGreaterThan(0.97)
    expect(4000 / end / (4 / t.fawNs)).toBeLessThanOrEqual(1.001)
  })

  it('one bank is bound by tRAS + tRP for every page', () => {
    const t = { ...CHANNEL_TIMINGS.lpddr5, refiNs: 1e12 }
    const channel = new Channel(t, 64)
    let end = 0
    for (let i = 0; i < 500; i++) end = channel.serve(0, 3, i, 1)
    expect(end / 500).toBeGreaterThanOrEqual(t.rasNs + t.rpNs - 1)
  })

  it('refresh takes tRFC of every tREFI', () => {
    for (const kind of KINDS) {
      const t = CHANNEL_TIMINGS[kind]
      const run = (refiNs: number): number => {
        const channel = new Channel({ ...t, refiNs }, 64)
        let end = 0
        for (let i = 0; i < 20_000; i++) end = Math.max(end, channel.serve(0, i % t.banks, Math.floor(i / t.banks), 8))
        return end
      }
      expect(run(1e12) / run(t.refiNs)).toBeCloseTo(1 - t.rfcNs / (t.refiNs), 1)
    }
  })
})

describe('random runs against a command-level model (first ready, first served, 64 bursts in its window)', () => {
  const EXPECTED: Readonly<Record<DramKind, Readonly<Record<number, number>>>> = {
    hbm3: { 32: 30, 64: 60, 128: 90, 256: 90, 1024: 82, 2048: 82 },
    lpddr5: { 32: 46, 64: 82, 128: 91, 256: 91, 1024: 86, 2048: 77 },
    ddr4: { 64: 43, 128: 88, 256: 95, 1024: 94, 2048: 90 },
  }
  for (const kind of KINDS) {
    it.each(Object.entries(EXPECTED[kind]))(`${kind}, runs of %s bytes: %i %% of peak, within a seventh`, (bytes, percent) => {
      expect(Math.abs(efficiency(kind, Number(bytes)) / percent - 1)).toBeLessThan(1 / 7)
    })
  }
})

describe('a stack of channels', () => {
  it('has as many as its bandwidth asks for', () => {
    expect(channelsOf('hbm3', 819).channels).toBe(32)
    expect(channelsOf('lpddr5', 51.2)).toMatchObject({ channels: 4, timings: { gigabytesPerSecond: 12.8 } })
    expect(channelsOf('lpddr5', 20).timings.gigabytesPerSecond).toBe(10)
  })

  const stack = (interleaveBytes: number) => new Memory({ kind: 'hbm3', gigabytesPerSecond: 819.2, interleaveBytes, windowBursts: 64, latencyNs: 100 })

  it.each([[64, 64, 60, 1], [256, 64, 60, 4], [256, 256, 90, 1], [2048, 64, 60, 32], [2048, 256, 90, 8], [2048, 2048, 82, 2]])(
    'random rows of %i bytes interleaved by %i come to about %i per cent of peak, with %i pages a row', (row, interleave, percent, activates) => {
      const memory = stack(interleave)
      const random = new Random(3)
      let end = 0
      const rows = Math.floor(8_000_000 / row)
      for (let i = 0; i < rows; i++) end = Math.max(end, memory.transfer(0, random.below(2 ** 27) * row, row))
      const { bytes, activates: opened, rowHits } = memory.counts()
      expect(bytes).toBe(rows * row)
      expect((opened + rowHits) / rows).toBeGreaterThanOrEqual(activates)
      expect(opened / rows).toBeGreaterThan(0.9 * activates)
      const reached = (100 * bytes) / end / 819.2
      expect(reached).toBeGreaterThan(percent * 0.8)
      expect(reached).toBeLessThan(percent * 1.15)
    })

  it('answers a lone request after its latency, and never moves more than its pins carry', () => {
    const memory = stack(256)
    expect(memory.transfer(0, 0, 32)).toBeCloseTo(100 + 1.25, 6)
    fc.assert(fc.property(
      fc.array(fc.tuple(fc.nat(1e6), fc.integer({ min: 1, max: 5000 }), fc.nat(2000)), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(...KINDS), fc.constantFrom(64, 256, 2048), (requests, kind, interleaveBytes) => {
        const drawn = new Memory({ kind, gigabytesPerSecond: 25.6, interleaveBytes, windowBursts: 64, latencyNs: 80 })
        let now = 0
        let end = 0
        for (const [address, bytes, wait] of requests) {
          now += wait / 10
          const done = drawn.transfer(now, address * 32, bytes)
          expect(done).toBeGreaterThanOrEqual(now + 80 - 1e-9 - 45)
          end = Math.max(end, done)
        }
        const { bytes, busyNs } = drawn.counts()
        expect(bytes / end).toBeLessThanOrEqual(25.6 + 1e-9)
        expect(busyNs / drawn.channels.length).toBeLessThanOrEqual(end)
      }), { numRuns: 60 })
  })
})
