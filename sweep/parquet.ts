import type { Writer } from 'hyparquet-writer'
import type { Cell, TableRow } from './table.js'

/** Rows that are turned into columns at a time: they bound the memory, whatever the table's length. */
const GROUP_ROWS = 10_000

type Kind = 'DOUBLE' | 'BOOLEAN' | 'STRING'

function kindOf(cell: NonNullable<Cell>): Kind {
  return typeof cell === 'number' ? 'DOUBLE' : typeof cell === 'boolean' ? 'BOOLEAN' : 'STRING'
}

/** The kind of each column; one that holds several is of strings, and so is one that is empty. */
function kindsOf(columns: readonly string[], rows: Iterable<TableRow>): Kind[] {
  const kinds: (Kind | undefined)[] = columns.map(() => undefined)
  for (const { cells } of rows) {
    columns.forEach((column, at) => {
      const cell = cells.get(column)
      if (cell === undefined || kinds[at] === 'STRING') return
      const kind = kindOf(cell)
      kinds[at] = kinds[at] === undefined || kinds[at] === kind ? kind : 'STRING'
    })
  }
  return kinds.map((kind) => kind ?? 'STRING')
}

function columnOf(cells: readonly Cell[], kind: Kind): (string | number | boolean | null)[] {
  return cells.map((cell) => (cell === undefined ? null : kind === 'STRING' ? String(cell) : cell))
}

/**
 * Writes a table as Parquet: numbers as doubles, words as UTF-8, what a row lacks as null.
 * @param rows gives the table from its beginning each time it is called
 */
export async function writeParquet(writer: Writer, columns: readonly string[], rows: () => Iterable<TableRow>): Promise<void> {
  const { ParquetWriter } = await import('hyparquet-writer')
  const kinds = kindsOf(columns, rows())
  const schema = [
    { name: 'root', num_children: columns.length },
    ...columns.map((name, at) => ({
      name, repetition_type: 'OPTIONAL' as const,
      ...(kinds[at] === 'STRING' ? { type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const } : { type: kinds[at]! as 'DOUBLE' | 'BOOLEAN' }),
    })),
  ]
  const parquet = new ParquetWriter({ writer, schema })
  const writeGroup = async (group: readonly TableRow[]): Promise<void> => parquet.write({
    columnData: columns.map((name, at) => ({ name, data: columnOf(group.map(({ cells }) => cells.get(name)), kinds[at]!) })),
    rowGroupSize: GROUP_ROWS,
  })
  let group: TableRow[] = []
  for (const row of rows()) {
    group.push(row)
    if (group.length < GROUP_ROWS) continue
    await writeGroup(group)
    group = []
  }
  if (group.length > 0) await writeGroup(group)
  await parquet.finish()
}
