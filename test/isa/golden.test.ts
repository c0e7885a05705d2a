import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { assemble, formatDiagnostics, formatListing } from '../../isa/index.js'

/**
 * Each file holds a source and, behind a line of '=', the listing or the diagnostics it gives, as comments.
 * UPDATE=1 rewrites the expectations: read the difference before committing it.
 */
const folder = new URL('golden/', import.meta.url)
const DIVIDER = '\n; ====================\n'

function outcome(source: string, file: string): string {
  const assembly = assemble(source, file)
  const failed = assembly.diagnostics.length > 0
  const text = failed ? formatDiagnostics(assembly.diagnostics, source) : formatListing(assembly, source)
  return text.trimEnd().split('\n').map((line) => `; ${line}`.trimEnd() + '\n').join('')
}

describe('golden sources', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.asm')))('%s', (name) => {
    const path = new URL(name, folder)
    const text = readFileSync(path, 'utf8')
    const [source = '', expected = ''] = text.split(DIVIDER)
    const actual = outcome(source, name)
    if (process.env['UPDATE'] === '1') writeFileSync(path, source + DIVIDER + actual)
    else expect(actual).toBe(expected)
  })
})
