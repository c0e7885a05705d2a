import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findModel } from '../../cli/model-source.js'
import { pull } from '../../cli/pull.js'
import { loadModel } from '../../programs/models/index.js'
import { temporaryFolder, writeHuggingFace } from '../support/model-files.js'
import { tinyModel } from '../support/tiny-model.js'

/** A hub of one repository on this machine: the addresses that the library asks, and what the hub answers. */
const COMMIT = 'abcdef0123456789abcdef0123456789abcdef01'
const model = tinyModel(4, { vocabSize: 257, layers: 1 })
const asked: string[] = []
let server: Server
let endpoint: string

function filesOf(folder: string): Map<string, Buffer> {
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))
  return files.set('pytorch_model.bin', Buffer.alloc(1000))
}

beforeAll(async () => {
  const files = filesOf(writeHuggingFace(model))
  const entry = (path: string): object => {
    const bytes = files.get(path)!
    const oid = createHash('sha1').update(bytes).digest('hex')
    return { type: 'file', path, size: bytes.length, oid, lastCommit: { id: COMMIT, title: 'x', date: '2026-01-01T00:00:00.000Z' } }
  }
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost')
    asked.push(`${request.method} ${pathname}`)
    const resolved = /^\/org\/tiny\/resolve\/[^/]+\/(.+)$/.exec(pathname)
    const bytes = resolved === null ? undefined : files.get(resolved[1]!)
    if (bytes !== undefined) {
      const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '')
      const part = range === null ? bytes : bytes.subarray(Number(range[1]), range[2] === '' ? undefined : Number(range[2]) + 1)
      const etag = createHash('sha1').update(bytes).digest('hex')
      response.writeHead(range === null ? 200 : 206, {
        etag: `"${etag}"`, 'x-repo-commit': COMMIT, 'content-length': part.length,
        ...(range === null ? {} : { 'content-range': `bytes ${range[1]}-${Number(range[1]) + part.length - 1}/${bytes.length}` }),
      }).end(part)
    } else if (pathname.startsWith('/api/models/org/tiny/tree/')) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify([...files.keys()].map(entry)))
    } else if (pathname.startsWith('/api/models/org/tiny/paths-info/')) {
      let body = ''
      request.on('data', (chunk) => { body += String(chunk) }).on('end', () => {
        const { paths } = JSON.parse(body) as { paths: string[] }
        response.setHeader('content-type', 'application/json').end(JSON.stringify(paths.filter((path) => files.has(path)).map(entry)))
      })
    } else response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Repository not found"}')
  })
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done) })
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('HF_HUB_CACHE', temporaryFolder())
})

afterAll(() => {
  vi.unstubAllEnvs()
  server.close()
})

describe('pull', () => {
  it('fetches what a model is loaded from, and no more; then --model ORG/NAME finds it', async () => {
    const found = await pull({ repository: 'org/tiny', revision: 'main', files: undefined, endpoint })
    expect(found.map(({ path }) => path).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json'])
    const loaded = loadModel(findModel('org/tiny'))
    expect(loaded.name).toBe('tiny')
    expect(loaded.tensor('layers.0.down')).toEqual(model.tensor('layers.0.down'))
  })

  it('asks for no file twice', async () => {
    asked.length = 0
    await pull({ repository: 'org/tiny', revision: 'main', files: undefined, endpoint })
    expect(asked.filter((line) => line.startsWith('GET') && line.includes('/resolve/'))).toEqual([])
  })

  it('says what is not there', async () => {
    await expect(pull({ repository: 'org/other', revision: 'main', files: undefined, endpoint })).rejects.toThrow(/org\/other at main could not be fetched: HTTP 404/)
    await expect(pull({ repository: 'org/tiny', revision: 'main', files: ['x.gguf'], endpoint })).rejects.toThrow(/org\/tiny at main has no x\.gguf/)
    await expect(pull({ repository: '../etc', revision: 'main', files: undefined, endpoint })).rejects.toThrow(/expected ORG\/NAME/)
  })
})
