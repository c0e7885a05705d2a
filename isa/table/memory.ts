import { names, reads, writes, type InstructionRow } from '../row.js'

const rows = reads('ra', 'int', 'rows')
const first = reads('rb', 'int', 'first row')
const width = names('len', 'words of a row')

/** External memory, as rows of words: what does not fit data SRAM lives there and is moved whole rows at a time. */
export const MEMORY = [
  {
    mnemonic: 'DLD', opcode: 0x48, format: 'V', class: 'memory', unit: 'memory',
    operands: [writes('dst', 'word', 'first word'), names('src', 'external buffer'), width, rows, first],
    summary: 'load ra rows of len words, from row rb of an external buffer on, into data SRAM',
    elements: 'running', fixed: { scalarOp: 1 },
    cycles: '1 + the cycles until the last burst is there from the shared DRAM channel',
    note: 'each word: dataWordWrite 1; dramBit 1 a bit of every burst moved',
  },
  {
    mnemonic: 'DST', opcode: 0x49, format: 'V', class: 'memory', unit: 'memory',
    operands: [names('dst', 'external buffer'), reads('src', 'word', 'first word'), width, rows, first],
    summary: 'store ra rows of len words from data SRAM at row rb of an external buffer',
    elements: 'running', fixed: { scalarOp: 1 },
    cycles: '1 + the cycles until the last burst has left over the shared DRAM channel',
    note: 'each word: dataWordRead 1; dramBit 1 a bit of every burst moved',
  },
] as const satisfies readonly InstructionRow[]
