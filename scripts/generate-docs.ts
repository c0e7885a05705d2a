/** Writes the documents that derive from the code: `npm run docs`. Tests hold each one against what this renders. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { renderManual } from '../isa/manual.js'
import { renderChipKeys, renderChipSchema, renderPresets } from './chip-documents.js'
import { renderCommands } from './cli-documents.js'
import { renderPaperFigures } from './paper-document.js'

export interface GeneratedDocument {
  /** Relative to the repository's root. */
  readonly file: string
  /**
   * The whole file when absent; else the part between the lines `<!-- generated: section -->` and
   * `<!-- end: section -->`, which stay.
   */
  readonly section?: string
  readonly render: () => string
}

/** Every generated document; add one row for a new one. */
export const DOCUMENTS: readonly GeneratedDocument[] = [
  { file: 'docs/isa.md', render: renderManual },
  { file: 'docs/chip.schema.json', render: renderChipSchema },
  { file: 'docs/chips.md', section: 'presets', render: renderPresets },
  { file: 'docs/chips.md', section: 'keys', render: renderChipKeys },
  { file: 'docs/cli.md', section: 'commands', render: renderCommands },
  { file: 'docs/paper.md', section: 'figures', render: renderPaperFigures },
]

const root = new URL('../', import.meta.url)

/** The document's file as it should be, and as it is (empty when it does not exist). */
export function compareDocument(document: GeneratedDocument): { expected: string, actual: string } {
  const actual = readOrEmpty(document.file)
  const { section } = document
  if (section === undefined) return { expected: document.render(), actual }
  const start = `<!-- generated: ${section} -->\n`
  const end = `\n<!-- end: ${section} -->`
  const from = actual.indexOf(start)
  const to = actual.indexOf(end, from)
  if (from < 0 || to < 0) {
    throw new Error(`${document.file} has no lines '${start.trim()}' and '${end.trim()}' in this order`)
  }
  return { expected: actual.slice(0, from + start.length) + document.render().trim() + actual.slice(to), actual }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(new URL(file, root), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function writeAll(): void {
  for (const document of DOCUMENTS) {
    const { expected, actual } = compareDocument(document)
    if (expected === actual) continue
    const target = new URL(document.file, root)
    const temporary = new URL(`${document.file}.tmp`, root)
    writeFileSync(temporary, expected)
    renameSync(temporary, target)
    console.log(`wrote ${document.file}`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeAll()
