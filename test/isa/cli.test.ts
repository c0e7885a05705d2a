import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import yargs from 'yargs'
import { command as asm } from '../../cli/asm.js'
import { command as disasm } from '../../cli/disasm.js'
import { readProgramFile } from '../../isa/index.js'
import { InputError } from '../../sim/errors.js'

let folder: string
let output: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikeloom-asm-'))
  output = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((output += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

async function call(...words: string[]): Promise<void> {
  await yargs(words).command(asm).command(disasm).exitProcess(false).fail((message, error) => {
    throw error ?? new Error(message)
  }).parseAsync()
}

function source(text: string): string {
  const path = join(folder, 'tile.asm')
  writeFileSync(path, text)
  return path
}

describe('spikeloom asm and disasm', () => {
  it('writes FILE.bin beside the source, lists it, and shows it again', async () => {
    await call('asm', source('again: LOOP r1, again\nHALT\n'))
    expect(readdirSync(folder).sort()).toEqual(['tile.asm', 'tile.bin'])
    expect(output).toContain('   0  0x0810000000000000  again: LOOP r1, again')
    output = ''
    await call('disasm', join(folder, 'tile.bin'))
    expect(output).toBe('L0:\n        LOOP    r1, L0\n        HALT\n')
  })

  it('writes to -o, and prints one JSON document with --json', async () => {
    const out = join(folder, 'other.program')
    await call('asm', source('HALT'), '-o', out, '--json')
    expect(JSON.parse(output)).toMatchObject({ output: out, words: ['0x0200000000000000'], labels: {} })
    expect([...readProgramFile(readFileSync(out), out)]).toEqual([0x0200000000000000n])
  })

  it('says every error, writes nothing, and asks for exit code 2', async () => {
    const failure = call('asm', source('NOPE\nLI r99, 1\n'))
    await expect(failure).rejects.toThrow(InputError)
    await expect(failure).rejects.toThrow(/2 errors in .*tile\.asm:1:1: no instruction 'NOPE'/s)
    await expect(failure).rejects.toThrow(/tile\.asm:2:4: no register 'r99'/)
    expect(readdirSync(folder)).toEqual(['tile.asm'])
  })

  it('does not replace its source, and refuses to disassemble one', async () => {
    const path = source('HALT')
    await expect(call('asm', path, '-o', path)).rejects.toThrow('would replace its source')
    await expect(call('disasm', path)).rejects.toThrow(InputError)
    await expect(call('disasm', path)).rejects.toThrow('is not a program file')
  })
})
