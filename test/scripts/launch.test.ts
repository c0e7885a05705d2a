import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'

interface Outcome { code: number | null; stdout: string; stderr: string }

async function launch(program: string, ...words: string[]): Promise<Outcome> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

const spikeloom = (...words: string[]) => launch(process.execPath, 'scripts/spikeloom.mjs', ...words)

describe('the built program', () => {
  it('prints JSON and nothing else on stdout', async () => {
    const { code, stdout } = await spikeloom('chips', 'loom-16', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ name: 'loom-16', grid: { columns: 4, rows: 4 } })
  })

  it('passes exit code 2 through npm, with the message on stderr', async () => {
    const { code, stdout, stderr } = await launch('npm', 'run', '-s', 'spikeloom', '--', 'chips', 'loom-61')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`there is no chip 'loom-61'. Did you mean 'loom-`)
  })

  it('ends quietly when its reader goes away', async () => {
    const shell = 'set -o pipefail; node scripts/spikeloom.mjs chips | true; echo "${PIPESTATUS[0]}"'
    const { stdout, stderr } = await launch('bash', '-c', shell)
    expect(stdout.trim()).toBe('0')
    expect(stderr).not.toContain('EPIPE')
  })
})
