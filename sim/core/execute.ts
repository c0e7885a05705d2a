import { cacheRowWords, OPCODE } from '../../isa/index.js'
import type { Mnemonic } from '../../isa/index.js'
import * as attention from './attention.js'
import { HALTED, WAIT_BARRIER, WAIT_SEMAPHORE } from './core.js'
import type { Core } from './core.js'
import { chargeWhole } from './cost.js'
import type { Work } from './cost.js'
import * as encoder from './encoder.js'
import * as send from './send.js'
import * as spikes from './spikes.js'
import * as vector from './vector.js'

/**
 * One handler an instruction. Operands come in the slot order of the format (isa/formats.ts):
 * V: dst src len ra rb; R: rd rs rt; M: rd rs rt addr; B: rd rs rt target; I: rd rs imm; Y: sem count;
 * C: rd table markers; F: rd route src len; A: route acc len.
 * A handler returns the cycles until the core is stepped again, or 0 when the core waits to be woken.
 * It moves `core.pc` on when the instruction is over. Instructions that run over many steps keep their place in
 * `core.phase` (0: not started) and in the state of their unit (in-flight.ts). What operands alone can get wrong was checked at load
 * (check.ts); ranges that registers reach into are checked here, once an instruction.
 */
type Handler = (core: Core, a: number, b: number, c: number, d: number, e: number, opcode: number) => number

const work: Work = { len: 0, rbOrLen: 0, positions: 0, spikes: 0 }

/** Ends an instruction: books what its row says of its work, moves on, returns its cycles. */
function done(core: Core, opcode: number, len: number, positions = 0, spikeCount = 0): number {
  return doneVector(core, opcode, len, len, positions, spikeCount)
}

/** The same where a register may say the length. */
function doneVector(
  core: Core, opcode: number, len: number, rbOrLen: number, positions = 0, spikeCount = 0,
): number {
  work.len = len
  work.rbOrLen = rbOrLen
  work.positions = positions
  work.spikes = spikeCount
  core.pc++
  return chargeWhole(core, opcode, work)
}

function setInt(core: Core, register: number, value: number): void {
  if (register !== 0) core.registers[register] = value
}

function setFloat(core: Core, register: number, value: number): void {
  if (register !== 0) core.floatRegisters[register] = value
}

function branch(core: Core, taken: boolean, target: number, opcode: number): number {
  const cycles = done(core, opcode, 0)
  if (taken) core.pc = target
  return cycles
}

