import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readJson, readText } from '../../cli/files.js'
import { writeAtomically } from '../../cli/write.js'
import { InputError } from '../../sim/errors.js'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function complaint(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as Error).message
  }
  throw new Error('expected an InputError')
}

describe('writing', () => {
  it('replaces a file whole, makes missing folders, and leaves nothing else behind', async () => {
    const path = join(folder, 'a', 'b.json')
    await writeAtomically(path, 'old and longer')
    await writeAtomically(path, new Uint8Array([110, 101, 119]))
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(readdirSync(join(folder, 'a'))).toEqual(['b.json'])
  })

  it('leaves the old file and no temporary one when the write fails', async () => {
    mkdirSync(join(folder, 'taken'))
    writeFileSync(join(folder, 'taken', 'kept'), '')
    await expect(writeAtomically(join(folder, 'taken'), 'x')).rejects.toThrow(/cannot write '.*taken'/)
    await expect(writeAtomically(join(folder, 'taken', 'kept', 'x'), 'x')).rejects.toThrow(InputError)
    expect(readdirSync(folder)).toEqual(['taken'])
    expect(readdirSync(join(folder, 'taken'))).toEqual(['kept'])
  })

  it('leaves nothing half-written and exits 130 on Ctrl-C, even from a loop of writes', async () => {
    const program = `
      import { writeAtomically } from ${JSON.stringify(join(process.cwd(), 'cli/write.ts'))}
      const data = 'x'.repeat(1 << 20)
      const write = () => writeAtomically(${JSON.stringify(join(folder, 'out.txt'))}, data)
      await write()
      process.stdout.write('ready')
      for (;;) await write()`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { stdio: 'pipe' })
    await once(child.stdout, 'data')
    const interrupt = setInterval(() => child.kill('SIGINT'), 50)
    const killed = setTimeout(() => child.kill('SIGKILL'), 10_000)
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    clearInterval(interrupt)
    clearTimeout(killed)
    // 130 while a file is being written; between two writes the signal itself ends the process. Shells call both 130.
    expect([130, 'SIGINT']).toContain(code ?? signal)
    expect(readdirSync(folder).filter((name) => name !== 'out.txt')).toEqual([])
    expect(readFileSync(join(folder, 'out.txt')).length).toBe(1 << 20)
  })
})

describe('reading', () => {
  it('names the nearest file for a missing one', () => {
    writeFileSync(join(folder, 'result.json'), '{}')
    expect(complaint(() => readText(join(folder, 'resutl.json'), 'result file'))).toMatch(
      /^result file '.*resutl\.json' does not exist\. Did you mean 'result\.json'\?$/)
  })

  it('says when the folder is missing too', () => {
    expect(complaint(() => readText(join(folder, 'no', 'x'), 'result file'))).toMatch(/There is no folder '.*no' either\.$/)
  })

  it('refuses a folder where a file is meant', () => {
    expect(complaint(() => readText(folder, 'chip file'))).toBe(`chip file '${folder}' is a folder, not a file.`)
  })

  it.each([
    ['{"a": 1,\n "b": 2,}', '2:9', 'unexpected "}"'],
    ['[1,\n2,, 3]', '2:3', 'unexpected ","'],
    ['{"a": tru}', '1:10', 'unexpected "}"'],
    ['{"a": "x', '1:9', 'the text ends too early'],
    ['', '1:1', 'the text ends too early'],
    ['{} x', '1:4', 'unexpected "x"'],
  ])('places the error in %j', (text, place, reason) => {
    const path = join(folder, 'bad.json')
    writeFileSync(path, text)
    expect(complaint(() => readJson(path, 'result file'))).toBe(
      `${path}:${place}: result file is not valid JSON: ${reason}.`)
  })

  it('reads no more of a file than it is asked for, and no file that is too long', () => {
    const path = join(folder, 'big.txt')
    writeFileSync(path, 'abcdef')
    truncateSync(path, 2 ** 33)
    expect(readText(path, 'text', { firstBytes: 3 })).toBe('abc')
    expect(complaint(() => readText(path, 'chip file'))).toMatch(/has 8192.0 MiB, the limit for such a file is 256 MiB/)
    expect(readText(path, 'text', { firstBytes: 6 })).toBe('abcdef')
  })

  it('reads what it should', () => {
    writeFileSync(join(folder, 'good.json'), '\uFEFF{"a": [1, 2]}')
    expect(readJson(join(folder, 'good.json'), 'result file')).toEqual({ a: [1, 2] })
  })
})
