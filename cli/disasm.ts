import type { CommandModule } from 'yargs'
import { disassemble, IsaError, readProgramFile } from '../isa/index.js'
import { InputError } from '../sim/errors.js'
import { readBytes } from './files.js'
import { print } from './output.js'

function words(file: string): BigUint64Array {
  try {
    return readProgramFile(readBytes(file, 'program file'), file)
  } catch (error) {
    if (error instanceof IsaError) throw new InputError(`${error.message}. Programs are written by 'spikeloom asm'.`)
    throw error
  }
}

/** `spikeloom disasm FILE`: program file to source that assembles to the same words. */
export const command: CommandModule<object, { file: string }> = {
  command: 'disasm <file>',
  describe: 'show a core\'s program as assembly',
  builder: (parser) => parser
    .positional('file', { type: 'string', demandOption: true, describe: 'program file written by asm' }),
  handler: ({ file }) => print(disassemble(words(file)).trimEnd()),
}
