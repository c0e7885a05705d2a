import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './package-root.js'

/**
 * Answers that are the same until the next build, so that the build writes them down (cli/prepare.ts) and nothing need be
 * loaded to give them. Without that file, as in a checkout run from its sources, the commands answer themselves.
 */
export interface Prepared {
  /** `COMMAND --help`, by command. */
  readonly help: Readonly<Record<string, string>>
  /** `chips`, and the chip files it was made from. */
  readonly chips: { readonly text: string; readonly files: string }
}

/** Where the build writes them: beside this module, compiled. */
export const PREPARED_URL = new URL('prepared.json', import.meta.url)

/** The text of all chip files, each under its name. */
export function chipFiles(): string {
  const folder = join(packageRoot(), 'chips')
  return readdirSync(folder).sort().map((file) => `${file}\n${readFileSync(join(folder, file), 'utf8')}`).join('\n')
}

function read(): Prepared | undefined {
  try {
    return JSON.parse(readFileSync(PREPARED_URL, 'utf8')) as Prepared
  } catch {
    return undefined
  }
}

/**
 * What a command line prints, where the build knew.
 * @param words the whole command line
 */
export function preparedAnswer(words: readonly string[]): string | undefined {
  const [name, flag] = words
  const isHelp = words.length === 2 && (flag === '--help' || flag === '-h')
  const isChips = words.length === 1 && name === 'chips'
  if (!isHelp && !isChips) return undefined
  const prepared = read()
  if (isHelp) return Object.hasOwn(prepared?.help ?? {}, name!) ? prepared!.help[name!] : undefined
  return prepared?.chips.files === chipFiles() ? prepared.chips.text : undefined
}
