/** Tables of numbers: what a chart draws, and what `export` writes. */

export type Cell = string | number | null

export interface ChartTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

function cellText(cell: Cell): string {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return ''
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The table as CSV (RFC 4180, line feeds): a heading, then a line a row; what is no number is empty. */
export function csvOf({ columns, rows }: ChartTable): string {
  return [columns, ...rows].map((row) => `${row.map(cellText).join(',')}\n`).join('')
}
