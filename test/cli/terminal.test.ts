import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hasColour, table, timeLeft } from '../../cli/output.js'
import { visible, visibleLines } from '../../sim/visible.js'
import { spikeloom } from '../support/capture.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeloom-terminal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('hidden characters', () => {
  it('are shown escaped, and nothing else is touched', () => {
    expect(visible('a\u0007b\u202ec\u2066\u009b31m\ufeff\n\ud800')).toBe('a\\u0007b\\u202ec\\u2066\\u009b31m\\ufeff\\n\\ud800')
    expect(visible('Grüße, 世界 👩‍🚀 é')).toBe('Grüße, 世界 👩‍🚀 é')
    expect(visibleLines('one\n\ttwo\u001b[2J\r')).toBe('one\n\ttwo\\u001b[2J\\r')
  })

  it('of our colours stay where there are colours, and of no others', () => {
    expect(visibleLines('\u001b[31mred\u001b[0m \u001b[2J', true)).toBe('\u001b[31mred\u001b[0m \\u001b[2J')
    expect(visibleLines('\u001b[31mred')).toBe('\\u001b[31mred')
  })

  it('keep the value of JSON', () => {
    const value = { name: 'a\u202eb\u007f\u0085', text: 'x\ny' }
    const shown = visibleLines(JSON.stringify(value, null, 2))
    expect(shown).not.toMatch(/[\u202e\u007f\u0085]/)
    expect(JSON.parse(shown)).toEqual(value)
  })

  it('of a chip file come out escaped in its table and its errors', async () => {
    const file = join(folder, 'hostile.yaml')
    writeFileSync(file, 'name: "evil\\u202E\\e[2Jchip"\n"\\e[31mlanes": 3\n')
    const { code, stderr } = await spikeloom('chips', file)
    expect(code).toBe(2)
    expect(stderr).toContain('\\u001b[31mlanes')
    expect(stderr).not.toContain('\u001b')
    expect(stderr).not.toContain('\u202e')
    expect(table([['\u202ea']])).toBe('\\u202ea')
  })
})

describe('the terminal', () => {
  it('has colours unless NO_COLOR or TERM says no', () => {
    expect(hasColour({ isTTY: true }, {})).toBe(true)
    expect(hasColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true)
    expect(hasColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
    expect(hasColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
    expect(hasColour({}, {})).toBe(false)
  })

  it('is told how long it takes in words', () => {
    expect([12.4, 150, 7200].map(timeLeft)).toEqual(['12 s', '3 min', '2.0 h'])
  })

  // `script` gives the program a terminal; the progress bar must change nothing that an interrupt would leave changed.
  const hasScript = spawnSync('script', ['--version']).status === 0
  it.runIf(hasScript)('keeps line wrap and cursor while a bar is drawn (needs `script`)', () => {
    const command = `${process.execPath} scripts/spikeloom.mjs run --tokens 3 --out ${join(folder, 'run')}`
    const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stdout).toContain('simulating')
    expect(stdout).not.toContain('\u001b[?7l')
    expect(stdout).not.toContain('\u001b[?25l')
  })
})

describe('a folder where a file belongs', () => {
  it.each([
    ['chips', 'x.yaml'], ['asm', 'x.asm'], ['disasm', 'x.bin'], ['report', 'x.json'], ['eval', '--text', 'x.txt'], ['eval', '--tasks', 'x.jsonl'],
    ['noc', '--trace', 'x.csv'], ['run', '--calibration', 'x.json'], ['run', '--gptq', 'x.txt'], ['run', '--model', 'x.gguf'],
    ['run', '--model', 'x.safetensors'], ['run', '--model', 'x.bin'], ['run', '--model', 'llama-2-7b', '--spikes', 'x.json'],
  ])('%s %s %s is bad input', async (...words) => {
    const path = join(folder, words.at(-1)!)
    mkdirSync(path, { recursive: true })
    const { code, stdout, stderr } = await spikeloom(...words.slice(0, -1), path)
    expect(stderr).not.toMatch(/EISDIR|internal error/)
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
  })

  it.runIf(existsSync('/dev/zero'))('so is a device, which never ends', async () => {
    const { code, stderr } = await spikeloom('eval', '--text', '/dev/zero')
    expect(stderr).toContain('expected a regular file')
    expect(code).toBe(2)
  })
})

describe('a full disk behind stdout', () => {
  it.runIf(existsSync('/dev/full'))('is one line and exit code 1', () => {
    const { status, stderr } = spawnSync('bash', ['-c', 'node scripts/spikeloom.mjs chips --json > /dev/full'], { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr.trim()).toBe('spikeloom: cannot write to stdout: the disk is full.')
  })
})
