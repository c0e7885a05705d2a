import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Results that were made before, in a folder: an interrupted run goes on where it was. */

let sources: string | undefined

/** A hash of all that a simulated number can depend on: results of another machine are other results. */
function sourcesHash(): string {
  if (sources !== undefined) return sources
  const hash = createHash('sha256')
  for (const folder of ['isa', 'sim', 'programs', 'simulate', 'verdict/rivals']) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (/\.(ts|as|wasm)$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)))
    }
  }
  sources = hash.digest('hex')
  return sources
}

/** The name under which a result is kept: the same question to the same machine has the same. */
export function keptName(question: unknown): string {
  return createHash('sha256').update(JSON.stringify([sourcesHash(), question])).digest('hex').slice(0, 20)
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