const handlers: Record<Mnemonic, Handler> = {
  NOP: (core, _a, _b, _c, _d, _e, op) => done(core, op, 0),
  HALT: (core) => {
    core.state = HALTED
    core.haltedAtCycle = core.ports.now()
    return 1
  },
  JMP: (core, _rd, _rs, _rt, target, _e, op) => branch(core, true, target, op),
  BEQ: (core, _rd, rs, rt, target, _e, op) => branch(core, core.registers[rs] === core.registers[rt], target, op),
  BNE: (core, _rd, rs, rt, target, _e, op) => branch(core, core.registers[rs] !== core.registers[rt], target, op),
  BLT: (core, _rd, rs, rt, target, _e, op) => branch(core, core.registers[rs]! < core.registers[rt]!, target, op),
  BGE: (core, _rd, rs, rt, target, _e, op) => branch(core, core.registers[rs]! >= core.registers[rt]!, target, op),
  LOOP: (core, rd, _rs, _rt, target, _e, op) => {
    setInt(core, rd, core.registers[rd]! - 1)
    return branch(core, core.registers[rd] !== 0, target, op)
  },

  LI: (core, rd, _rs, imm, _d, _e, op) => (setInt(core, rd, imm), done(core, op, 0)),
  ADDI: (core, rd, rs, imm, _d, _e, op) => (setInt(core, rd, core.registers[rs]! + imm), done(core, op, 0)),
  ADD: (core, rd, rs, rt, _d, _e, op) => (
    setInt(core, rd, core.registers[rs]! + core.registers[rt]!), done(core, op, 0)
  ),
  SUB: (core, rd, rs, rt, _d, _e, op) => (
    setInt(core, rd, core.registers[rs]! - core.registers[rt]!), done(core, op, 0)
  ),
  MUL: (core, rd, rs, rt, _d, _e, op) => (
    setInt(core, rd, Math.imul(core.registers[rs]!, core.registers[rt]!)), done(core, op, 0)
  ),
  FMUL: (core, rd, rs, rt, _d, _e, op) => (
    setFloat(core, rd, core.floatRegisters[rs]! * core.floatRegisters[rt]!), done(core, op, 0)
  ),
  FDIV: (core, rd, rs, rt, _d, _e, op) => (
    setFloat(core, rd, core.floatRegisters[rs]! / core.floatRegisters[rt]!), done(core, op, 0)
  ),
  FMAX: (core, rd, rs, rt, _d, _e, op) => (
    setFloat(core, rd, Math.max(core.floatRegisters[rs]!, core.floatRegisters[rt]!)), done(core, op, 0)
  ),
  LD: (core, rd, rs, _rt, addr, _e, op) => {
    const at = addr + core.registers[rs]!
    core.checkData(at, 1, 'its operand')
    setInt(core, rd, core.data[at]!)
    return done(core, op, 0)
  },
  ST: (core, _rd, rs, rt, addr, _e, op) => {
    const at = addr + core.registers[rt]!
    core.checkData(at, 1, 'its operand')
    core.data[at] = core.registers[rs]!
    return done(core, op, 0)
  },

  RECV: (core, sem, count, _c, _d, _e, op) => {
    if (core.semaphores[sem]! < count) {
      core.state = WAIT_SEMAPHORE
      core.semaphoreAwaited = sem
      core.countAwaited = count
      return 0
    }
    core.semaphores[sem]! -= count
    return done(core, op, 0)
  },
  SIGNAL: send.signal,
  BARRIER: (core, _a, _b, _c, _d, _e, op) => {
    if (core.phase === 0) {
      core.phase = 1
      core.state = WAIT_BARRIER
      core.ports.enterBarrier(core.id, core.tag)
      return 0
    }
    core.phase = 0
    return done(core, op, 0)
  },

  CLRA: (core, _route, acc, len, _d, _e, op) => (core.adders.clear(acc, len), done(core, op, len)),
  CONSUME: spikes.consume,
  WLOAD: spikes.loadTile,
  FIRE: encoder.fire,
  STEP: encoder.step,
  ENDT: send.endTrain,
  SENDA: send.sendAccumulators,
  SENDV: send.sendVector,

  DLD: (core, dst, src, len, ra, rb) => {
    core.pc++
    return core.external.load(core, dst, src, len, core.registers[ra]!, core.registers[rb]!)
  },
  DST: (core, dst, src, len, ra, rb) => {
    core.pc++
    return core.external.store(core, dst, src, len, core.registers[ra]!, core.registers[rb]!)
  },

  VCOPY: (core, dst, src, len, _d, _e, op) => (vector.vectorCopy(core, dst, src, len), done(core, op, len)),
  VCLR: (core, dst, _src, len, _d, _e, op) => (core.data.fill(0, dst, dst + len), done(core, op, len)),
  VADD: (core, dst, src, len, _d, _e, op) => (vector.vectorAdd(core, dst, src, len), done(core, op, len)),
  VMUL: (core, dst, src, len, _d, _e, op) => (vector.vectorMultiply(core, dst, src, len), done(core, op, len)),
  VSCL: (core, dst, _src, len, ra, rb, op) => {
    const length = rb === 0 ? len : core.registers[rb]!
    core.checkData(dst, length, 'the vector')
    vector.vectorScale(core, dst, length, core.floatRegisters[ra]!)
    return doneVector(core, op, len, length)
  },
  RMSN: (core, dst, src, len, ra, _e, op) => (
    vector.rmsNormalize(core, dst, src, len, core.floatRegisters[ra]!), done(core, op, len)
  ),
  DEQ: (core, dst, src, len, ra, _e, op) => (
    vector.dequantize(core, dst, src, len, core.floatRegisters[ra]!), done(core, op, len)
  ),
  SILU: (core, dst, src, len, _d, _e, op) => (vector.gateWithSilu(core, dst, src, len), done(core, op, len)),
  GELU: (core, dst, src, len, _d, _e, op) => (vector.gateWithGelu(core, dst, src, len), done(core, op, len)),
  VTOP: (core, dst, src, len, ra, _e, op) => (
    setFloat(core, ra, core.floatRegisters[ra]! + vector.takeLargest(core, dst, src, len)), done(core, op, len)
  ),
  AMAX: (core, _dst, src, len, ra, _e, op) => (
    setFloat(core, ra, vector.maxMagnitude(core, src, len)), done(core, op, len)
  ),
  QNT: (core, dst, src, len, ra, rb, op) => {
    const limit = core.registers[rb]!
    if (core.sampler?.covers(core.tag) === true) core.sampler.fill(core.data, dst, len, core.tag, Math.abs(limit))
    else vector.quantize(core, dst, src, len, core.floatRegisters[ra]!, limit)
    return done(core, op, len)
  },
  ROPE: (core, dst, src, len, ra, rb, op) => {
    const headDim = core.registers[rb]!
    if (headDim < 2 || headDim % 2 !== 0) {
      throw core.error(`the head dimension in r${rb} is ${headDim}, expected an even number of at least 2`)
    }
    core.checkData(src, headDim / 2, 'the step table')
    vector.rotate(core, dst, src, len, core.registers[ra]!, headDim)
    return done(core, op, len)
  },

  KVW: (core, dst, src, len, ra, rb, op) => {
    const position = core.registers[ra]!
    const words = cacheRowWords(len)
    const limit = core.registers[rb]!
    core.checkData(dst + position * words, words, `row ${position} of the cache`)
    if (limit < 1 || limit > 127) {
      throw core.error(`the limit in r${rb} is ${limit}, but a cache integer has 8 bits: 1..127`)
    }
    attention.writeCacheRow(core, dst, src, len, position, limit)
    return done(core, op, len)
  },
  QKD: (core, dst, src, len, ra, rb, op) => {
    const positions = checkScores(core, dst, src, len, ra, rb)
    attention.scorePositions(core, dst, src, len, positions, core.registers[rb]!)
    return done(core, op, len, positions)
  },
  QKS: (core, dst, src, len, ra, rb, op) => {
    const positions = checkScores(core, dst, src, len, ra, rb)
    const spikeCount = attention.spikesOf(core, core.registers[rb]!, len)
    attention.scorePositions(core, dst, src, len, positions, core.registers[rb]!)
    return done(core, op, len, positions, spikeCount)
  },
  SMAX: (core, dst, _src, _len, ra, rb, op) => {
    const positions = core.registers[ra]!
    core.checkData(dst, positions, 'the scores')
    setFloat(core, rb, vector.softmaxExponentials(core, dst, positions))
    return done(core, op, 0, positions)
  },
  PWQ: (core, dst, src, len, ra, rb, op) => {
    const positions = core.registers[ra]!
    core.checkData(dst, positions, 'the weights')
    core.checkData(core.registers[rb]!, positions, `the exponentials at r${rb}`)
    core.checkData(src, positions * cacheRowWords(len), 'the cache')
    setFloat(core, rb, attention.weighPositions(core, dst, src, len, positions, core.registers[rb]!))
    return done(core, op, len, positions)
  },
  PVD: (core, dst, src, len, ra, rb, op) => {
    const positions = checkValues(core, src, len, ra, rb)
    attention.mixValues(core, dst, src, len, positions, core.registers[rb]!)
    return done(core, op, len, positions)
  },
  PVS: (core, dst, src, len, ra, rb, op) => {
    const positions = checkValues(core, src, len, ra, rb)
    const spikeCount = attention.spikesOf(core, core.registers[rb]!, positions)
    attention.mixValues(core, dst, src, len, positions, core.registers[rb]!)
    return done(core, op, len, positions, spikeCount)
  },
}

