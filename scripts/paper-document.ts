import { figureText, paperFigures } from '../cli/paper-figures.js'

/** The figures of the papers, published and computed, one table per group. */
export function renderPaperFigures(): string {
  const groups = new Map<string, string[]>()
  for (const { group, name, unit, published, recomputed, assumption, basis } of paperFigures()) {
    const rows = groups.get(group) ?? []
    const mark = basis === 'inferred' ? '[I] ' : ''
    const stated = published === null ? '' : figureText(published, unit)
    rows.push(`| ${name} | ${stated} | ${figureText(recomputed, unit)} | ${mark}${assumption} |`)
    groups.set(group, rows)
  }
  const tables = [...groups].map(([group, rows]) =>
    [`### ${group}`, '', '| figure | published | here | assumption |', '|---|---|---|---|', ...rows].join('\n'))
  return tables.join('\n\n')
}
