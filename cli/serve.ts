import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { CommandModule } from 'yargs'
import { InputError } from '../sim/errors.js'
import { note, print } from './output.js'

interface Arguments {
  folder: string
  port: number
}

interface Page {
  readonly type: string
  readonly body: string
}

const HTML = 'text/html; charset=utf-8'
const JSON_TYPE = 'application/json'

/**
 * What a path shows; undefined where there is nothing. Everything is made from the store as it is now, so a running sweep is
 * shown as it goes. Nothing can be written through it.
 */
export async function pageAt(folder: string, path: string): Promise<Page | undefined> {
  const { openSwept } = await import('./sweep-merge.js')
  const { pageOf, resultOf } = await import('./sweep-output.js')
  const { store, plan } = await openSwept(folder)
  try {
    if (path === '/status.json') return { type: JSON_TYPE, body: JSON.stringify(store.counts()) }
    if (path === '/') {
      const { summarise } = await import('../sweep/analysis.js')
      return { type: HTML, body: pageOf(store, plan, summarise(store, plan), folder, 'all') }
    }
    const [, kind, keys] = /^\/(reports|results|compare)\/([0-9a-f,]+)\.(?:html|json)$/.exec(path) ?? []
    const results = (keys ?? '').split(',').map((key) => resultOf(store, key)).filter((result) => result !== undefined)
    if (kind === 'reports' && results[0] !== undefined) {
      const { htmlReport } = await import('../reports/html.js')
      return { type: HTML, body: await htmlReport(results[0]) }
    }
    if (kind === 'results' && results[0] !== undefined) return { type: JSON_TYPE, body: JSON.stringify(results[0]) }
    if (kind === 'compare' && results.length > 1) {
      const [{ compareResults }, { comparisonHtml }] = await Promise.all([import('../reports/compare.js'), import('../reports/compare-html.js')])
      const comparison = compareResults(results.map((result, at) => ({ result, label: `${result.chip.name} ${at + 1}` })))
      return { type: HTML, body: await comparisonHtml(comparison, results[0]!.spikeloomVersion) }
    }
    return undefined
  } finally {
    store.close()
  }
}

/** Names that a browser on this machine uses; any other is a page elsewhere that had its name point here. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const end = (status: number, { type, body }: Page): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    response.end(request.method === 'HEAD' ? '' : body)
  }
  const refuse = (status: number, why: string): void => end(status, { type: 'text/plain; charset=utf-8', body: `${why}\n` })
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'this server only shows')
  if (!OWN_HOST.test(request.headers.host ?? '')) return refuse(403, 'this server answers on its own machine only')
  try {
    const page = await pageAt(folder, new URL(request.url ?? '/', 'http://127.0.0.1').pathname)
    if (page === undefined) refuse(404, 'there is nothing here')
    else end(200, page)
  } catch (error) {
    refuse(error instanceof InputError ? 503 : 500, (error as Error).message)
  }
}

async function serve({ folder, port }: Arguments): Promise<void> {
  const { STORE_FILE } = await import('./sweep-merge.js')
  if (!existsSync(join(folder, STORE_FILE))) throw new InputError(`'${folder}' holds no sweep: there is no ${STORE_FILE} in it.`)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InputError(`--port ${port}: expected a whole number from 0 to 65535; 0 takes a free one`)
  const server = createServer((request, response) => void answer(folder, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new InputError(`cannot serve on port ${port}: ${error.message}`)))
    server.listen(port, '127.0.0.1', resolve)
  })
  print(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  note('Ctrl-C ends it')
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  server.closeAllConnections()
  server.close()
}

/** `spikeloom serve DIR`: a sweep in a browser, also while it runs. */
export const command: CommandModule<object, Arguments> = {
  command: 'serve <folder>',
  describe: 'show a sweep in a browser on this machine, also while it runs',
  builder: (parser) => parser
    .positional('folder', { type: 'string', demandOption: true, describe: 'the folder that sweep --out was given' })
    .option('port', { type: 'number', default: 8080, describe: 'port on 127.0.0.1; 0 takes a free one' }),
  handler: serve,
}
