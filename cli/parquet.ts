import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Cell, ChartTable } from '../reports/csv.js'

type Kind = 'STRING' | 'INT64' | 'DOUBLE'

/** Text if any cell is; whole numbers if all are. */
function kindOf(cells: readonly Cell[]): Kind {
  if (cells.some((cell) => typeof cell === 'string')) return 'STRING'
  return cells.every((cell) => cell === null || Number.isSafeInteger(cell)) ? 'INT64' : 'DOUBLE'
}

/** Nothing stays nothing, whatever the kind. */
function valueOf(cell: Cell, kind: Kind): string | number | bigint | null {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return null
  if (kind === 'STRING') return String(cell)
  return kind === 'INT64' ? BigInt(cell as number) : Number(cell)
}

/** The table as a Parquet file: a column each, of text, 64-bit integers or doubles; null where there is nothing. */
export function parquetOf({ columns, rows }: ChartTable): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({
    columnData: columns.map((name, at) => {
      const cells = rows.map((row) => row[at]!)
      const kind = kindOf(cells)
      return { name, type: kind, nullable: true, data: cells.map((cell) => valueOf(cell, kind)) }
    }),
  }))
}
