import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMANDS } from './commands.js'
import { packageRoot } from './package-root.js'

/** Exit codes: the whole list. A signal ends the process with 128 + its number. */
export const EXIT = { ok: 0, failed: 1, badInput: 2 } as const

const SUMMARY = 'Cycle-level simulation of neuromorphic chips that run spike-driven language models.'

const FOOTER = `Exit codes: ${EXIT.ok} done, ${EXIT.failed} the run failed, ${EXIT.badInput} bad usage or input, 129, 130, 143 ended by SIGHUP, Ctrl-C, SIGTERM.`

/** The version in package.json. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}

/** `spikeloom --help`, written here rather than by yargs, which takes longer to load than all else. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length))
  return [
    SUMMARY,
    '',
    'Usage: spikeloom COMMAND [OPTIONS]',
    '',
    'Commands:',
    ...COMMANDS.map(({ usage, describe }) => `  ${usage.padEnd(width)}  ${describe}`),
    '',
    'Options of every command:',
    '  -h, --help     show help; after a command, its options',
    '      --version  show the version',
    '      --debug    print the stack of an error (or set SPIKELOOM_DEBUG)',
    '',
    FOOTER,
  ].join('\n')
}
