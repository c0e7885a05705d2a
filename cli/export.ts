import type { CommandModule } from 'yargs'
import { TABLE_NAMES, type TableName } from '../reports/table-names.js'
import { note, print, printJson } from './output.js'
import { UsageError } from './usage-error.js'

interface Arguments {
  readonly result: string
  readonly table: TableName
  readonly csv: boolean
  readonly parquet: boolean
  readonly out: string | undefined
  readonly json: boolean
}

function checkFormat({ csv, parquet, out, json }: Arguments): void {
  if ([csv, parquet, json].filter(Boolean).length > 1) throw new UsageError('--csv, --parquet and --json are one or the other.')
  if (parquet && out === undefined) throw new UsageError('--parquet is no text: say --out FILE.parquet.')
}

/** `spikeloom export RESULT --table T`: a table of a result for other programs. */
export const command: CommandModule<object, Arguments> = {
  command: 'export <result>',
  describe: 'write a table of a result as CSV or Parquet, for pandas and others',
  builder: (parser) => parser
    .positional('result', { type: 'string', demandOption: true, describe: 'result.json that run wrote' })
    .option('table', { choices: TABLE_NAMES, demandOption: true, describe: 'which table' })
    .option('csv', { type: 'boolean', default: false, describe: 'as CSV (the default)' })
    .option('parquet', { type: 'boolean', default: false, describe: 'as Parquet' })
    .option('out', { type: 'string', describe: 'file to write (default: stdout, for CSV)' })
    .option('json', { type: 'boolean', default: false, describe: 'as JSON: columns and rows' }),
  handler: async (args) => {
    checkFormat(args)
    const [{ readResult }, { resultTable }, { csvOf }, { writeAtomically }, { checkFiles }] = await Promise.all([
      import('./result-file.js'), import('../reports/result-tables.js'), import('../reports/csv.js'), import('./write.js'),
      import('./outputs.js'),
    ])
    checkFiles([args.out])
    const table = resultTable(readResult(args.result), args.table)
    if (args.parquet) await writeAtomically(args.out!, (await import('./parquet.js')).parquetOf(table))
    else if (args.out !== undefined) await writeAtomically(args.out, args.json ? `${JSON.stringify(table)}\n` : csvOf(table))
    else if (args.json) return printJson(table)
    else return print(csvOf(table).trimEnd())
    note(`wrote ${args.out!}: ${table.rows.length} rows of ${table.columns.length} columns`)
  },
}
