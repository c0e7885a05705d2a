import { mkdirSync, mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isBuilt, isInstalled, newestSource } from '../../scripts/ensure.mjs'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, content: unknown): string {
  const full = join(folder, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, typeof content === 'string' ? content : JSON.stringify(content))
  return full
}

describe('isInstalled', () => {
  const entry = { version: '1.0.0', integrity: 'sha512-a' }
  const lock = (packages: object): void => void write('package-lock.json', { packages: { '': {}, ...packages } })
  const installed = (packages: object): void => void write('node_modules/.package-lock.json', { packages })

  it('is false in a fresh clone', () => {
    lock({ 'node_modules/a': entry })
    expect(isInstalled(folder)).toBe(false)
  })

  it('is true when every package is there, optional ones for other systems aside', () => {
    lock({ 'node_modules/a': entry, 'node_modules/windows-only': { ...entry, optional: true } })
    installed({ 'node_modules/a': entry })
    expect(isInstalled(folder)).toBe(true)
  })

  it.each([
    ['a package was added', { 'node_modules/a': entry, 'node_modules/b': entry }],
    ['a version changed', { 'node_modules/a': { ...entry, version: '1.0.1' } }],
    ['a package was republished', { 'node_modules/a': { ...entry, integrity: 'sha512-b' } }],
  ])('is false after package-lock.json changed: %s', (_, packages) => {
    installed({ 'node_modules/a': entry })
    lock(packages)
    expect(isInstalled(folder)).toBe(false)
  })
})

describe('isBuilt', () => {
  const longAgo = new Date('2020-01-01')

  beforeEach(() => {
    for (const file of ['cli.ts', 'sim/core/core.ts', 'sim/core/old.ts', 'package-lock.json']) {
      utimesSync(write(file, '{}'), longAgo, longAgo)
    }
    for (const name of ['sim/core', 'sim']) utimesSync(join(folder, name), longAgo, longAgo)
    write('dist/.built-from', String(newestSource(folder)))
  })

  it('is true when nothing changed, and whatever changes beside the sources', () => {
    write('README.md', 'x')
    write('test/a.test.ts', 'x')
    expect(isBuilt(folder)).toBe(true)
  })

  it.each(['cli.ts', 'sim/core/core.ts', 'simulate.ts', 'package-lock.json', 'reports/new.ts'])('is false after a change in %s', (file) => {
    write(file, 'changed')
    expect(isBuilt(folder)).toBe(false)
  })

  it('is false after a source was removed', () => {
    unlinkSync(join(folder, 'sim/core/old.ts'))
    expect(isBuilt(folder)).toBe(false)
  })

  it('is false without dist', () => {
    rmSync(join(folder, 'dist'), { recursive: true })
    expect(isBuilt(folder)).toBe(false)
  })
})
