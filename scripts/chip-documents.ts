import { findChip, presetNames } from '../cli/chip-source.js'
import { chipJsonSchema, chipKeys } from '../sim/config/chip-keys.js'

const escape = (text: string): string => text.replaceAll('|', '\\|')

/** The chip file's keys, one table per group. */
export function renderChipKeys(): string {
  const groups = new Map<string, string[]>()
  for (const { path, values, fallback, meaning } of chipKeys()) {
    const name = path.split('.').at(-1)!
    const group = path.split('.').slice(0, -1).join('.')
    const rows = groups.get(group) ?? []
    rows.push(`| \`${name}\` | ${escape(values)} | ${fallback === '' ? '' : `\`${fallback}\``} | ${escape(meaning)} |`)
    groups.set(group, rows)
  }
  const tables = [...groups].map(([group, rows]) => [
    group === '' ? '### Top level' : `### \`${group}:\``,
    '',
    '| key | values | default | meaning |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n'))
  return tables.join('\n\n')
}

/** The chips that come with Spikeloom, and the question each answers. */
export function renderPresets(): string {
  const rows = presetNames().map((name) => `| \`${name}\` | ${escape(findChip(name).description)} |`)
  return ['| chip | what it is for |', '|---|---|', ...rows].join('\n')
}

/** The JSON Schema for editors. */
export function renderChipSchema(): string {
  return `${JSON.stringify(chipJsonSchema(), null, 2)}\n`
}
