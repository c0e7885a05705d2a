// `npm run other-nodes [-- VERSION ...]`: the same bytes on other versions of Node. Each comes as the npm package `node` into
// a folder for the time of the run; the built program then runs the same lines on it and on this Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './ensure.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const VERSIONS = ['22', '24']
/** Runs that between them use every price, both kinds of run, and the network by itself. */
const LINES = [
  ['run', '--chip', 'loom-16', '--tokens', '2'],
  ['run', '--chip', 'loom-64-barrier', '--tokens', '2', '--encoding', 'bitwise'],
  ['run', '--chip', 'loom-64-torus', '--tokens', '2', '--temperature', '0.8', '--attention', 'spiking', '--set', 'technologyNm=45'],
  ['run', '--model', 'models/kjv-1m/config.json', '--chip', 'hbm-board', '--spikes-per-activation', '0.8', '--prompt-tokens', '3'],
  ['noc', '--columns', '4', '--rows', '4', '--rate', '0.3', '--period-cycles', '500'],
]

/** What differs from run to run on one Node too. */
const OF_THE_CLOCK = /^\s*"(wallSeconds|peakMemoryBytes)": .*$/gm

/** @param {string} node @param {readonly string[]} words */
function digest(node, words) {
  const { stdout, stderr, status } = spawnSync(node, [join(root, 'dist', 'cli.js'), ...words, '--json'], {
    cwd: root, encoding: 'utf8', maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(`${node} ${words.join(' ')} ended with ${status}:\n${stderr}`)
  return createHash('sha256').update(stdout.replace(OF_THE_CLOCK, '')).digest('hex')
}

/** @param {string} folder @param {string} version */
function install(folder, version) {
  const flags = ['install', '--prefix', join(folder, version), '--no-audit', '--no-fund', '--loglevel=error', `node@${version}`]
  const { status } = spawnSync('npm', flags, { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`npm could not install node@${version}`)
  return join(folder, version, 'node_modules', 'node', 'bin', 'node')
}

await ensureBuilt()
const folder = mkdtempSync(join(tmpdir(), 'spikeloom-nodes-'))
let differing = 0
try {
  const expected = LINES.map((words) => digest(process.execPath, words))
  const versions = process.argv.length > 2 ? process.argv.slice(2) : VERSIONS
  for (const version of versions) {
    const node = install(folder, version)
    const exact = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
    for (const [at, words] of LINES.entries()) {
      const same = digest(node, words) === expected[at]
      if (!same) differing++
      process.stdout.write(`${same ? 'same' : 'DIFFERS'}  ${exact}  spikeloom ${words.join(' ')}\n`)
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`${differing === 0 ? 'all the same' : `${differing} differ`} as on ${process.version} (${readFileSync(join(root, 'package.json'), 'utf8').match(/"version": "(.*)"/)[1]})\n`)
process.exitCode = differing === 0 ? 0 : 1
