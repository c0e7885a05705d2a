import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The cache in which Hugging Face's tools keep models on this machine (huggingface_hub, constants.py):
 * models--ORG--NAME/snapshots/COMMIT/FILE, and refs/main with the commit that was fetched last.
 */

type Environment = Readonly<Record<string, string | undefined>>

/** ORG/NAME as the hub allows it. */
const REPOSITORY = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/

export function isRepository(name: string): boolean {
  return REPOSITORY.test(name) && !name.includes('..')
}

/** The folder of the cache: HF_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME or the home folder's. */
export function hubCache(environment: Environment = process.env): string {
  const given = environment['HF_HUB_CACHE'] ?? environment['HUGGINGFACE_HUB_CACHE']
  if (given !== undefined && given !== '') return given
  const home = environment['HF_HOME']
  if (home !== undefined && home !== '') return join(home, 'hub')
  return join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface', 'hub')
}

/** The snapshot of a repository that refs/main names, else its latest; undefined when there is none. */
export function cachedModel(repository: string, environment: Environment = process.env): string | undefined {
  const folder = join(hubCache(environment), `models--${repository.replace('/', '--')}`)
  const snapshots = join(folder, 'snapshots')
  if (!existsSync(snapshots)) return undefined
  const main = join(folder, 'refs', 'main')
  const commit = existsSync(main) ? readFileSync(main, 'utf8').trim() : ''
  if (/^[0-9a-f]{4,64}$/.test(commit) && existsSync(join(snapshots, commit))) return join(snapshots, commit)
  const byAge = readdirSync(snapshots).map((name) => join(snapshots, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
  return byAge[0]
}
