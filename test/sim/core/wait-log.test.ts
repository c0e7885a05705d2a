import { describe, expect, it } from 'vitest'
import type { Arrival } from '../../../sim/core/arrival.js'
import { WAIT_REASONS, WaitLog } from '../../../sim/core/waits.js'

const reason = (name: (typeof WAIT_REASONS)[number]): number => WAIT_REASONS.indexOf(name)

describe('what a core waited', () => {
  it('is summed by reason, culprit and tag, the longest first, and what is left it had nothing to do', () => {
    const log = new WaitLog()
    log.note(reason('spikes'), 4, 7, 10)
    log.note(reason('spikes'), 4, 8, 5)
    log.note(reason('memory'), -1, -1, 30)
    log.note(reason('spikes'), 4, 7, 15)
    log.note(reason('words'), 0, 65534, 1)
    expect(log.rows(100)).toEqual([
      { reason: 'nothing to do', cycles: 39, culpritCore: -1, culpritTag: -1 },
      { reason: 'memory', cycles: 30, culpritCore: -1, culpritTag: -1 },
      { reason: 'spikes', cycles: 25, culpritCore: 4, culpritTag: 7 },
      { reason: 'spikes', cycles: 5, culpritCore: 4, culpritTag: 8 },
      { reason: 'words', cycles: 1, culpritCore: 0, culpritTag: 65534 },
    ])
    expect([log.waitedFor(reason('spikes')), log.waitedFor(reason('memory')), log.waitedFor(reason('barrier'))]).toEqual([30, 30, 0])
  })

  it('has no row of nothing to do where all is accounted for', () => {
    const log = new WaitLog()
    log.note(reason('barrier'), -1, -1, 8)
    expect(log.rows(8)).toEqual([{ reason: 'barrier', cycles: 8, culpritCore: -1, culpritTag: -1 }])
    expect(new WaitLog().rows(0)).toEqual([])
  })

  it('that ended behind the run is cut off, from the row that began last', () => {
    const log = new WaitLog()
    log.note(reason('spikes'), 1, 1, 10)
    log.note(reason('words'), 2, 2, 4)
    expect(log.rows(11)).toEqual([
      { reason: 'spikes', cycles: 10, culpritCore: 1, culpritTag: 1 }, { reason: 'words', cycles: 1, culpritCore: 2, culpritTag: 2 },
    ])
    expect(log.rows(8)).toEqual([{ reason: 'spikes', cycles: 8, culpritCore: 1, culpritTag: 1 }])
    expect(log.rows(10)).toEqual([{ reason: 'spikes', cycles: 10, culpritCore: 1, culpritTag: 1 }])
  })

  it('keeps the last arrivals: of 16,384 the older half goes', () => {
    const log = new WaitLog()
    for (let at = 0; at < 16384; at++) log.arrived({ at } as unknown as Arrival)
    expect(log.arrivals).toHaveLength(16384)
    log.arrived({ at: 16384 } as unknown as Arrival)
    expect(log.arrivals).toHaveLength(8193)
    expect(log.arrivals[0]).toEqual({ at: 8192 })
    expect(log.arrivals.at(-1)).toEqual({ at: 16384 })
  })
})
