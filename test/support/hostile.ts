import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { expect } from 'vitest'
import { InputError } from '../../sim/errors.js'

/** Writes a file that is all zeros behind its beginning and takes no room on the disk. */
export function writeSparse(file: string, beginning: Uint8Array, size: number): void {
  const descriptor = openSync(file, 'w')
  writeSync(descriptor, beginning)
  ftruncateSync(descriptor, size)
  closeSync(descriptor)
}

/**
 * Holds an input to its refusal: an InputError whose message matches, within a second of processor time and 200 MB.
 */
export function expectRefusal(load: () => unknown, message: RegExp): void {
  const memoryBefore = process.memoryUsage().rss
  const before = process.cpuUsage()
  let thrown: unknown
  try {
    load()
  } catch (error) {
    thrown = error
  }
  const { user, system } = process.cpuUsage(before)
  expect(thrown).toBeInstanceOf(InputError)
  expect((thrown as Error).message).toMatch(message)
  expect((user + system) / 1e6).toBeLessThan(1)
  expect((process.memoryUsage().rss - memoryBefore) / 1e6).toBeLessThan(200)
}
