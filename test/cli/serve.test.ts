import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spikeloom } from '../support/capture.js'

const SHAPE = {
  architectures: ['LlamaForCausalLM'], hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 2,
  num_key_value_heads: 2, vocab_size: 64, max_position_embeddings: 64, rms_norm_eps: 1e-5, rope_theta: 10000, tie_word_embeddings: false,
}

describe('the server of a sweep', () => {
  let folder: string
  let server: ChildProcess
  let port: number
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'spikeloom-'))
    writeFileSync(join(folder, 'config.json'), JSON.stringify(SHAPE))
    writeFileSync(join(folder, 'plan.yaml'), `base: loom-16\nvary: { core.lanes: [32, 64] }\nrun: { model: ${join(folder, 'config.json')}, spikes-per-activation: 0.8 }\n`)
    await spikeloom('sweep', join(folder, 'plan.yaml'), '--out', join(folder, 'out'))
    server = spawn(process.execPath, ['--import', 'tsx', 'cli.ts', 'serve', join(folder, 'out'), '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [said] = await once(server.stdout!, 'data') as [Buffer]
    port = Number(/^http:\/\/127\.0\.0\.1:(\d+)\//.exec(said.toString())![1])
  })
  afterAll(() => {
    server?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  function ask(path: string, method = 'GET', host = `127.0.0.1:${port}`): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method, headers: { host } }, (response) => {
        let body = ''
        response.on('data', (part) => { body += String(part) }).on('end', () => resolve({ status: response.statusCode!, body }))
      }).on('error', reject).end()
    })
  }
  const keys = (): string[] => readFileSync(join(folder, 'out', 'points.csv'), 'utf8').trim().split('\n').slice(1).map((row) => row.split(',').at(-1)!)

  it('shows the page, how far the sweep is, reports and results of any point, and comparisons', async () => {
    const page = await ask('/')
    expect(page.status).toBe(200)
    expect(page.body).toContain('<h1>out</h1>')
    expect(JSON.parse((await ask('/status.json')).body)).toEqual({ points: 2, done: 2, failed: 0 })
    for (const key of keys()) {
      expect((await ask(`/reports/${key}.html`)).body).toContain('energy per token')
      expect(JSON.parse((await ask(`/results/${key}.json`)).body)).toMatchObject({ kind: 'run' })
    }
    expect((await ask(`/compare/${keys().join(',')}.html`)).body).toContain('loom-16 2')
  })

  it.each([
    ['/nowhere', 'GET', 404], ['/../../etc/passwd', 'GET', 404], [`/reports/${'0'.repeat(32)}.html`, 'GET', 404], ['/', 'POST', 405], ['/', 'DELETE', 405],
  ])('%s by %s is %i', async (path, method, status) => {
    expect((await ask(path, method)).status).toBe(status)
  })

  it('answers no page elsewhere that has its name point here', async () => {
    expect((await ask('/', 'GET', 'evil.example')).status).toBe(403)
  })

  it('leaves at a signal', async () => {
    server.kill('SIGTERM')
    expect((await once(server, 'exit'))[0]).toBe(0)
  })

  it('refuses a folder without a sweep', async () => {
    const { code, stderr } = await spikeloom('serve', join(folder, 'nothing'))
    expect(code).toBe(2)
    expect(stderr).toMatch(/holds no sweep/)
  })
})
