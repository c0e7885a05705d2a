import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../cli/commands.js'

/**
 * What a start loads. Time itself would depend on the machine; what costs it is the number of files, and d3 with its
 * document model above all. The bounds are those at which each start takes less than 1.5 of Node's own time and 60 ms.
 */
const folder = mkdtempSync(join(tmpdir(), 'spikeloom-start-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const listing = join(folder, 'listing.mjs')
writeFileSync(listing, `
import { register } from 'node:module'
const hooks = "import { writeSync } from 'node:fs'; export async function load(url, context, next) { writeSync(2, 'loads ' + url + '\\\\n'); return next(url, context) }"
register('data:text/javascript,' + encodeURIComponent(hooks))
`)

function loadedBy(...words: string[]): string[] {
  const { stderr, status } = spawnSync(process.execPath, ['--import', listing, ...words], { encoding: 'utf8' })
  expect(status).toBe(0)
  return [...stderr.matchAll(/^loads (file:.*)$/gm)].map(([, url]) => url!).filter((url) => url !== `file://${listing}`)
}

const PACKAGES_OF_CHARTS = /node_modules\/(d3|jsdom|d3-[a-z]+|cli-progress)\//

describe('a start', () => {
  it.each(COMMANDS.map(({ name }) => name))('%s --help loads no chart and few files', (name) => {
    const files = loadedBy('dist/cli.js', name, '--help')
    expect(files.length).toBeGreaterThan(1)
    expect(files.filter((file) => PACKAGES_OF_CHARTS.test(file))).toEqual([])
    expect(files.length).toBeLessThan(20)
  })

  it('chips loads no chart and few files', () => {
    const files = loadedBy('dist/cli.js', 'chips')
    expect(files.filter((file) => PACKAGES_OF_CHARTS.test(file))).toEqual([])
    expect(files.length).toBeLessThan(20)
  })

  it.each([['index.js', 5], ['reports/index.js', 5]])('import of dist/%s loads no chart and few files', (entry, most) => {
    const program = join(folder, 'import.mjs')
    writeFileSync(program, `import ${JSON.stringify(join(process.cwd(), 'dist', entry))}`)
    const files = loadedBy(program)
    expect(files.filter((file) => PACKAGES_OF_CHARTS.test(file))).toEqual([])
    expect(files.length).toBeLessThan(most)
  })
})
