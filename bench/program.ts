import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A run of the command line in a process of its own: what a user waits for. */
export interface ProgramRun<T> {
  readonly seconds: number
  readonly output: T
}

/** From sources, tsx compiles the program first: some tenths of a second that the built program does not take. */
const COMPILED = import.meta.url.endsWith('.js')
const ENTRY = fileURLToPath(new URL(COMPILED ? '../cli.js' : '../cli.ts', import.meta.url))

/** Node's arguments that start the command line. */
export const COMMAND: readonly string[] = COMPILED ? [ENTRY] : ['--import', 'tsx', ENTRY]

/**
 * Runs `spikeloom WORDS --json` and parses what it prints.
 * @throws Error with the program's own message if it fails
 */
export function runProgram<T>(words: readonly string[]): ProgramRun<T> {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...words, '--json'], {
    encoding: 'utf8', maxBuffer: 2 ** 30,
  })
  const seconds = (performance.now() - start) / 1000
  if (status !== 0) throw new Error(`spikeloom ${words.join(' ')} ended with ${status}: ${stderr}`)
  return { seconds, output: JSON.parse(stdout) as T }
}
