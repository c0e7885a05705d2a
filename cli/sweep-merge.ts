import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../sim/errors.js'
import { summarise } from '../sweep/analysis.js'
import { writeParquet } from '../sweep/parquet.js'
import { planFromJson } from '../sweep/plan/parse.js'
import type { Plan } from '../sweep/plan/types.js'
import { Store } from '../sweep/store/store.js'
import { columnsOf, csvLines, tableRows } from '../sweep/table.js'
import { makeFolder } from './file-system.js'
import { writeAtomically } from './write.js'
import { note } from './output.js'
import { storeOptions } from './sweep-bench.js'

/** The store of a sweep. */
export const STORE_FILE = 'sweep.db'
const SHARD = /^shard-\d+-of-\d+\.db$/

/** A store and the plan it is of. @throws InputError for a folder without one */
export async function openSwept(folder: string): Promise<{ store: Store; plan: Plan }> {
  const file = join(folder, STORE_FILE)
  if (!existsSync(file)) throw new InputError(`'${folder}' holds no sweep: there is no ${STORE_FILE} in it.`)
  const store = await Store.open(file, storeOptions(true))
  const plan = store.meta('plan')
  if (plan === undefined) throw new InputError(`'${file}' has no plan: nothing was swept into it yet.`)
  return { store, plan: planFromJson(plan) }
}

/**
 * Joins the stores of shards into the one of their folder.
 * @param files the shards' stores; none: those that lie in the folder
 */
export async function mergeShards(folder: string, files: readonly string[]): Promise<{ store: Store; plan: Plan }> {
  const shards = files.length > 0 ? files
    : existsSync(folder) ? readdirSync(folder).filter((name) => SHARD.test(name)).sort().map((name) => join(folder, name)) : []
  if (shards.length === 0) throw new InputError(`'${folder}' holds no shards: run sweep PLAN --shard I/N --out ${folder} first, or name their stores.`)
  const missing = shards.find((file) => !existsSync(file))
  if (missing !== undefined) throw new InputError(`store '${missing}' does not exist.`)
  makeFolder(folder)
  const store = await Store.open(join(folder, STORE_FILE), storeOptions(true))
  const taken = shards.map((file) => store.take(file))
  note(`took ${taken.reduce((sum, rows) => sum + rows, 0)} points from ${shards.length} stores`)
  store.close()
  return openSwept(folder)
}

/** Writes the table of a sweep as CSV or Parquet, by the file's ending. */
export async function exportTable(folder: string, file: string | undefined): Promise<void> {
  if (file === undefined || !/\.(csv|parquet)$/.test(file)) {
    throw new InputError(`sweep export needs --to FILE.csv or --to FILE.parquet${file === undefined ? '' : `; '${file}' is neither`}.`)
  }
  const { store, plan } = await openSwept(folder)
  try {
    const summaries = summarise(store, plan)
    const columns = columnsOf(store, plan)
    const rows = (): ReturnType<typeof tableRows> => tableRows(store, plan, summaries)
    if (file.endsWith('.csv')) await writeAtomically(file, csvLines(columns, rows()))
    else {
      const temporary = `${file}.${process.pid}.tmp`
      const { fileWriter } = await import('hyparquet-writer')
      try {
        await writeParquet(fileWriter(temporary), columns, rows)
        renameSync(temporary, file)
      } finally {
        rmSync(temporary, { force: true })
      }
    }
    note(`wrote ${file}`)
  } finally {
    store.close()
  }
}
