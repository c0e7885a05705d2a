import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { coreCount, systemColumns, systemRows } from '../sim/config/size.js'
import { InputError } from '../sim/errors.js'
import { note, timeLeft } from './output.js'

/**
 * What a run will take of memory and time, to an order of magnitude: measured on chips of 64 to 65,536 cores and models of
 * 1.2 million to 7 billion parameters. Good enough to refuse what cannot end well, and to say how long to wait.
 */

const BASE_BYTES = 130e6
/** Objects of a core and its share of a router, before its memories are touched. */
const BYTES_PER_CORE = 18e3
/** A weight as it is loaded, quantized, and laid out for the kernels. */
const BYTES_PER_WEIGHT = 6
const SECONDS_PER_WEIGHT = { functional: 2e-8, statistical: 5e-9 } as const
/** Waits of this length are announced. */
const LONG_SECONDS = 60
/** And these are refused: nobody waits for them. */
const MOST_SECONDS = 30 * 24 * 3600

export interface RunSize {
  readonly chip: ChipSpec
  readonly mode: 'functional' | 'statistical'
  readonly parameters: number
  /** Tokens that go through the model: prompt, and those generated. */
  readonly tokens: number
  readonly workers: number
}

export interface Machine {
  readonly memoryBytes: number
  readonly heapBytes: number
}

/** What this process may use: of the machine, or of the container it runs in. */
function thisMachine(): Machine {
  const constrained = process.constrainedMemory?.() ?? 0
  const whole = totalmem()
  return {
    memoryBytes: constrained > 0 && constrained < whole ? constrained : whole, heapBytes: getHeapStatistics().heap_size_limit,
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(2)} GB`

/** Bytes of one simulated chip with its model, and seconds of the whole run. */
export function estimateRun({ chip, mode, parameters, tokens, workers }: RunSize): { heapBytes: number; bytes: number; seconds: number } {
  const heapBytes = coreCount(chip) * BYTES_PER_CORE
  const weights = mode === 'functional' ? parameters * BYTES_PER_WEIGHT : 0
  return {
    heapBytes, bytes: BASE_BYTES + heapBytes + weights,
    seconds: (parameters * tokens * SECONDS_PER_WEIGHT[mode]) / Math.min(workers, tokens),
  }
}

/**
 * Refuses a run that this machine has no memory for, or that would take months; announces one of minutes.
 * @throws InputError with what would be needed, what there is, and what to change
 */
export function checkRunSize(size: RunSize, machine: Machine = thisMachine(), announce: (text: string) => void = note): void {
  const { chip, workers } = size
  const { heapBytes, bytes, seconds } = estimateRun(size)
  const cores = coreCount(chip)
  if (heapBytes > machine.heapBytes * 0.9) {
    throw new InputError(`${systemColumns(chip)}x${systemRows(chip)} tiles of ${chip.grid.coresPerTile} are ${cores} cores, which take about ` +
      `${gigabytes(heapBytes)} to simulate; this process may use ${gigabytes(machine.heapBytes)}. Make grid.columns or grid.rows smaller, ` +
      `or give it more: NODE_OPTIONS=--max-old-space-size=${Math.ceil((heapBytes * 1.3) / 1e6)}.`)
  }
  const room = machine.memoryBytes * 0.9
  if (bytes > room) {
    throw new InputError(`the run takes about ${gigabytes(bytes)} of memory; this machine has ${gigabytes(machine.memoryBytes)}. ` +
      'Run the model by its shape (--mode statistical), or take a smaller chip or model.')
  }
  if (bytes * workers > room) {
    throw new InputError(`--workers ${workers}: each thread simulates a chip of its own in about ${gigabytes(bytes)}, ${gigabytes(bytes * workers)} ` +
      `in all; this machine has ${gigabytes(machine.memoryBytes)}. At most ${Math.floor(room / bytes)} fit.`)
  }
  if (seconds > MOST_SECONDS) {
    throw new InputError(`the run would take about ${Math.round(seconds / 86400)} days: ${size.tokens} tokens of ${size.parameters} parameters. Ask for fewer tokens.`)
  }
  if (seconds > LONG_SECONDS) announce(`this takes about ${timeLeft(seconds)} (${size.tokens} tokens of ${(size.parameters / 1e9).toPrecision(2)} billion parameters)`)
}
