import { didYouMean, InputError, SimulationError } from '../sim/errors.js'
import type { CommandRow } from './commands.js'
import { COMMANDS } from './commands.js'
import { isFileError, reasonOf } from './file-system.js'
import { EXIT, overview, packageVersion } from './help.js'
import { note, print } from './output.js'
import { preparedAnswer } from './prepared.js'
import { UsageError } from './usage-error.js'

/** The row of the called command. @throws UsageError for no command or an unknown one. */
function findCommand(called: string | undefined, words: readonly string[]): CommandRow {
  const names = COMMANDS.map(({ name }) => name)
  if (called === undefined) throw new UsageError('name a command, and put its options after it.')
  const row = COMMANDS.find(({ name }) => name === called)
  if (row) return row
  const later = words.find((word) => names.includes(word))
  if (later !== undefined && words.indexOf(called) > 0) {
    const others = words.filter((word) => word !== later)
    throw new UsageError(`the command comes first, its options after it: spikeloom ${[later, ...others].join(' ')}`)
  }
  throw new UsageError(`there is no command '${called}'.${didYouMean(called, names)} Commands: ${names.join(', ')}.`)
}

async function dispatch(words: readonly string[], called: string | undefined): Promise<void> {
  if (called === undefined && (words.length === 0 || words.includes('--help') || words.includes('-h'))) {
    return print(overview())
  }
  if (called === undefined && words.includes('--version')) return print(packageVersion())
  const row = findCommand(called, words)
  const prepared = preparedAnswer(words)
  if (prepared !== undefined) return print(prepared)
  const { runCommand } = await import('./parser.js')
  await runCommand(row, words)
}

function report(error: unknown, called: string | undefined, debug: boolean): number {
  const command = COMMANDS.some(({ name }) => name === called) ? `spikeloom ${called}` : 'spikeloom'
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  note(`${command}: ${isFileError(error) ? fileMessage(error) : error instanceof SimulationError || error instanceof InputError ? message : `an internal error: ${message}`}`)
  if (debug && stack) note(stack)
  if (error instanceof UsageError) note(`See '${command} --help'.`)
  if (error instanceof InputError || isFileError(error)) return EXIT.badInput
  if (!debug) note('Run it again with --debug for the stack.')
  return EXIT.failed
}

/** A file or folder that the system refused, wherever it was touched. */
function fileMessage(error: NodeJS.ErrnoException): string {
  return `cannot use '${error.path ?? 'a file'}': ${reasonOf(error)}.`
}

/**
 * Runs one command line.
 * @param argv the words after the program's name
 * @returns the exit code: 0, 1 (the run failed) or 2 (bad usage, or an InputError)
 */
export async function main(argv: readonly string[]): Promise<number> {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  const called = words.find((word) => !word.startsWith('-'))
  const debug = words.includes('--debug') || Boolean(process.env['SPIKELOOM_DEBUG'])
  try {
    await dispatch(words, called)
    return EXIT.ok
  } catch (error) {
    return report(error, called, debug)
  }
}
