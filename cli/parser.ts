import type { Argv } from 'yargs'
import yargs from 'yargs'
import type { CommandRow } from './commands.js'
import { packageVersion } from './help.js'
import { checkValues, requireValues, usageError, withGiven } from './usage.js'

async function commandParser(row: CommandRow, words: readonly string[]): Promise<Argv> {
  const { command } = await row.load()
  const parser = yargs([...words])
    .scriptName('spikeloom')
    .locale('en')
    .strict()
    .option('debug', { type: 'boolean', describe: 'print the stack of an error', global: true })
    .describe('help', 'show help')
    .alias('help', 'h')
    .version('version', 'show the version', packageVersion())
    .group(['help', 'debug', 'version'], 'Options of every command:')
    .wrap(100)
    .exitProcess(false)
    .command(withGiven(requireValues({ ...command, describe: row.describe }), words))
  parser.check((values) => checkValues(values, words, parser), true)
  parser.fail((message, error) => {
    // yargs calls this both for its own complaints (no error, or a YError) and for what a command threw.
    throw error && error.name !== 'YError' ? error : usageError(message, row.usage, words, parser)
  })
  return parser
}

/**
 * Runs one command.
 * @param words the whole command line, the command's name included
 * @throws UsageError for a wrong command line, and whatever the command throws
 */
export async function runCommand(row: CommandRow, words: readonly string[]): Promise<void> {
  await (await commandParser(row, words)).parseAsync()
}

/** What `spikeloom COMMAND --help` prints. */
export async function commandHelp(row: CommandRow): Promise<string> {
  const parser = await commandParser(row, [])
  return new Promise((resolve, reject) => {
    const take = (_error: unknown, _argv: unknown, output: string): void => resolve(output)
    Promise.resolve(parser.parse([row.name, '--help'], {}, take)).catch(reject)
  })
}
