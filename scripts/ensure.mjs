// What `npm start`, `npm test` and `npm run spikeloom` share: install and build what is missing, then run.
// Plain Node, no dependency: this runs in a fresh clone, before anything is installed. All it says goes to
// stderr, because stdout belongs to the command that follows.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const LOCK_FILE = 'package-lock.json'
const SOURCE_FOLDERS = ['isa', 'sim', 'programs', 'simulate', 'sweep', 'reports', 'cli', 'bench']
const BUILD_INPUTS = ['tsconfig.json', 'tsconfig.build.json', LOCK_FILE]
const STAMP = 'dist/.built-from'

const say = (text) => process.stderr.write(`${text}\n`)

function fail(text) {
  say(text)
  process.exit(1)
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

/** Whether node_modules holds what package-lock.json asks for (npm keeps its own copy of what it installed). */
export function isInstalled(folder = root) {
  const wanted = readLock(join(folder, LOCK_FILE))
  const present = readLock(join(folder, 'node_modules', '.package-lock.json'))
  return Object.entries(wanted).every(([path, { version, optional, integrity }]) =>
    path === '' || optional || (present[path]?.version === version && present[path]?.integrity === integrity))
}

/** Runs `npm ci` when node_modules is missing or does not match package-lock.json. */
export function ensureInstalled() {
  if (isInstalled()) return
  say('spikeloom: installing dependencies (npm ci), once...')
  const npm = process.env.npm_execpath
  const [program, ...first] = npm ? [process.execPath, npm] : ['npm']
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync(program, [...first, ...flags], {
    cwd: root, stdio: ['ignore', 2, 2], shell: !npm && process.platform === 'win32',
  })
  if (error || status !== 0) fail(`spikeloom: npm ci failed${error ? `: ${error.message}` : ''}. Run 'npm ci' to see why.`)
}

/** Newest change under a folder, its own entries (a file removed) included; milliseconds. */
function newestIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((newest, entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return Math.max(newest, newestIn(path))
    return entry.name.endsWith('.ts') ? Math.max(newest, statSync(path).mtimeMs) : newest
  }, statSync(folder).mtimeMs)
}

/** Newest change of anything that dist/ is built from; milliseconds. */
export function newestSource(folder = root) {
  const entryPoints = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'vitest.config.ts')
  const files = [...entryPoints, ...BUILD_INPUTS].map((name) => join(folder, name)).filter(existsSync)
  const folders = SOURCE_FOLDERS.map((name) => join(folder, name)).filter(existsSync)
  return Math.max(...folders.map(newestIn), ...files.map((path) => statSync(path).mtimeMs))
}

/** Whether dist/ was built from the sources as they are now, by modification times. */
export function isBuilt(folder = root) {
  const stamp = join(folder, STAMP)
  return existsSync(stamp) && Number(readFileSync(stamp, 'utf8')) === newestSource(folder)
}

/** Puts a finished build in place of dist/. Another process may be doing the same: the last one wins. */
function swapIn(fresh) {
  const dist = join(root, 'dist')
  const old = join(root, `dist-old-${process.pid}.tmp`)
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(dist)) renameSync(dist, old)
      renameSync(fresh, dist)
      break
    } catch (error) {
      if (attempt === 5) throw error
    } finally {
      rmSync(old, { recursive: true, force: true })
    }
  }
}

/**
 * Compiles the sources into dist/ (types are checked by `npm run types`, not here).
 * @param {{ types?: boolean }} options types: write declarations too, for those who import the package
 */
export async function build({ types = false } = {}) {
  const fresh = join(root, `dist-${process.pid}.tmp`)
  const newest = newestSource()
  try {
    // Loaded now: it needs a package, and this file runs before any is installed.
    const { bundle } = await import('./bundle.mjs')
    await bundle(root, fresh, SOURCE_FOLDERS.filter((folder) => existsSync(join(root, folder))))
    if (types) (await import('./declarations.mjs')).writeDeclarations(root, fresh)
  } catch {
    rmSync(fresh, { recursive: true, force: true })
    fail('spikeloom: the build failed; the messages above say where.')
  }
  chmodSync(join(fresh, 'cli.js'), 0o755)
  writeFileSync(join(fresh, '.built-from'), String(newest))
  swapIn(fresh)
  try {
    await (await import(pathToFileURL(join(root, 'dist', 'cli', 'prepare.js')).href)).prepare()
  } catch {
    // A chip file that is wrong just now: its command says so better, and answers without this.
  }
}

/** Installs and builds only what is missing or stale. */
export async function ensureBuilt() {
  if (isBuilt() && existsSync(join(root, 'node_modules', '.package-lock.json'))) return
  ensureInstalled()
  if (isBuilt()) return
  say('spikeloom: building...')
  await build()
}

/** Runs the built CLI in this process, so that its exit code and signals are its own. */
export async function runCli(words) {
  const cli = join(root, 'dist', 'cli.js')
  process.argv = [process.argv[0], cli, ...words]
  await import(pathToFileURL(cli).href)
}

/** Runs a Node script of a dependency, passing signals on to it and its exit code back. */
export function runScript(script, words) {
  const child = spawn(process.execPath, [join(root, 'node_modules', script), ...words], { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0)
  })
}
