import { extname, resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { assemble, formatDiagnostics, formatListing, hexWord, writeProgramFile } from '../isa/index.js'
import { InputError } from '../sim/errors.js'
import { readText } from './files.js'
import { checkFiles } from './outputs.js'
import { writeAtomically } from './write.js'
import { note, print, printJson } from './output.js'

/** Where the program goes: -o, or the source's name with .bin. */
function outputPath(file: string, out: string | undefined): string {
  const path = out ?? `${file.slice(0, file.length - extname(file).length)}.bin`
  if (resolve(path) === resolve(file)) {
    throw new InputError(`the program would replace its source '${file}'. Name another file with -o.`)
  }
  return path
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

async function run(file: string, out: string | undefined, json: boolean): Promise<void> {
  const source = readText(file, 'assembly source')
  const assembly = assemble(source, file)
  const { diagnostics } = assembly
  if (diagnostics.length > 0) {
    if (json) printJson({ file, diagnostics })
    const shown = formatDiagnostics(diagnostics, source)
    throw new InputError(`${count(diagnostics.length, 'error')} in ${file}; nothing was written.\n${shown}`)
  }
  const path = outputPath(file, out)
  checkFiles([path])
  await writeAtomically(path, writeProgramFile(assembly.words))
  if (json) {
    const words = Array.from(assembly.words, hexWord)
    printJson({ file, output: path, words, labels: Object.fromEntries(assembly.labels), diagnostics })
    return
  }
  print(formatListing(assembly, source).trimEnd())
  note(`wrote ${count(assembly.words.length, 'word')} to ${path}`)
}

/** `spikeloom asm FILE`: source to program file, with a listing. */
export const command: CommandModule<object, { file: string; out: string | undefined; json: boolean }> = {
  command: 'asm <file>',
  describe: 'assemble a core\'s program and list it',
  builder: (parser) => parser
    .positional('file', { type: 'string', demandOption: true, describe: 'assembly source' })
    .option('out', { alias: 'o', type: 'string', describe: 'program file to write [FILE with .bin]' })
    .option('json', { type: 'boolean', default: false, describe: 'print JSON only' }),
  handler: ({ file, out, json }) => run(file, out, json),
}
