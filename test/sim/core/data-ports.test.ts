import { describe, expect, it } from 'vitest'
import { defaultChipSpec } from '../../../sim/config/chip-spec.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { DataPorts } from '../../../sim/core/data-ports.js'
import { Random } from '../../../sim/random.js'
import { floats, ints, machine, recorder } from './machine.js'

const BANKS = 4
const ROW_WORDS = 8

function ports(core: { dataSramBanks?: number, dataSramBankBits?: number, dataSramPorts?: 'single' | 'ideal' } = {}): DataPorts {
  const spec = defaultChipSpec()
  return new DataPorts({ ...spec, core: { ...spec.core, ...core } })
}

/** When a step that began in cycle 0 is over, if packets of words arrive meanwhile, a flit of 2 words a cycle. */
interface Packet { readonly at: number, readonly address: number, readonly words: number, readonly accesses: number }

function endByAccount(words: number, cycles: number, packets: readonly Packet[]): number {
  const one = ports()
  let end = one.begin(words, cycles, 0)
  const flits = packets.flatMap((packet) => Array.from({ length: packet.words / 2 }, (_, flit) => ({ ...packet, at: packet.at + flit, flit })))
    .sort((a, b) => a.at - b.at)
  let next = 0
  for (;;) {
    for (; next < flits.length && flits[next]!.at < end; next++) {
      const { address, flit, accesses } = flits[next]!
      one.arrive(address, 2 * flit, 2 * flit + 2, accesses)
    }
    const late = one.late()
    if (late === 0) return end
    end += late
  }
}

/** The same, access by access: every bank has a queue, serves one access a cycle, and serves the network's first. */
function endByQueues(words: number, cycles: number, packets: readonly Packet[]): number {
  const rows = Math.ceil(words / ROW_WORDS)
  const network = new Float64Array(BANKS)
  const unit = new Float64Array(BANKS)
  const pace = Math.min(BANKS, rows / cycles) // at which the unit asks
  let asked = 0
  let left = rows
  for (let cycle = 0; ; cycle++) {
    for (const { at, address, words: length, accesses } of packets) {
      const flit = cycle - at
      if (flit < 0 || 2 * flit >= length) continue
      const from = address + 2 * flit
      const rowOf = (word: number): number => Math.floor(word / ROW_WORDS)
      if (flit === 0 || rowOf(from) !== rowOf(from - 1)) network[rowOf(from) % BANKS]! += accesses
      if (rowOf(from + 1) !== rowOf(from)) network[rowOf(from + 1) % BANKS]! += accesses
    }
    for (; asked < Math.min(rows, Math.ceil(pace * (cycle + 1))); asked++) unit[asked % BANKS]! += 1
    for (let bank = 0; bank < BANKS; bank++) {
      if (network[bank]! > 0) network[bank]! -= 1
      else if (unit[bank]! > 0) {
        unit[bank]! -= 1
        left--
      }
    }
    if (left === 0 && cycle + 1 >= cycles) return cycle + 1
  }
}

/** Packets of 16 words behind each other on one link: a header and 8 flits. */
function stream(random: Random, load: number, until: number, accesses: number): Packet[] {
  const packets: Packet[] = []
  for (let at = Math.floor(random.uniform() * 9); at < until; at += 9 + Math.floor((9 / load - 9) * 2 * random.uniform())) {
    packets.push({ at, address: Math.floor(random.uniform() * 512), words: 16, accesses })
  }
  return packets
}

