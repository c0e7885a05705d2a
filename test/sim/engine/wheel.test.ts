import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimingWheel } from '../../../sim/engine/wheel.js'

describe('the timing wheel', () => {
  it('takes events in the order (cycle, push), whatever the mix of near and far', () => {
    const step = fc.record({ delays: fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5000 })), { maxLength: 6 }) })
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const wheel = new TimingWheel()
      const model: { cycle: number; order: number; id: number }[] = []
      let order = 0
      const takeAll = (): void => {
        const next = wheel.nextCycle()
        model.sort((a, b) => a.cycle - b.cycle || a.order - b.order)
        expect(next).toBe(model.length > 0 ? model[0]!.cycle : -1)
        if (next < 0) return
        wheel.advance(next)
        for (let id = wheel.pop(); id >= 0; id = wheel.pop()) {
          const expected = model.shift()!
          expect([next, id]).toEqual([expected.cycle, expected.id])
        }
        expect(model.every((event) => event.cycle > next)).toBe(true)
      }
      for (const { delays } of steps) {
        for (const delay of delays) {
          model.push({ cycle: wheel.now + delay, order, id: order })
          wheel.push(order++, wheel.now + delay)
        }
        takeAll()
      }
      while (wheel.size > 0) takeAll()
      expect(model).toEqual([])
    }))
  })

  it('refuses an event that does not lie in the future', () => {
    const wheel = new TimingWheel()
    wheel.push(7, 3)
    wheel.advance(3)
    expect(() => wheel.push(7, 3)).toThrow(/component 7 at cycle 3/)
  })
})
