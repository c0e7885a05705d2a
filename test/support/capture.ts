import { vi } from 'vitest'
import { main } from '../../cli/main.js'

/** Runs a command line in this process and returns what it said and its exit code. */
export async function spikeloom(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = ''
  let stderr = ''
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => { stdout += String(text); return true }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => { stderr += String(text); return true }),
    vi.spyOn(console, 'log').mockImplementation((...values) => { stdout += `${values.join(' ')}\n` }),
    vi.spyOn(console, 'error').mockImplementation((...values) => { stderr += `${values.join(' ')}\n` }),
  ]
  try {
    const code = await main(words)
    return { code, stdout, stderr }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
