import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkFiles, OutputFolder, withOutputs } from '../../cli/outputs.js'
import { spikeloom } from '../support/capture.js'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'spikeloom-out-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const RUN = ['run', '--chip', 'loom-16', '--prompt', 'And', '--tokens', '1']
/** A process that is certainly gone. */
const dead = (): number => spawnSync(process.execPath, ['-e', '0']).pid

describe('outputs are looked at before anything is simulated', () => {
  it.each([
    ['a file where the folder should be', 'file', /cannot make the folder '.*file': '.*file' is a file\./],
    ['a file in the middle of the path', 'file/deeper/x', /cannot make the folder .*'.*file' is a file\./],
    ['a folder called result.json', 'taken', /cannot write '.*result\.json': it is a folder\./],
    ['a file called charts', 'charted', /cannot write into '.*charts': it is a file, and must be a folder\./],
  ])('%s', async (_, name, message) => {
    writeFileSync(join(folder, 'file'), '')
    mkdirSync(join(folder, 'taken', 'result.json'), { recursive: true })
    mkdirSync(join(folder, 'charted'))
    writeFileSync(join(folder, 'charted', 'charts'), '')
    const { code, stdout, stderr } = await spikeloom(...RUN, '--out', join(folder, name))
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it.runIf(existsSync('/proc/self'))('a place that takes no folder, which Node would try for ever', async () => {
    const { code, stdout, stderr } = await spikeloom(...RUN, '--out', '/proc/x/y')
    expect(stderr).toMatch(/cannot make the folder '\/proc\/x\/y': there is no such place/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it.skipIf(process.getuid?.() === 0)('a folder that takes no file (not as root, who may all)', async () => {
    chmodSync(folder, 0o500)
    const { code, stderr } = await spikeloom(...RUN, '--out', folder)
    chmodSync(folder, 0o700)
    expect(stderr).toContain('no permission')
    expect(code).toBe(2)
  })

  it('single files: a folder, a device, no name, one name twice', () => {
    expect(() => checkFiles([folder])).toThrow(/it is a folder/)
    expect(() => checkFiles(['/dev/null'])).toThrow(/it is no regular file/)
    expect(() => checkFiles([`${folder}/`])).toThrow(/names no file/)
    expect(() => checkFiles([join(folder, 'a'), undefined, join(folder, '.', 'a')])).toThrow(/the file of two outputs/)
    checkFiles([join(folder, 'new', 'a')])
    expect(readdirSync(join(folder, 'new'))).toEqual([])
  })
})

describe('a folder of outputs', () => {
  it('gets all files together, and none of a run that fails', async () => {
    const out = join(folder, 'out')
    await expect(withOutputs(out, ['a'], async (outputs) => {
      await outputs!.write('a', 'new')
      expect(existsSync(join(out, 'a'))).toBe(false)
      throw new Error('failed')
    })).rejects.toThrow('failed')
    expect(existsSync(out)).toBe(false)
    await withOutputs(out, ['a'], async (outputs) => {
      await outputs!.write('a', 'new')
      await outputs!.write('charts/b', 'new')
    })
    expect(readdirSync(out).sort()).toEqual(['a', 'charts'])
    expect(readFileSync(join(out, 'charts', 'b'), 'utf8')).toBe('new')
  })

  it('is one run\'s alone while it lasts', async () => {
    const out = OutputFolder.open(folder, ['result.json'])
    expect(() => OutputFolder.open(folder, ['result.json'])).toThrow(`another run, process ${process.pid}, is writing to '${folder}'`)
    out.close()
    OutputFolder.open(folder, ['result.json']).close()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is taken over from a dead run, whose temporary files go', async () => {
    const gone = dead()
    writeFileSync(join(folder, '.spikeloom.lock'), `${gone}\n`)
    writeFileSync(join(folder, `.result.json.${gone}-0123456789ab.tmp`), 'half')
    writeFileSync(join(folder, `.result.json.${process.pid}-0123456789ab.tmp`), 'of a living one')
    writeFileSync(join(folder, '.old.json.0123456789ab.tmp'), 'of version 0.1')
    utimesSync(join(folder, '.old.json.0123456789ab.tmp'), 0, 0)
    writeFileSync(join(folder, '.notes.tmp'), 'not ours')
    OutputFolder.open(folder, ['result.json']).close()
    expect(readdirSync(folder).sort()).toEqual(['.notes.tmp', `.result.json.${process.pid}-0123456789ab.tmp`])
  })

  it('does not write through a dangling link', () => {
    symlinkSync(join(folder, 'nowhere', 'x'), join(folder, 'link'))
    expect(() => OutputFolder.open(join(folder, 'link'), ['a'])).toThrow(/cannot make the folder/)
  })
})

describe('signals', () => {
  it.each([['SIGHUP', 129], ['SIGTERM', 143], ['SIGINT', 130]] as const)('%s while writing leaves nothing behind', async (signal, expected) => {
    const program = `
      import { withOutputs } from ${JSON.stringify(join(process.cwd(), 'cli/outputs.ts'))}
      function * slow() { for (;;) yield 'x'.repeat(1 << 20) }
      process.stdout.write('ready')
      await withOutputs(${JSON.stringify(join(folder, 'out'))}, ['a'], (out) => out.write('a', slow()))`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { stdio: 'pipe' })
    await once(child.stdout, 'data')
    await new Promise((done) => setTimeout(done, 200))
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).toBe(expected)
    expect(readdirSync(join(folder, 'out'))).toEqual([])
  })

  it('ends a run that simulates at once, and the next run takes its folder', async () => {
    const words = ['scripts/spikeloom.mjs', 'run', '--tokens', '200', '--out', folder]
    const child = spawn(process.execPath, words, { stdio: 'ignore' })
    // A lock is made, then filled: killed between the two, it counts as one that is being filled for a moment.
    const lock = join(folder, '.spikeloom.lock')
    while (!existsSync(lock) || readFileSync(lock, 'utf8') === '') await new Promise((done) => setTimeout(done, 50))
    child.kill('SIGTERM')
    const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    expect(signal).toBe('SIGTERM')
    OutputFolder.open(folder, ['result.json']).close()
    expect(readdirSync(folder)).toEqual([])
  })
})
