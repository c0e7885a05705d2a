import { describe, expect, it } from 'vitest'
import { checkRunSize, estimateRun } from '../../cli/estimate.js'
import type { RunSize } from '../../cli/estimate.js'
import { completeChip } from '../../sim/config/load-chip.js'

const MACHINE = { memoryBytes: 16e9, heapBytes: 4e9 }
const size = (change: Partial<RunSize> = {}): RunSize => (
  { chip: completeChip({}), mode: 'functional', parameters: 1.2e6, tokens: 32, workers: 1, ...change }
)

function complaint(change: Partial<RunSize>): string {
  const said: string[] = []
  try {
    checkRunSize(size(change), MACHINE, (text) => said.push(text))
  } catch (error) {
    return (error as Error).message
  }
  return said.join('\n')
}

describe('what a run will take', () => {
  it('is nothing to speak of for the shipped model on the default chip', () => {
    expect(complaint({})).toBe('')
    expect(estimateRun(size()).bytes).toBeLessThan(200e6)
  })

  it('refuses more cores than the process can hold', () => {
    const chip = completeChip({ grid: { columns: 256, rows: 256, coresPerTile: 4 } })
    expect(complaint({ chip })).toMatch(/256x256 tiles of 4 are 262144 cores, which take about 4\.7 GB to simulate; this process may use 4\.0 GB/)
  })

  it('refuses weights that the machine cannot hold, and threads that together cannot', () => {
    expect(complaint({ parameters: 7e9 })).toMatch(/takes about 42 GB of memory; this machine has 16 GB/)
    expect(complaint({ parameters: 7e9, mode: 'statistical' })).toMatch(/^this takes about 19 min/)
    expect(complaint({ workers: 256 })).toMatch(/--workers 256: .* At most 104 fit/)
  })

  it('announces minutes and refuses months', () => {
    expect(complaint({ parameters: 1e9, tokens: 10 })).toMatch(/^this takes about 3 min \(10 tokens of 1\.0 billion parameters\)$/)
    expect(complaint({ parameters: 7e10, tokens: 1e5, mode: 'statistical' })).toMatch(/would take about 405 days: .*Ask for fewer tokens/)
  })
})