describe('the account of data SRAM ports', () => {
  it('agrees with ports simulated access by access', () => {
    const random = new Random(11)
    let late = 0
    for (let round = 0; round < 300; round++) {
      const cycles = 20 + Math.floor(random.uniform() * 400)
      const words = Math.ceil(cycles * BANKS * ROW_WORDS * (0.3 + 1.2 * random.uniform()))
      const packets = stream(random, 0.2 + 0.8 * random.uniform(), 3 * cycles, 1 + (round % 2))
      const account = endByAccount(words, cycles, packets)
      const queues = endByQueues(words, cycles, packets)
      expect(Math.abs(account - queues), `${words} words in ${cycles} cycles`).toBeLessThanOrEqual(4 + queues / 20)
      late = Math.max(late, account - Math.max(cycles, words / (BANKS * ROW_WORDS)))
    }
    expect(late).toBeGreaterThan(50) // there was something to agree about
  })

  it('moves no more than its banks carry, and more banks or wider rows are never slower', () => {
    const random = new Random(5)
    for (let round = 0; round < 200; round++) {
      const [words, cycles] = [1 + Math.floor(5000 * random.uniform()), 1 + Math.floor(300 * random.uniform())]
      const [banks, bits] = [1 + Math.floor(8 * random.uniform()), 32 * (1 + Math.floor(7 * random.uniform()))]
      const taken = ports({ dataSramBanks: banks, dataSramBankBits: bits }).begin(words, cycles, 1)
      expect((taken * banks * bits) / 32).toBeGreaterThanOrEqual(words)
      expect(taken).toBeGreaterThanOrEqual(cycles)
      expect(ports({ dataSramBanks: banks + 1, dataSramBankBits: bits }).begin(words, cycles, 1)).toBeLessThanOrEqual(taken)
      expect(ports({ dataSramBanks: banks, dataSramBankBits: bits + 32 }).begin(words, cycles, 1)).toBeLessThanOrEqual(taken)
      expect(ports({ dataSramBanks: banks, dataSramPorts: 'ideal' }).begin(words, cycles, 1)).toBe(cycles)
    }
  })
})

describe('on a core', () => {
  // 16 lanes of three words are 48 words a cycle, 4 banks of 256 bits 32: a VADD of 1,600 takes 100 passes, but 150 cycles.
  const words = Array.from({ length: 1600 }, (_, i) => i)
  const hub = { program: 'VADD 0, 2000, 1600\nLI r1, 1\nHALT', data: [floats(0, ...words), floats(2000, ...words)] }
  const cyclesOf = (core: object, sender?: { program: string, routes: object[], data: ReturnType<typeof ints>[] }): number => {
    const chip = machine([hub, sender], { core })
    const { sink, rows } = recorder()
    chip.traceTo(sink)
    chip.runPrograms()
    expect([...chip.cores[0]!.floatData.subarray(0, 1600)]).toEqual(words.map((word) => 2 * word))
    return rows.find(({ core: id, instruction }) => id === 0 && instruction === 1)!.start - 1
  }

  it('a vector instruction takes what its words need', () => {
    expect(cyclesOf({ dataSramPorts: 'ideal' })).toBe(1 + 100)
    expect(cyclesOf({})).toBe(1 + 150)
    expect(cyclesOf({ dataSramBanks: 6 })).toBe(1 + 100)
    expect(cyclesOf({ dataSramBankBits: 128 })).toBe(1 + 300)
  })

  it.each([['write', 1], ['accumulate', 2]] as const)('words that arrive to %s take %d accesses a row from it', (mode, accesses) => {
    // 512 words in 32 packets of 9 flits: 64 rows, all there before the VADD, which has nothing to spare, is over.
    const sender = {
      program: 'SENDV 0, 0, 512\nHALT', data: [ints(0, ...words.slice(0, 512))], routes: [{ destinations: [0], address: 8000, mode }],
    }
    const arrived = (cycles: number): number => Math.floor(((cycles - 12) / 9) * 2) // rows begun by then
    const cycles = cyclesOf({}, sender)
    const stolen = (cycles - 151) * BANKS
    expect(stolen).toBeGreaterThanOrEqual(accesses * (arrived(cycles) - 4))
    expect(stolen).toBeLessThanOrEqual(accesses * (arrived(cycles) + 4) + BANKS)
    expect(cyclesOf({ dataSramBanks: 8 }, sender)).toBe(1 + 100) // where there is something to spare, it costs nothing
    expect(cyclesOf({ dataSramPorts: 'ideal' }, sender)).toBe(1 + 100)
  })

  it('a network that brings more than the ports take is refused, with what would take it', () => {
    const narrow = { network: { flitBits: 256 }, core: { dataSramBanks: 1, dataSramKiB: 4 } }
    expect(() => completeChip(narrow)).toThrow(/core\.dataSramBanks is 1.*256 bits a cycle.*brings 256.*at least 2 banks/)
    expect(completeChip({ ...narrow, core: { ...narrow.core, dataSramPorts: 'ideal' } }).core.dataSramBanks).toBe(1)
  })
})
