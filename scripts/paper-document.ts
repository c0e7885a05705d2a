import { figureText, paperFigures } from '../cli/paper-figures.js'

/** The figures of the papers, published and computed, one table per group. */
export function renderPaperFigures(): string {
  const groups = new Map<string, string[]>()
  for (const { group, name, unit, published, recomputed, assumption, basis } of paperFigures()) {
    const rows = groups.get(group) ?? []
    const mark = basis === 'inferred' ? '[I] ' : ''
    rows.push(`| ${name} | ${published === null ? '' : figureText(published, unit)} | ${figureText(recomputed, unit)} | ${mark}${assumption} |`)
    groups.set(group, rows)
  }
  const tables = [...groups].map(([group, rows]) =>
    [`### ${group}`, '', '| figure | published | here | assumption |', '|---|---|---|---|', ...rows].join('\n'))
  return tables.join('\n\n')
}
