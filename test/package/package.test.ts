import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeDeclarations } from '../../scripts/declarations.mjs'

/** The package as someone has it who installed it: what is packed, and what npm would bring with it. */
const root = fileURLToPath(new URL('../../', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
  exports: Record<string, string | { types: string }>
}

/** Files that `npm pack` would put in, relative to the root. */
function packedFiles(): string[] {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  return files.map(({ path }) => path)
}

describe('what is packed', () => {
  const files = new Set(packedFiles())

  it('has every file that a link of its README leads to', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/\]\(([^)#]+)/g)].map(([, target]) => target!).filter((target) => !/^https?:/.test(target))
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter((link) => !files.has(link) && ![...files].some((file) => file.startsWith(link.replace(/\/?$/, '/'))))).toEqual([])
  })

  it('has the chip schema, the chips and the shipped model, and no source or test', () => {
    for (const file of ['docs/chip.schema.json', 'chips/loom-64.yaml', 'models/kjv-1m/model.safetensors']) expect(files).toContain(file)
    expect([...files].filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith('examples/'))).toEqual([])
  })
})

describe('the types of the package', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spikeloom-consumer-'))
    const installed = join(folder, 'node_modules', 'spikeloom')
    mkdirSync(installed, { recursive: true })
    cpSync(join(root, 'package.json'), join(installed, 'package.json'))
    writeDeclarations(root, join(installed, 'dist'))
    for (const name of [...Object.keys(manifest.dependencies), '@types/node', 'undici-types']) {
      const target = join(root, 'node_modules', name)
      if (!existsSync(target)) continue
      mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
      symlinkSync(target, join(folder, 'node_modules', name), 'dir')
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'use.ts'), `
import { completeChip, compareResults, InputError, loadModel, quantizeModel, simulate } from 'spikeloom'
import type { ChipSpec, RunResult } from 'spikeloom'
import { htmlReport } from 'spikeloom/reports'
const chip: ChipSpec = completeChip({ core: { lanes: 32 } })
const result: RunResult = simulate({ model: quantizeModel(loadModel('m')), chip, prompt: 'a', tokens: 1 })
export const page: Promise<string> = htmlReport(result)
export const energyPj: number = result.energy.perTokenPj
export const verdict = compareResults([{ result, label: 'a' }, { result, label: 'b' }])
export const wrong: boolean = new InputError('x') instanceof Error
// @ts-expect-error a chip has no such key: the types are there, and not any
completeChip({ core: { lane: 32 } })
`)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([['NodeNext', 'NodeNext'], ['ESNext', 'Bundler']])('compile in a strict project, libraries checked: module %s, resolution %s', (module, resolution) => {
    const flags = ['--strict', '--skipLibCheck', 'false', '--noEmit', '--target', 'ES2022', '--module', module, '--moduleResolution', resolution, '--types', 'node']
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...flags, 'use.ts'], { cwd: folder, encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  })

  it('show nothing of the command line, of the charts or of how tests are made', () => {
    const dist = join(folder, 'node_modules', 'spikeloom', 'dist')
    const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
    expect(files).toContain('index.d.ts')
    expect(files.filter((file) => /^(cli|test|bench|scripts)\/|charts|svg/.test(file))).toEqual([])
    const named = files.flatMap((file) => [...readFileSync(join(dist, file), 'utf8').matchAll(/^(?:import|export) .* from '([a-z@][^']*)'/gm)].map(([, name]) => name))
    expect(new Set(named)).toEqual(new Set(['zod']))
  })

  it('name what docs/library.md lists, and no insides of the machine or the compiler', () => {
    const dist = join(folder, 'node_modules', 'spikeloom', 'dist')
    const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => relative(dist, join(entry.parentPath, entry.name)).replaceAll('\\', '/').replace(/\.d\.ts$/, '.ts')).sort()
    const text = readFileSync(join(root, 'docs', 'library.md'), 'utf8')
    const [, modules] = text.split('## Types come from')
    expect(files).toEqual([...modules!.matchAll(/^- `([^`]+)`/gm)].map(([, file]) => file).sort())
    expect(files.filter((file) => /^sim\/(core\/(?!trace)|chip|network\/(?!config)|engine|kernels|memory)/.test(file))).toEqual([])
    const index = readFileSync(join(root, 'index.ts'), 'utf8')
    const exported = [...index.matchAll(/^export (?:type )?\{([^}]+)\}/gm)].flatMap(([, names]) => names!.split(',').map((name) => name.trim()))
    const listed = [...text.split('## Types come from')[0]!.matchAll(/`(\w+)`/g)].map(([, name]) => name)
    expect(exported.filter((name) => !listed.includes(name))).toEqual([])
  })
})
