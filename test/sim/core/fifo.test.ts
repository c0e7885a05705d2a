import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventStretch, SpikeFifo } from '../../../sim/core/fifo.js'

/** A flit's payload behind a few words that are not its own. */
const payloadOf = (events: readonly (readonly [number, number])[]): Int32Array => Int32Array.from([99, 99, 99, ...events.flat(), 99, 99])
const push = (fifo: SpikeFifo, events: readonly (readonly [number, number])[]): boolean => fifo.pushFlit(payloadOf(events), 3, events.length)

describe('the spike FIFO', () => {
  it('hands out events in their order, whatever the flits, and says which flits it holds', () => {
    const flit = fc.array(fc.tuple(fc.nat(500), fc.integer({ min: -7, max: 7 })), { minLength: 1, maxLength: 3 })
    const setting = fc.record({ capacity: fc.integer({ min: 1, max: 7 }), bufferFlits: fc.integer({ min: 1, max: 4 }) })
    fc.assert(fc.property(setting, fc.array(fc.oneof(flit, fc.integer({ min: 1, max: 4 })), { maxLength: 60 }), ({ capacity, bufferFlits }, steps) => {
      const fifo = new SpikeFifo(capacity, bufferFlits, 3)
      const events: (readonly [number, number])[] = []
      const held: number[] = [] // events of each flit that holds its place in the buffer
      for (const step of steps) {
        if (typeof step === 'number') {
          const count = Math.min(step, events.length)
          fifo.pop(count)
          events.splice(0, count)
        } else if (held.length < bufferFlits) { // else the network has no credit to send it
          const isFree = push(fifo, step)
          events.push(...step)
          expect(isFree).toBe(events.length <= capacity)
          if (!isFree) held.push(step.length)
        }
        // The oldest held flit is free once all behind it is all that does not fit.
        const waitingBehind = held.slice(1).reduce((sum, count) => sum + count, 0)
        expect(fifo.eventsToRelease()).toBe(held.length === 0 ? Infinity : events.length - waitingBehind - capacity)
        while (held.length > 0 && events.length - held.slice(1).reduce((sum, count) => sum + count, 0) <= capacity) {
          expect(fifo.freeHeldFlit()).toBe(true)
          held.shift()
        }
        expect(fifo.freeHeldFlit()).toBe(false)
        expect(fifo.count).toBe(events.length)
        if (events.length > 0) expect([fifo.headAxon(), fifo.headLength()]).toEqual(events[0])
        expect(events.map((_, behind) => fifo.axonAt(behind))).toEqual(events.map(([axon]) => axon))
        expect(events.map((_, behind) => fifo.lengths[fifo.placeOf(behind)])).toEqual(events.map(([, length]) => length))
      }
    }))
  })

  it('refuses a flit that came without credit', () => {
    const fifo = new SpikeFifo(2, 1, 3)
    expect(push(fifo, [[1, 1], [2, 1]])).toBe(true)
    expect(push(fifo, [[3, 1], [4, 1], [5, 1]])).toBe(false)
    expect(() => push(fifo, [[6, 1]])).toThrow(/without credit/)
  })

  it('knows when trains are over: markers are there, and what they announced was taken', () => {
    const fifo = new SpikeFifo(8, 1, 3)
    expect(fifo.complete(0)).toBe(true)
    expect(fifo.complete(1)).toBe(false)
    fifo.mark(2)
    expect([fifo.owed, fifo.complete(1)]).toEqual([2, false])
    push(fifo, [[1, 1], [2, 1]])
    fifo.pop(1)
    expect([fifo.owed, fifo.complete(1)]).toEqual([1, false])
    fifo.pop(1)
    expect(fifo.complete(1)).toBe(true)
    expect(fifo.complete(2)).toBe(false)
    fifo.mark(0)
    fifo.mark(5)
    expect(fifo.takeMarkers(2)).toBe(2)
    expect(fifo.markers).toBe(1)
    expect(fifo.takeMarkers(1)).toBe(5)
    expect(fifo.markers).toBe(0)
  })

  it('lets events come before their marker', () => {
    const fifo = new SpikeFifo(8, 1, 3)
    push(fifo, [[1, 1], [2, 1], [3, 1]])
    fifo.pop(3)
    expect(fifo.owed).toBe(-3)
    fifo.mark(3)
    expect(fifo.complete(1)).toBe(true)
  })
})

describe('a stretch of events', () => {
  it('begins empty, and is shortened by what was taken of it', () => {
    const stretch = new EventStretch()
    Object.assign(stretch, { events: 9, operations: 20, magnitude: 30, busy: 40, last: 5, at: 6 })
    const taken = Object.assign(new EventStretch(), { events: 2, operations: 3, magnitude: 4, busy: 5 })
    stretch.shorten(taken)
    expect({ ...stretch }).toEqual({ events: 7, operations: 17, magnitude: 26, busy: 35, last: 5, at: 6 })
    stretch.begin(11)
    expect({ ...stretch }).toEqual({ events: 0, operations: 0, magnitude: 0, busy: 0, last: 11, at: 11 })
  })
})
