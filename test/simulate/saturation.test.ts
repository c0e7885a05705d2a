import { describe, expect, it } from 'vitest'
import { quantizeModel } from '../../programs/quantize/index.js'
import { completeChip } from '../../sim/config/load-chip.js'
import { simulateByLayer } from '../../simulate/by-layer.js'
import { simulate } from '../../simulate/simulate.js'
import { tinyModel } from '../support/tiny-model.js'

const model = quantizeModel(tinyModel(3))
const chip = (accumulatorBits: number, overflow: 'trap' | 'saturate', more: object = {}) => completeChip({ core: { accumulatorBits, overflow, ...more } })

describe('accumulators that saturate', () => {
  for (const encoding of ['ternary', 'binary', 'bitwise', 'graded', 'dense'] as const) {
    it(`${encoding}: the reference saturates too, and it is counted`, () => {
      const encoded = quantizeModel(tinyModel(3), { encoding })
      const result = simulate({ model: encoded, chip: chip(8, 'saturate'), prompt: 'ab', tokens: 3 })
      expect(result.verification.bitExact).toBe(true)
      expect(result.activity.saturatedSums).toBeGreaterThan(0)
      expect(simulate({ model: encoded, chip: chip(24, 'saturate'), prompt: 'ab', tokens: 3 }).activity.saturatedSums).toBe(0)
    })
  }

  it('of several input slices, over several virtual channels and random routes, layer by layer: bit-exact', async () => {
    const narrow = completeChip({
      grid: { columns: 3, rows: 3 }, core: { accumulatorBits: 8, overflow: 'saturate', weightSramKiB: 0.5 }, dram: { kind: 'hbm3' },
      network: { virtualChannels: 4, routing: 'o1turn', eventsPerPacket: 1 },
    })
    const whole = simulate({ model, chip: narrow, prompt: 'ab', tokens: 3, batch: 2 })
    expect(whole.verification.bitExact).toBe(true)
    expect((await simulateByLayer({ model, chip: chip(8, 'saturate'), prompt: 'ab', tokens: 2 })).verification.bitExact).toBe(true)
  })

  it('say nothing where they trap', () => {
    expect(simulate({ model, chip: chip(24, 'trap'), prompt: 'a', tokens: 1 }).activity).not.toHaveProperty('saturatedSums')
  })
})
