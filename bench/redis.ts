import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

const PROGRAM = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0)

/** For the name of a test: why it is skipped, or nothing. */
export const NO_SERVER = PROGRAM === undefined ? ' (SKIPPED: no redis-server; Debian: apt install redis-server)' : ''

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const heard = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false)
  socket.destroy()
  return heard
}

/** A Redis server for one test or benchmark: no file, no other client. */
export async function startRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort()
  const server: ChildProcess = spawn(PROGRAM!, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' })
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries === 200) throw new Error('redis-server does not answer')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  return { url: `redis://127.0.0.1:${port}`, stop }
}
