import yargs from 'yargs'
import type { Argv } from 'yargs'
import type { Settings, Value, Vocabulary } from '../sweep/plan/types.js'
import { didYouMean, InputError } from '../sim/errors.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { findChip } from './chip-source.js'
import { checkModel } from './run-model.js'
import { runOptions } from './run-options.js'
import type { RunArguments } from './run-options.js'
import { checkValues, knownOptions, usageError } from './usage.js'

/** Options of run that belong to the sweep instead: its own threads, and the chip's keys, which it sets itself. */
const NOT_OF_A_POINT = new Set(['workers', 'queue', 'set', 'help', 'version', 'debug'])

/** Sizes of a shape that a plan may set (ModelConfig). */
const SIZES = ['dim', 'hiddenDim', 'layers', 'heads', 'kvHeads', 'headDim', 'vocabSize', 'contextLength']

function parser(): Argv<RunArguments> {
  return runOptions(yargs([]).locale('en').strict().exitProcess(false).help(false).version(false)
    .fail((message, error, failed) => {
      throw error && error.name !== 'YError' ? error : usageError(message, 'run', [], failed as unknown as Argv)
    })) as Argv<RunArguments>
}

function parse(words: readonly string[]): Record<string, unknown> {
  const argv = parser()
  const values = argv.parseSync([...words]) as unknown as Record<string, unknown>
  checkValues(values, words, argv)
  const names = optionNames()
  return Object.fromEntries(names.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]))
}

let names: readonly string[] | undefined

/** Options of run, as they follow `--`: without the spellings that yargs adds. */
function optionNames(): readonly string[] {
  return names ??= Object.keys(knownOptions(parser()).key).filter((name) => !NOT_OF_A_POINT.has(name) && !/[A-Z_$]/.test(name))
}

function wordOf(option: string, value: Value): string {
  const isSwitch = knownOptions(parser()).boolean.includes(option)
  if (!isSwitch) return `--${option}=${String(value)}`
  if (typeof value !== 'boolean') throw new InputError(`${option} is ${String(value)}, but must be true or false`)
  return value ? `--${option}` : `--no-${option}`
}

/** The value as run would read it from its command line. */
function checkOption(option: string, value: Value): Value {
  const read = parse([wordOf(option, value)])[option] as Value | undefined
  if (option === 'model') checkModel(String(read))
  if (read === undefined) throw new InputError(`${option} is ${String(value)}, which run does not take`)
  return read
}

let defaults: Record<string, unknown> | undefined

/** All options of a run: those given, which were checked, and the defaults of the others. */
export function completeRun(given: Settings): RunArguments {
  defaults ??= parse([])
  return { ...defaults, ...given, workers: 1 } as unknown as RunArguments
}

/** What plans may say, by what run, chips and models take. */
export function planVocabulary(): Vocabulary {
  const chips = new Map<string, ChipSpec>()
  return {
    options: optionNames(), checkOption, sizes: SIZES,
    chip: (name) => {
      const chip = chips.get(name) ?? findChip(name)
      chips.set(name, chip)
      return chip
    },
  }
}

/** Splits `I/N`. @throws InputError for anything else */
export function shardOf(text: string): { index: number; of: number } {
  const parts = /^(\d+)\/(\d+)$/.exec(text)
  const [index, of] = [Number(parts?.[1]), Number(parts?.[2])]
  if (parts !== null && of >= 1 && index >= 1 && index <= of) return { index: index - 1, of }
  const hint = parts !== null && of >= 1 ? didYouMean(text, [`1/${of}`, `${of}/${of}`]) : ''
  throw new InputError(`--shard ${text}: expected I/N with I from 1 to N, such as 1/8.${hint}`)
}
