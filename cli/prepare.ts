import { writeFileSync, renameSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chipList } from './chips.js'
import { COMMANDS } from './commands.js'
import { commandHelp } from './parser.js'
import { chipFiles, PREPARED_URL } from './prepared.js'
import type { Prepared } from './prepared.js'

/** The last step of a build: writes down what commands answer whatever happens. */
export async function prepare(): Promise<void> {
  const help = await Promise.all(COMMANDS.map(async (row) => [row.name, (await commandHelp(row)).trimEnd()] as const))
  const prepared: Prepared = { help: Object.fromEntries(help), chips: { text: chipList(), files: chipFiles() } }
  const file = fileURLToPath(PREPARED_URL)
  writeFileSync(`${file}.${process.pid}.tmp`, JSON.stringify(prepared))
  renameSync(`${file}.${process.pid}.tmp`, file)
}
