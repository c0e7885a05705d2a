import { readFileSync } from 'node:fs'
import { parseTasks } from '../../cli/eval-task-file.js'
import { checkNesting } from '../../programs/models/json.js'
import { assemble, decodeProgram, disassemble, readProgramFile, writeProgramFile } from '../../isa/index.js'
import { parseCalibration } from '../../programs/calibrate/index.js'
import { readSpikeStatistics } from '../../programs/shapes/statistics-file.js'
import { completeChip, loadChip } from '../../sim/config/load-chip.js'
import { InputError } from '../../sim/errors.js'
import { parseTrace } from '../../sim/network/trace.js'
import type { Random } from '../../sim/random.js'
import { parseResult, serializeResult } from '../../sim/result/parse.js'
import { exampleResult } from '../support/example-result.js'
import { jsonText, pick, spoilBytes, spoilJson, spoilText } from './mutate.js'
import { demand, textOf } from './target.js'
import type { Files, Target } from './target.js'

/** The readers of everything else: chips, programs, traces, results, calibrations, statistics, tasks. */

const one = (text: string): Files => ({ input: Buffer.from(text) })

function textTarget(bases: () => readonly string[], parse: (text: string) => void): Target {
  return {
    onDisk: false, parse: ({ input }) => parse(textOf(input)),
    make: (random) => {
      const base = pick(random, bases())
      return one(random.below(200) === 0 ? base : spoilText(random, base))
    },
  }
}

/** The JSON readers of the command line: parse errors are the reader's in cli/files, and have tests there. */
function jsonTarget(makeBase: () => unknown, parse: (json: unknown) => void): Target {
  let made: unknown
  const base = (): unknown => made ??= makeBase()
  return {
    onDisk: false,
    make: (random) => one(random.below(200) === 0 ? JSON.stringify(base()) : jsonText(random, spoilJson(random, base()))),
    parse: ({ input }) => {
      const text = textOf(input)
      checkNesting(text, 'input')
      let json: unknown
      try {
        json = JSON.parse(text)
      } catch {
        throw new InputError('not valid JSON')
      }
      parse(json)
    },
  }
}

const CHIPS = ['loom-64', 'edge-lpddr5', 'hbm-board', 'sram-64', 'loom-64-quads', 'loom-64-barrier']
let chipTexts: string[] | undefined
const chips = (): string[] => chipTexts ??= CHIPS.map((name) => readFileSync(`chips/${name}.yaml`, 'utf8'))

const SOURCES = [
  '        .equ    N, 64 * 2\n        LI      r1, 0x20   # tokens\n        li      r2, -1.5\ntoken:  CLRA    0, N\n'
    + '        CONSUME r3, 0, 1\n        SENDA   3, 0, N\n        LOOP    r1, token\n        HALT\n',
  '        JMP     main\n        .org    4\ntable:  .word   1, -1, table + 2\na: b:\n        .align  8\n'
    + 'main:   BNE     r1, r2, table\n        BGE     r15, r0, end - 1\n        ST      r1, table, r2\nend:\n',
  'FIRE r1, 0, 0, 3\nENDT r2, 0\nVADD 0, 16, 32\nRECV 3, 1\nSIGNAL 1\nHALT',
]

const TRACE = ['cycle,source,destinations,flits,id,after', '0,0,5,1,a,', '# note', '3,1,2 7 9,4,b,a', '3,63,0,1,,a b', ''].join('\n')
const TASKS = ['{"question": "In the", "choices": ["a", "b"], "answer": 1}', '', '{"question": "é", "choices": ["x", "y", "z"], "answer": 0}'].join('\n')

const CALIBRATION = {
  calibrationVersion: 1, model: 'kjv-1m', options: { weightBits: 4, activationBits: 4, kvBits: 8, rounding: 'nearest' },
  fold: { rotation: 3, valueRotation: 3, gamma: { 'qkv/0': [1, 0.5, 2] } },
  layers: [{ operator: 'qkv', layer: 0, clip: 0.9, maxCount: 7, scale: 0.25, salient: { channels: [1, 5], timeSteps: 4 } },
    { operator: 'head', layer: -1, activationBits: 4 }],
}
const STATISTICS = { byOperator: [
  { operator: 'qkv', layer: 0, histogram: [5, 3, 1] }, { operator: 'down', layer: 1, histogram: [9, 0, 2, 1] },
] }

const words = (random: Random): Buffer => {
  const program = Buffer.from(writeProgramFile(assemble(pick(random, SOURCES)).words))
  return random.below(200) === 0 ? program : spoilBytes(random, program, 40)
}

function checkTrace(text: string): void {
  for (const { cycle, source, destinations, flits } of parseTrace(text, 'input')) {
    for (const value of [cycle, source, flits, ...destinations]) demand(Number.isSafeInteger(value) && value >= 0, `a value of ${value}`)
    demand(flits >= 1, `${flits} flits`)
  }
}

function checkStatistics(json: unknown): void {
  for (const [key, histogram] of Object.entries(readSpikeStatistics(json, 'input').histograms)) {
    for (const value of Object.values(histogram).flat()) {
      if (typeof value === 'number') demand(Number.isFinite(value) && value >= 0, `${key} has ${value}`)
    }
  }
}

/** Of each list of JSON the first two and the last: a reader's rules are the same for every row. */
function shortened(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, inner: unknown) => (
    Array.isArray(inner) && inner.length > 3 ? [...inner.slice(0, 2), inner.at(-1)] as unknown : inner)))
}

export const OTHER_TARGETS: Readonly<Record<string, Target>> = {
  chip: textTarget(chips, (text) => {
    const chip = loadChip(text, 'input')
    demand(JSON.stringify(completeChip(chip)) === JSON.stringify(chip), 'a complete chip changes when completed')
    JSON.stringify(chip, (key, value: unknown) => {
      demand(typeof value !== 'number' || Number.isFinite(value), `${key} is ${String(value)}`)
      return value
    })
  }),
  assembler: textTarget(() => SOURCES, (text) => {
    const { words: program, diagnostics } = assemble(text)
    if (diagnostics.length > 0) throw new InputError(diagnostics[0]!.message)
    demand(assemble(disassemble(program)).diagnostics.length === 0, 'what it assembled to does not assemble')
  }),
  program: {
    onDisk: false, make: (random) => ({ input: words(random) }),
    parse: ({ input }) => {
      const program = readProgramFile(input!, 'input')
      demand(Buffer.compare(writeProgramFile(program), input!) === 0, 'written again it is another file')
      const { words: again } = assemble(disassemble(program))
      demand(again.length === program.length && again.every((word, i) => word === program[i]), 'disassembled and assembled it is another')
      decodeProgram(program)
    },
  },
  trace: textTarget(() => [TRACE], checkTrace),
  result: jsonTarget(() => shortened(exampleResult()), (json) => {
    const result = parseResult(json, 'input')
    demand(serializeResult(parseResult(JSON.parse(serializeResult(result)), 'again')) === serializeResult(result), 'written again it is another')
  }),
  calibration: jsonTarget(() => CALIBRATION, (json) => {
    const file = parseCalibration(json, 'input')
    for (const gammas of Object.values(file.fold.gamma ?? {})) demand(gammas.every(Number.isFinite), 'a gamma without end')
    for (const row of file.layers) demand(Number.isSafeInteger(row.layer), `layer ${row.layer}`)
  }),
  statistics: jsonTarget(() => STATISTICS, checkStatistics),
  tasks: textTarget(() => [TASKS], (text) => {
    for (const { choices, answer } of parseTasks(text, 'input')) demand(answer < choices.length, `answer ${answer}`)
  }),
}
