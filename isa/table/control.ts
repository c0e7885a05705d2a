import { names, reaching, reads, updates, writes, type InstructionRow } from '../row.js'

const target = names('target', 'instruction index or label')
const compared = [reads('rs', 'int', 'left'), reads('rt', 'int', 'right'), target]
const fixed = { scalarOp: 1 } as const

export const CONTROL = [
  {
    mnemonic: 'NOP', opcode: 0x01, format: 'N', class: 'control', unit: 'sequencer', operands: [],
    summary: 'nothing',
  },
  {
    mnemonic: 'HALT', opcode: 0x02, format: 'N', class: 'control', unit: 'sequencer', operands: [],
    summary: 'the core is done; its router goes on',
  },
  {
    mnemonic: 'JMP', opcode: 0x03, format: 'B', class: 'control', unit: 'scalar', operands: [target],
    summary: 'go to target', fixed,
  },
  {
    mnemonic: 'BEQ', opcode: 0x04, format: 'B', class: 'control', unit: 'scalar', operands: compared,
    summary: 'go to target if rs = rt', fixed,
  },
  {
    mnemonic: 'BNE', opcode: 0x05, format: 'B', class: 'control', unit: 'scalar', operands: compared,
    summary: 'go to target if rs differs from rt', fixed,
  },
  {
    mnemonic: 'BLT', opcode: 0x06, format: 'B', class: 'control', unit: 'scalar', operands: compared,
    summary: 'go to target if rs < rt, signed', fixed,
  },
  {
    mnemonic: 'BGE', opcode: 0x07, format: 'B', class: 'control', unit: 'scalar', operands: compared,
    summary: 'go to target if rs >= rt, signed', fixed,
  },
  {
    mnemonic: 'LOOP', opcode: 0x08, format: 'B', class: 'control', unit: 'scalar',
    operands: [updates('rd', 'int', 'rounds left'), target],
    summary: 'rd = rd - 1; go to target if rd is not 0', fixed,
  },
] as const satisfies readonly InstructionRow[]

const wrapped = 'Integers wrap at 32 bits.'
const rounded = 'The result is rounded to a 32-bit float.'
const integers = [writes('rd', 'int', 'result'), reads('rs', 'int', 'left'), reads('rt', 'int', 'right')]
const floats = [writes('rd', 'float', 'result'), reads('rs', 'float', 'left'), reads('rt', 'float', 'right')]

export const SCALAR = [
  {
    mnemonic: 'LI', opcode: 0x10, format: 'I', class: 'scalar', unit: 'scalar',
    operands: [writes('rd', 'word', 'result'), names('imm', 'integer or float literal')],
    summary: 'rd = imm', detail: 'A literal with a point or an exponent, such as 1.5 or 1e-5, is stored as float bits.',
    fixed,
  },
  {
    mnemonic: 'ADDI', opcode: 0x11, format: 'I', class: 'scalar', unit: 'scalar',
    operands: [writes('rd', 'int', 'result'), reads('rs', 'int', 'left'), names('imm', 'integer')],
    summary: 'rd = rs + imm', detail: wrapped, fixed,
  },
  {
    mnemonic: 'ADD', opcode: 0x12, format: 'R', class: 'scalar', unit: 'scalar', operands: integers,
    summary: 'rd = rs + rt', detail: wrapped, fixed,
  },
  {
    mnemonic: 'SUB', opcode: 0x13, format: 'R', class: 'scalar', unit: 'scalar', operands: integers,
    summary: 'rd = rs - rt', detail: wrapped, fixed,
  },
  {
    mnemonic: 'MUL', opcode: 0x14, format: 'R', class: 'scalar', unit: 'scalar', operands: integers,
    summary: 'rd = rs * rt, low 32 bits', detail: wrapped, fixed,
  },
  {
    mnemonic: 'FMUL', opcode: 0x15, format: 'R', class: 'scalar', unit: 'scalar', operands: floats,
    summary: 'rd = rs * rt, floats', detail: rounded, fixed: { scalarOp: 1, fp32Mul: 1 },
  },
  {
    mnemonic: 'FDIV', opcode: 0x16, format: 'R', class: 'scalar', unit: 'scalar', operands: floats,
    summary: 'rd = rs / rt, floats', detail: rounded, fixedCycles: 4, fixed: { scalarOp: 1, fp32Special: 1 },
  },
  {
    mnemonic: 'FMAX', opcode: 0x17, format: 'R', class: 'scalar', unit: 'scalar', operands: floats,
    summary: 'rd = the larger of rs and rt, floats', fixed: { scalarOp: 1, fp32Add: 1 },
  },
  {
    mnemonic: 'LD', opcode: 0x18, format: 'M', class: 'scalar', unit: 'scalar',
    operands: [writes('rd', 'word', 'result'), reaching(reads('addr', 'word', 'base'), 'running'), reads('rs', 'int', 'index in words')],
    summary: 'rd = data[addr + rs]', fixed: { scalarOp: 1, dataWordRead: 1 },
  },
  {
    mnemonic: 'ST', opcode: 0x19, format: 'M', class: 'scalar', unit: 'scalar',
    operands: [reads('rs', 'word', 'value'), reaching(writes('addr', 'word', 'base'), 'running'), reads('rt', 'int', 'index in words')],
    summary: 'data[addr + rt] = rs', fixed: { scalarOp: 1, dataWordWrite: 1 },
  },
] as const satisfies readonly InstructionRow[]

export const SYNC = [
  {
    mnemonic: 'RECV', opcode: 0x20, format: 'Y', class: 'sync', unit: 'sequencer',
    operands: [names('sem', 'semaphore waited for'), names('count', 'increments needed')],
    summary: 'wait until the semaphore is at least count, then subtract count',
    detail: 'Word packets increment the semaphore of their route by one each, with their tail flit; so do signals.',
    fixed: { semaphoreOp: 1 },
  },
  {
    mnemonic: 'SIGNAL', opcode: 0x21, format: 'F', class: 'sync', unit: 'packetiser',
    operands: [names('route', 'destinations and their semaphore')],
    summary: 'increment the route\'s semaphore at every destination', detail: 'One packet of one flit.',
    fixedCycles: 1, note: 'packetFlit 1 (with network.multicast unicast, 1 a destination); semaphoreOp 1 at each core it reaches',
  },
  {
    mnemonic: 'BARRIER', opcode: 0x22, format: 'N', class: 'sync', unit: 'sequencer', operands: [],
    summary: 'wait until the whole chip has reached the barrier and is quiet',
    detail: 'Quiet: no flit in flight, and every core waits here, for a train or for a semaphore, or has halted. '
      + 'Then the next time step starts everywhere.',
    fixed: { semaphoreOp: 1 }, note: 'the wave\'s cycles and barrierFlit are counted by the chip',
  },
] as const satisfies readonly InstructionRow[]
