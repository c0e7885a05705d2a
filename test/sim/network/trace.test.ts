import { describe, expect, it } from 'vitest'
import { type NetworkConfig, parseTrace, replay } from '../../../sim/network/index.js'

const config: NetworkConfig = {
  columns: 4, rows: 4, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 1, bufferFlits: 8,
  hopCycles: 5, multicast: 'tree',
}
const run = (text: string, more: Partial<NetworkConfig> = {}) =>
  replay({ ...config, ...more }, parseTrace(text, 't.csv'), { seed: 1, file: 't.csv', logPackets: 1000 })

describe('a trace', () => {
  it('creates a packet in its cycle, or after those it depends on', () => {
    const { log, latency } = run(`# three packets in a chain, one on its own
cycle,source,destinations,flits,id,after
100,0,3,1,a,
0,3,0 15,2,b,a
500,15,0,1,c,b a
7,5,5,1,,
`)
    const of = (id: string) => log.find((record) => record.id === id)!
    expect(of('a').created).toBe(100)
    expect(of('a').deliveries).toMatchObject([{ endpoint: 3, cycle: 100 + 5 * 4 + 2, waits: [] }])
    expect(of('b').created).toBe(123)
    expect(of('b').deliveries.map((d) => d.cycle - 123)).toEqual([5 * 4 + 3, 5 * 4 + 3])
    expect(of('c').created).toBe(500)
    expect(of('line 6').deliveries).toMatchObject([{ endpoint: 5, cycle: 7 + 7 }])
    expect(latency.total).toBe(5)
  })

  it.each([
    ['cycle,source,destination,flits\n', "t.csv:1: no trace column 'destination'. Did you mean 'destinations'?"],
    ['cycle,source,flits\n', "t.csv:1: the trace's header line lacks the column 'destinations'"],
    ['cycle,source,destinations,flits\n0,0,1,x\n', "t.csv:2: flits = 'x' is not an integer from 1 to 65535"],
    ['cycle,source,destinations,flits\n0,0,1,4294967297\n', "t.csv:2: flits = '4294967297' is not an integer from 1 to 65535; nearest is 65535"],
    ['cycle,source,destinations,flits\n0,0,1,99999999\n', 'nearest is 65535'],
    ['cycle,source,destinations,flits\n9007199254740993,0,1,1\n', "t.csv:2: cycle = '9007199254740993' is not an integer from 0 to 4503599627370496"],
    ['cycle,source,destinations,flits\n1e3,0,1,1\n', "cycle = '1e3' is not an integer"],
    ['cycle,source,destinations,flits\n0x10,0,1,1\n', "cycle = '0x10' is not an integer"],
    ['cycle,source,destinations,flits\n0,0,4294967296,1\n', "destinations = '4294967296' is not an integer from 0 to 1048576"],
    ['cycle,source,destinations,flits\n', 't.csv: the trace has no packets, only a header line'],
    ['', 't.csv: the trace has no packets'],
    ['cycle,source,destinations,flits\n0,0,1,1,9\n', 't.csv:2: 5 cells, the header has 4'],
    ['cycle,source,destinations,flits,id\n0,0,1,1,a\n0,0,1,1,a\n', "t.csv:3: id 'a' was used in line 2 already"],
    ['cycle,source,destinations,flits,id,after\n0,0,1,1,first,\n0,0,1,1,b,frist\n', "t.csv:3: after names 'frist', which no packet has as its id. Did you mean 'first'?"],
    ['cycle,source,destinations,flits\n0,0,16,1\n', 't.csv:2: network: destination endpoint 16 does not exist'],
    ['cycle,source,destinations,flits,id,after\n0,0,1,1,a,b\n0,0,1,1,b,a\n', "t.csv: packets wait for each other through 'after': 'a' (line 2), 'b' (line 3)"],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => run(text)).toThrow(message)
  })
})

describe('the log of a packet', () => {
  it('has its path, each hop\'s cycles, and no waits when nobody is in the way', () => {
    const [record] = run('cycle,source,destinations,flits\n10,0,6,1\n').log
    expect(record!.hops.map((hop) => hop.router)).toEqual([0, 1, 2, 6])
    expect(record!.hops.map((hop) => hop.arrived)).toEqual([12, 17, 22, 27])
    expect(record!.hops.map((hop) => hop.left[0]!.cycle)).toEqual([14, 19, 24, 29])
    expect(record!.hops.every((hop) => Object.keys(hop.waits).length === 0)).toBe(true)
    expect(record).toMatchObject({ created: 10, injected: 10, destinations: [6], deliveries: [{ endpoint: 6, cycle: 32 }] })
  })

  it('says what each cycle of delay was spent on: the hops and waits add up to the latency', () => {
    const lines = Array.from({ length: 60 }, (_, k) => `${k >> 3},${k % 16},${(k * 7) % 3 === 0 ? 5 : (k * 5) % 16},1`)
    const { log } = run(`cycle,source,destinations,flits\n${lines.join('\n')}\n`, { bufferFlits: 2, virtualChannels: 2 })
    const reasons = new Set<string>()
    for (const record of log) {
      const waited = record.hops.flatMap((hop) => Object.values(hop.waits)).reduce((a, b) => a + b, 0)
      for (const hop of record.hops) for (const reason of Object.keys(hop.waits)) reasons.add(reason)
      const atSource = record.injected - record.created
      expect(record.deliveries[0]!.cycle - record.created).toBe(5 * record.hops.length + 2 + atSource + waited)
    }
    expect(reasons).toContain('vc')
    expect(reasons).toContain('switch')
  })
})
