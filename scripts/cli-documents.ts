import { COMMANDS } from '../cli/commands.js'
import { overview } from '../cli/help.js'
import { commandHelp } from '../cli/parser.js'

const block = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``

const HELP = await Promise.all(COMMANDS.map(async (row) => `### ${row.name}\n\n${block(await commandHelp(row))}`))

/** What `--help` prints, for the program and for every command. */
export function renderCommands(): string {
  return [block(overview()), ...HELP].join('\n\n')
}