/** Ranges of QKD and QKS; returns the positions. */
function checkScores(core: Core, dst: number, src: number, headDim: number, ra: number, rb: number): number {
  const positions = core.registers[ra]!
  core.checkData(dst, positions, 'the scores')
  core.checkData(core.registers[rb]!, headDim, `the query at r${rb}`)
  core.checkData(src, positions * cacheRowWords(headDim), 'the cache')
  return positions
}

/** Ranges of PVD and PVS; returns the positions. */
function checkValues(core: Core, src: number, headDim: number, ra: number, rb: number): number {
  const positions = core.registers[ra]!
  core.checkData(core.registers[rb]!, positions, `the weights at r${rb}`)
  core.checkData(src, positions * cacheRowWords(headDim), 'the cache')
  return positions
}

const byOpcode: (Handler | undefined)[] = Array.from({ length: 256 })
for (const [mnemonic, handler] of Object.entries(handlers)) byOpcode[OPCODE[mnemonic as Mnemonic]] = handler

/** Runs the instruction at `core.pc`, or goes on with it. Returns cycles until the next step, or 0 for 'waiting'. */
export function execute(core: Core): number {
  const { op, a, b, c, d, e } = core.program
  const pc = core.pc
  const opcode = op[pc]
  const handler = opcode === undefined ? undefined : byOpcode[opcode]
  if (handler === undefined) {
    throw core.error(`no instruction there: the program has ${op.length}, and does not end in HALT or JMP`)
  }
  return handler(core, a[pc]!, b[pc]!, c[pc]!, d[pc]!, e[pc]!, opcode!)
}

