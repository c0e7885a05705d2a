import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimingWheel } from '../../../sim/engine/wheel.js'

describe('the timing wheel', () => {
  it.each([1, 32, 33, 3000])('takes events in the order (cycle, component), each once, near and far: %i components', (components) => {
    const delay = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5000 }))
    const push = fc.record({ id: fc.integer({ min: 0, max: components - 1 }), delay, times: fc.integer({ min: 1, max: 3 }) })
    const step = fc.record({ pushes: fc.array(push, { maxLength: 6 }) })
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const wheel = new TimingWheel(components)
      const model = new Map<number, Set<number>>() // components by cycle
      const takeAll = (): void => {
        const next = wheel.nextCycle()
        expect(next).toBe(model.size > 0 ? Math.min(...model.keys()) : -1)
        if (next < 0) return
        wheel.advance(next)
        const taken: number[] = []
        for (let id = wheel.pop(); id >= 0; id = wheel.pop()) taken.push(id)
        expect(taken).toEqual([...model.get(next)!].sort((a, b) => a - b))
        model.delete(next)
        expect(wheel.size > 0).toBe(model.size > 0)
      }
      for (const { pushes } of steps) {
        for (const { id, delay, times } of pushes) {
          const cycle = wheel.now + delay
          model.set(cycle, (model.get(cycle) ?? new Set()).add(id))
          for (let n = 0; n < times; n++) wheel.push(id, cycle)
        }
        takeAll()
      }
      while (wheel.size > 0) takeAll()
      expect(model.size).toBe(0)
    }))
  })

  it('is the same whatever the order of the pushes', () => {
    const pushes = [[5, 7], [3, 7], [40, 7], [3, 2000], [9, 2000], [0, 2]] as const
    const order = (list: typeof pushes[number][]): number[][] => {
      const wheel = new TimingWheel(41)
      for (const [id, cycle] of list) wheel.push(id, cycle)
      const taken: number[][] = []
      for (let next = wheel.nextCycle(); next >= 0; next = wheel.nextCycle()) {
        wheel.advance(next)
        for (let id = wheel.pop(); id >= 0; id = wheel.pop()) taken.push([next, id])
      }
      return taken
    }
    const expected = [[2, 0], [7, 3], [7, 5], [7, 40], [2000, 3], [2000, 9]]
    expect(order([...pushes])).toEqual(expected)
    expect(order([...pushes].reverse())).toEqual(expected)
  })

  it('refuses an event that does not lie in the future', () => {
    const wheel = new TimingWheel(8)
    wheel.push(7, 3)
    wheel.advance(3)
    expect(() => wheel.push(7, 3)).toThrow(/component 7 at cycle 3/)
  })
})
