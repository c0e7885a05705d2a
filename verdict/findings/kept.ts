import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Results that were made before, in a folder: an interrupted run goes on where it was. */

const hashes = new Map<string, string>()

/** A hash of source files. */
function sourcesHash(folders: readonly string[], leaveOut?: string): string {
  const known = hashes.get(folders.join())
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for (const folder of folders) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      const path = join(folder, file)
      if (/\.(ts|as|wasm)$/.test(file) && (leaveOut === undefined || !path.startsWith(leaveOut))) hash.update(path).update(readFileSync(path))
    }
  }
  const digest = hash.digest('hex')
  hashes.set(folders.join(), digest)
  return digest
}

const SAMPLING = join('simulate', 'sampled')

/** All that a simulated number can depend on: results of another machine are other results. */
const machineHash = (): string => sourcesHash(['isa', 'sim', 'programs', 'simulate', join('verdict', 'rivals')], SAMPLING)

/**
 * The name under which a result is kept: the same question to the same machine has the same.
 * @param sampled true for results of sampled runs, which depend on the sampling too
 */
export function keptName(question: unknown, sampled = false): string {
  const machine = sampled ? [machineHash(), sourcesHash([SAMPLING])] : [machineHash()]
  return createHash('sha256').update(JSON.stringify([...machine, question])).digest('hex').slice(0, 20)
}

export function isKeptAs(name: string, folder: string): boolean {
  return existsSync(join(folder, `${name}.json`))
}

/** The kept result of a name, or what `make` makes, which is kept. */
export async function kept<T>(name: string, folder: string, make: () => Promise<T>): Promise<T> {
  const path = join(folder, `${name}.json`)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T
  const result = await make()
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${path}.part`, JSON.stringify(result))
  renameSync(`${path}.part`, path)
  return result
}
