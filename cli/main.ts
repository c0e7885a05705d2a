import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { didYouMean, InputError } from '../sim/errors.js'
import type { CommandRow } from './commands.js'
import { COMMANDS } from './commands.js'
import { EXIT, FOOTER, overview } from './help.js'
import { note, print } from './output.js'
import { packageRoot } from './package-root.js'
import { checkValues, requireValues, usageError, UsageError } from './usage.js'

/** The version in package.json. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}

/** The row of the called command. @throws UsageError for no command or an unknown one. */
function findCommand(called: string | undefined): CommandRow {
  const names = COMMANDS.map(({ name }) => name)
  if (called === undefined) throw new UsageError('name a command, and put its options after it.')
  const row = COMMANDS.find(({ name }) => name === called)
  if (row) return row
  throw new UsageError(`there is no command '${called}'.${didYouMean(called, names)} Commands: ${names.join(', ')}.`)
}

async function runCommand(row: CommandRow, words: readonly string[]): Promise<void> {
  const [{ default: yargs }, { command }] = await Promise.all([import('yargs'), row.load()])
  const parser = yargs([...words])
    .scriptName('spikeloom')
    .locale('en')
    .strict()
    .option('debug', { type: 'boolean', describe: 'print the stack of an error', global: true })
    .alias('help', 'h')
    .version(packageVersion())
    .wrap(100)
    .epilogue(FOOTER)
    .exitProcess(false)
    .command(requireValues({ ...command, describe: row.describe }))
  parser.check((values) => checkValues(values, parser), true)
  parser.fail((message, error) => {
    // yargs calls this both for its own complaints (no error, or a YError) and for what a command threw.
    throw error && error.name !== 'YError' ? error : usageError(message, words, parser)
  })
  await parser.parseAsync()
}

async function dispatch(words: readonly string[], called: string | undefined): Promise<void> {
  if (called === undefined && (words.length === 0 || words.includes('--help') || words.includes('-h'))) {
    return print(overview())
  }
  if (called === undefined && words.includes('--version')) return print(packageVersion())
  await runCommand(findCommand(called), words)
}

function report(error: unknown, called: string | undefined, debug: boolean): number {
  const command = COMMANDS.some(({ name }) => name === called) ? `spikeloom ${called}` : 'spikeloom'
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  note(`${command}: ${message}`)
  if (debug && stack) note(stack)
  if (error instanceof UsageError) note(`See '${command} --help'.`)
  if (error instanceof InputError) return EXIT.badInput
  if (!debug) note('Run it again with --debug for the stack.')
  return EXIT.failed
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
