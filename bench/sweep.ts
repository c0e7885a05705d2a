import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { NO_SERVER, startRedis } from './redis.js'
import type { BenchRow } from './harness.js'
import { main } from './harness.js'
import { COMMAND } from './program.js'

/**
 * A sweep of 200 points of the shipped model, whole processes: on one thread, on two, by a queue with two worker
 * processes, and killed with SIGKILL at half of the points and run again. All must print the same table. Each is run once:
 * a run is 200 repeats of a point already.
 */

const PLAN = `
base: loom-64
vary:
  core.lanes: [16, 32, 64, 128, 256]
  clockMHz: [100, 200, 300, 400, 500]
  network.virtualChannels: [1, 2, 3, 4]
  encoding: { choose: [ternary, graded] }
run: { model: kjv-1m, tokens: 1 }
`
const POINTS = 200

function start(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...COMMAND, ...words], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Runs a command to its end; seconds of wall time. */
async function finish(words: readonly string[]): Promise<number> {
  const before = performance.now()
  const [code] = (await once(start(words), 'exit')) as [number]
  if (code !== 0) throw new Error(`spikeloom ${words.join(' ')} ended with ${code}`)
  return (performance.now() - before) / 1000
}

/** Finished points in a store; 0 while there is none. */
export function rowsOf(out: string): number {
  if (!existsSync(join(out, 'sweep.db'))) return 0
  const db = new Database(join(out, 'sweep.db'))
  try {
    return (db.prepare('select count(*) as n from points').get() as { n: number }).n
  } catch {
    // Its tables are about to be made.
    return 0
  } finally {
    db.close()
  }
}

/** Killed at half of the points, then run again: seconds of both. */
async function killedAndResumed(words: readonly string[], out: string): Promise<number> {
  const before = performance.now()
  const child = start(words)
  while (rowsOf(out) < POINTS / 2) await new Promise((resolve) => setTimeout(resolve, 100))
  child.kill('SIGKILL')
  await once(child, 'exit')
  await finish(words)
  return (performance.now() - before) / 1000
}

/** The sweep while two worker processes serve its queue; the workers start with it. */
async function queued(words: readonly string[]): Promise<number> {
  const server = await startRedis()
  const before = performance.now()
  const workers = [1, 2].map(() => start(['worker', '--queue', server.url]))
  await finish([...words, '--queue', server.url])
  const seconds = (performance.now() - before) / 1000
  for (const worker of workers) worker.kill('SIGTERM')
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
  await server.stop()
  return seconds
}

export async function sweepBenchmarks(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'spikeloom-'))
  const plan = join(folder, 'plan.yaml')
  writeFileSync(plan, PLAN)
  const into = (name: string): string => join(folder, name)
  const words = (name: string): string[] => ['sweep', plan, '--out', into(name)]
  const table = (name: string): string => readFileSync(join(into(name), 'points.csv'), 'utf8')
  try {
    const one = await finish(words('one'))
    const rows: BenchRow[] = []
    const row = (name: string, seconds: number, store: string): void => {
      if (table(store) !== table('one')) throw new Error(`the table of '${name}' is not that of one thread`)
      rows.push({ name: `200 points of the shipped model: ${name}`, unit: 's', value: seconds, reference: '1 thread', ratio: seconds / one })
    }
    row('1 thread', one, 'one')
    row('2 threads', await finish([...words('two'), '--workers', '2']), 'two')
    row('2 threads, killed half-way and run again', await killedAndResumed([...words('killed'), '--workers', '2'], into('killed')), 'killed')
    if (NO_SERVER === '') row('a queue with 2 worker processes', await queued(words('queued')), 'queued')
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main(import.meta.url, sweepBenchmarks)
