import { describe, expect, it } from 'vitest'
import { assemble, INSTRUCTIONS } from '../../isa/index.js'
import { EXAMPLE, HUB_EXAMPLE } from '../../isa/manual-guide.js'
import { compareDocument, DOCUMENTS } from '../../scripts/generate-docs.js'

describe('generated documents', () => {
  it.each(DOCUMENTS)('$file $section is current (npm run docs)', (document) => {
    const { expected, actual } = compareDocument(document)
    expect(actual).toBe(expected)
  })

  it('docs/isa.md has a row for every instruction', () => {
    const manual = DOCUMENTS.find(({ file }) => file === 'docs/isa.md')!.render()
    for (const { mnemonic, operands } of INSTRUCTIONS) {
      const text = [mnemonic, operands.map((operand) => operand.name).join(', ')].join(' ').trim()
      expect(manual).toContain(`| \`${text}\` |`)
    }
  })

  const examples = [['tile', EXAMPLE, 7], ['hub', HUB_EXAMPLE, 13]] as const
  it.each(examples)('the %s example of the guide assembles', (_, source, words) => {
    const assembly = assemble(source)
    expect(assembly.diagnostics).toEqual([])
    expect(assembly.words).toHaveLength(words)
  })
})
