import type { ChipSpec } from '../config/chip-spec.js'
import { dataBankBits } from '../config/data-sram.js'

const WORD_BITS = 32

/**
 * The ports of data SRAM. Each bank has one, which reads or writes one row a cycle; neighbouring rows lie in neighbouring
 * banks, and short queues even them out, so that all banks together give their number of accesses in each cycle. Laws:
 *   - A step of an instruction takes no fewer cycles than its words need through all ports.
 *   - Words from the network go first, because they are sunk as they arrive (docs/architecture.md): the words of a packet
 *     are gathered into rows, and each row is one access, or two where it is read, added to and written back. What they take
 *     and the step in progress has not left over comes behind it: the unit stalls.
 * Against ports simulated access by access: test/sim/core/data-ports.test.ts.
 */
export class DataPorts {
  /** True while a step uses the ports whose end nobody has asked for yet. */
  isBusy = false
  /** Cycles that units stalled because words arrived. */
  stallCycles = 0

  private readonly banks: number
  private readonly rowWords: number
  private spare = 0 // accesses that the step leaves over, less those that arrivals took; below 0: what it is late by

  constructor({ core, network }: Pick<ChipSpec, 'core' | 'network'>) {
    this.banks = core.dataSramPorts === 'ideal' ? Infinity : core.dataSramBanks
    this.rowWords = dataBankBits({ core, network }) / WORD_BITS
  }

  /**
   * A step begins that moves words between data SRAM and a unit.
   * @param cycles that the unit needs, `issue` of them before the first word
   * @returns cycles that it takes: at least what the ports need
   */
  begin(words: number, cycles: number, issue: number): number {
    if (this.banks === Infinity) return cycles
    const rows = Math.ceil(words / this.rowWords)
    const taken = Math.max(cycles, issue + Math.ceil(rows / this.banks))
    this.isBusy = true
    this.spare = this.banks * taken - rows
    return taken
  }

  /**
   * Words [first, end) of a packet arrived, which go to `address` and on: they take an access for each row that they begin.
   * @param accesses of a row: 1, or 2 if words are added to those that are there
   */
  arrive(address: number, first: number, end: number, accesses: number): void {
    if (!this.isBusy) return
    const before = first === 0 ? Math.floor(address / this.rowWords) - 1 : Math.floor((address + first - 1) / this.rowWords)
    this.spare -= accesses * (Math.floor((address + end - 1) / this.rowWords) - before)
  }

  /** Asked when the step should be over: cycles that it is late by, after which to ask again; 0 if it is over. */
  late(): number {
    if (this.spare >= 0) {
      this.isBusy = false
      return 0
    }
    const cycles = Math.ceil(-this.spare / this.banks)
    this.spare += cycles * this.banks
    this.stallCycles += cycles
    return cycles
  }
}
