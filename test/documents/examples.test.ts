import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

/**
 * Every command of these documents, as a reader would type it: blocks marked `sh` run one after the other in one empty folder,
 * and must succeed; those marked `sh fails` must be refused or fail.
 */
const DOCUMENTS = ['docs/tutorial.md', 'docs/reading-a-report.md', 'docs/troubleshooting.md', 'docs/questions.md']

interface Block { readonly script: string; readonly fails: boolean; readonly line: number }

function blocksOf(file: string): Block[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/^```sh( fails)?\n([\s\S]*?)^```$/gm)].map((match) => ({
    fails: match[1] !== undefined, script: match[2]!, line: text.slice(0, match.index).split('\n').length,
  }))
}

const root = mkdtempSync(join(tmpdir(), 'spikeloom-documents-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const bin = join(root, 'bin')
mkdirSync(bin)
writeFileSync(join(bin, 'spikeloom'), `#!/bin/sh\nexec '${process.execPath}' '${join(process.cwd(), 'dist', 'cli.js')}' "$@"\n`)
chmodSync(join(bin, 'spikeloom'), 0o755)

describe.each(DOCUMENTS)('%s', (file) => {
  const blocks = blocksOf(file)
  const folder = join(root, file.replaceAll('/', '-'))
  mkdirSync(folder)

  it('has commands', () => expect(blocks.length).toBeGreaterThan(1))

  it.each(blocks)('line $line does what it says', ({ script, fails }) => {
    const { status, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder, encoding: 'utf8', env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    })
    if (fails) expect([1, 2], stderr).toContain(status)
    else expect(status, stderr).toBe(0)
    expect(stderr).not.toContain('internal error')
  }, 240_000)

  it('has links that lead somewhere', () => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#]+)/g)].map(([, target]) => target!)
    expect(links.filter((link) => !/^https?:/.test(link) && !existsSync(join('docs', link)))).toEqual([])
  })
})
