import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import yargs from 'yargs'
import { didYouMean, InputError } from '../sim/errors.js'
import { COMMANDS } from './commands.js'
import { note } from './output.js'
import { packageRoot } from './package-root.js'
import { checkValues, requireValues, usageError, UsageError } from './usage.js'

/** Exit codes: the whole list. A signal ends the process with 128 + its number. */
export const EXIT = { ok: 0, failed: 1, badInput: 2 } as const

const FOOTER = `Exit codes: ${EXIT.ok} done, ${EXIT.failed} the run failed, ${EXIT.badInput} bad usage or input, 130 Ctrl-C.
'spikeloom COMMAND --help' tells a command's options.`

/** The version in package.json. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}

/** Stands in `--help` for a command that was not called. */
function listed(usage: string, describe: string): CommandModule {
  return { command: usage, describe, handler: () => undefined }
}

async function commandModules(called: string | undefined): Promise<CommandModule[]> {
  return Promise.all(COMMANDS.map(async ({ name, usage, describe, load }) => {
    if (name !== called) return listed(usage, describe)
    const { command } = await load()
    return requireValues({ ...command, describe })
  }))
}

function assertKnownCommand(called: string | undefined): void {
  const names = COMMANDS.map(({ name }) => name)
  if (called === undefined || names.includes(called)) return
  throw new UsageError(`there is no command '${called}'.${didYouMean(called, names)} Commands: ${names.join(', ')}.`)
}

async function runCommand(argv: readonly string[], called: string | undefined): Promise<void> {
  assertKnownCommand(called)
  const parser = yargs([...argv])
    .scriptName('spikeloom')
    .usage('$0 COMMAND [OPTIONS]\n\nCycle-level simulation of neuromorphic chips that run spike-driven language models.')
    .locale('en')
    .strict()
    .demandCommand(1, 'name a command.')
    .option('debug', { type: 'boolean', describe: 'print the stack of an error', global: true })
    .alias('help', 'h')
    .version(packageVersion())
    .wrap(100)
    .epilogue(FOOTER)
    .exitProcess(false)
  for (const module of await commandModules(called)) parser.command(module)
  parser.check((values) => checkValues(values, parser), true)
  parser.fail((message, error) => {
    // yargs calls this both for its own complaints (no error, or a YError) and for what a command threw.
    throw error && error.name !== 'YError' ? error : usageError(message, argv, parser)
  })
  await parser.parseAsync()
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
  const words = argv.length === 0 ? ['--help'] : argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  const called = words.find((word) => !word.startsWith('-'))
  const debug = words.includes('--debug') || Boolean(process.env['SPIKELOOM_DEBUG'])
  try {
    await runCommand(words, called)
    return EXIT.ok
  } catch (error) {
    return report(error, called, debug)
  }
}
