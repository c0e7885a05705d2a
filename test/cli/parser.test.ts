import { describe, expect, it } from 'vitest'
import type { Argv } from 'yargs'
import type { CommandRow } from '../../cli/commands.js'
import { runCommand } from '../../cli/parser.js'
import { UsageError } from '../../cli/usage-error.js'

/** A command with one option of each kind, which records what it was called with. */
function recorder(): { row: CommandRow; calls: unknown[] } {
  const calls: unknown[] = []
  const command = {
    command: 'try <file> [others..]',
    builder: (parser: Argv) => parser
      .positional('file', { type: 'string' })
      .positional('others', { type: 'string', array: true })
      .option('hop-cycles', { type: 'number' })
      .option('out', { type: 'string' })
      .option('topology', { choices: ['mesh', 'torus'] })
      .option('set', { type: 'string', array: true })
      .option('json', { type: 'boolean' }),
    handler: (values: unknown) => void calls.push(values),
  }
  const row: CommandRow = { name: 'try', usage: command.command, describe: '', load: async () => ({ command }) }
  return { row, calls }
}

async function complaint(...words: string[]): Promise<string> {
  const { row, calls } = recorder()
  const error: unknown = await runCommand(row, ['try', ...words]).then(() => undefined, (thrown: unknown) => thrown)
  expect(calls).toEqual([])
  expect(error).toBeInstanceOf(UsageError)
  return (error as Error).message
}

describe('the command line', () => {
  it('passes good options and several positionals on', async () => {
    const { row, calls } = recorder()
    const words = ['try', 'a', 'b', 'c', '--hop-cycles', '3', '--set', 'x=1', '--set', 'y=2', '--out', '']
    await runCommand(row, words)
    expect(calls).toMatchObject([{ file: 'a', others: ['b', 'c'], hopCycles: 3, set: ['x=1', 'y=2'], out: '' }])
  })

  it('names the nearest option for a misspelt one, as it was typed', async () => {
    expect(await complaint('a', '--hop-cycels', '3')).toBe(`unknown option '--hop-cycels'. Did you mean '--hop-cycles'?`)
    expect(await complaint('a', '--hopCycels=3')).toContain(`unknown option '--hopCycels'.`)
  })

  it('reports all unknown options at once', async () => {
    expect(await complaint('a', '--jsn', '--ot', 'x')).toBe(
      `unknown option '--jsn'. Did you mean '--json'?\nunknown option '--ot'. Did you mean '--out'?`)
  })

  it('refuses a number option without a number', async () => {
    expect(await complaint('a', '--hop-cycles', 'three')).toBe('--hop-cycles needs a number.')
  })

  it('refuses an option whose value is missing', async () => {
    expect(await complaint('a', '--hop-cycles')).toBe('--hop-cycles needs a value.')
    expect(await complaint('a', '--out')).toBe('--out needs a value.')
  })

  it('refuses a single-valued option given twice', async () => {
    expect(await complaint('a', '--hop-cycles', '3', '--hop-cycles', '4')).toBe('--hop-cycles was given more than once.')
  })

  it('names the choices, and the nearest', async () => {
    expect(await complaint('a', '--topology', 'tors')).toBe(
      `--topology: 'tors' is not one of mesh, torus. Did you mean 'torus'?`)
  })

  it('refuses a missing argument', async () => {
    expect(await complaint()).toBe('an argument is missing: spikeloom try <file> [others..]')
  })

  it('lets an error of the command itself through as it is', async () => {
    const failure = new RangeError('from the command')
    const command = { command: 'try', handler: () => { throw failure } }
    const row: CommandRow = { name: 'try', usage: 'try', describe: '', load: async () => ({ command }) }
    await expect(runCommand(row, ['try'])).rejects.toBe(failure)
  })
})
