// The step of the build that writes the types of the library: those of its entry points, and of what they name.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ENTRIES = ['index.d.ts', 'reports/index.d.ts']
const REFERENCE = /(?:from |import\()['"](\.[^'"]+)\.js['"]/g

/**
 * Writes declarations into a folder.
 * @param {string} root the checkout
 * @param {string} out
 * @throws Error when the compiler fails; its messages are on stderr
 */
export function writeDeclarations(root, out) {
  const whole = `${out}-types.tmp`
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const flags = ['-p', join(root, 'tsconfig.build.json'), '--noCheck', '--emitDeclarationOnly', '--outDir', whole]
  try {
    const { status } = spawnSync(process.execPath, [compiler, ...flags], { cwd: root, stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`tsc ended with ${status}`)
    for (const file of reached(whole)) {
      mkdirSync(dirname(join(out, file)), { recursive: true })
      writeFileSync(join(out, file), readFileSync(join(whole, file), 'utf8'))
    }
  } finally {
    rmSync(whole, { recursive: true, force: true })
  }
}

/** The declaration files that the entry points need: no others are shown to who imports the package. */
function reached(folder) {
  const found = new Set(ENTRIES)
  for (const file of found) {
    for (const [, path] of readFileSync(join(folder, file), 'utf8').matchAll(REFERENCE)) {
      const next = join(dirname(file), `${path}.d.ts`)
      if (existsSync(join(folder, next))) found.add(next)
    }
  }
  return found
}
