import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readTextStart, runEval, sweepClip } from '../../cli/eval-run.js'
import type { EvalSettings } from '../../cli/eval-run.js'
import { readSpikeStatistics } from '../../programs/shapes/statistics-file.js'
import { clipChart, clipCsv } from '../../reports/clip-chart.js'
import { renderChart } from '../../reports/svg.js'

const TEXT = 'models/kjv-1m/heldout.txt'
const settings: EvalSettings = {
  model: 'kjv-1m', encoding: 'ternary', quantization: { options: {}, calibration: undefined, gptq: undefined }, text: TEXT, limitBytes: 200, tasks: undefined,
}

describe('spikeloom eval', { timeout: 120_000 }, () => {
  it('prints the keys of its contract, and histograms that run takes', async () => {
    const result = await runEval(settings)
    for (const key of ['perplexity', 'bitsPerByte', 'nllPerToken', 'tokens', 'spikesPerActivation', 'firingRate', 'timeSteps'] as const) {
      expect(result[key], key).toBeGreaterThan(0)
    }
    expect(result.byOperator).toHaveLength(6 * 4 + 1)
    for (const row of result.byOperator) {
      expect(row.histogram.reduce((sum, n) => sum + n, 0)).toBe(row.activations)
      expect(row.histogram.reduce((sum, n, count) => sum + n * count, 0)).toBe(row.spikes)
    }
    expect(Object.keys(readSpikeStatistics(JSON.parse(JSON.stringify(result)), 'eval.json').histograms)).toContain('head/-1')
  })

  it('on real activations both directions halve T and cut spikes more than twice', async () => {
    const { encodings } = await runEval(settings)
    const [ternary, binary] = ['ternary', 'binary'].map((name) => encodings.find(({ encoding }) => encoding === name)!)
    expect(ternary!.timeSteps / binary!.timeSteps).toBeLessThan(0.56)
    expect(binary!.spikesPerActivation / ternary!.spikesPerActivation).toBeGreaterThan(2)
    expect(ternary!.firingRate).toBeLessThan(binary!.firingRate / 2)
  })

  it('quality is the same for every encoding, other in floats; without spikes there', async () => {
    const [ternary, dense, float] = await Promise.all((['ternary', 'dense', 'float'] as const)
      .map((encoding) => runEval({ ...settings, encoding })))
    expect(dense!.nllPerToken).toBe(ternary!.nllPerToken)
    expect(dense!.spikesPerActivation).toBe(1)
    expect(float!.nllPerToken).toBeLessThan(ternary!.nllPerToken!)
    expect(float!.byOperator).toEqual([])
  })

  it('prints the same for any number of workers and with plain code, as documents and as a stream', async () => {
    const whole = { ...settings, limitBytes: 500 }
    const stream = { ...whole, stream: { window: 40, stride: 30 } }
    const printed = async (of: EvalSettings, workers: number): Promise<unknown> => ({ ...await runEval(of, { workers }), wallSeconds: 0 })
    for (const of of [whole, stream]) {
      const one = await printed(of, 1)
      expect(await printed(of, 2)).toEqual(one)
      process.env['SPIKELOOM_KERNELS'] = 'plain'
      try {
        expect(await printed(of, 1)).toEqual(one)
      } finally {
        delete process.env['SPIKELOOM_KERNELS']
      }
    }
  })

  it('scores tasks of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'eval-'))
    const tasks = join(folder, 'tasks.jsonl')
    writeFileSync(tasks, [
      '{"question": "In the beginning God created the heaven and the", "choices": ["earth", "xylophone"], "answer": 0}',
      '{"question": "And the LORD said unto", "choices": ["zqxv", "Moses"], "answer": 1}',
    ].join('\n'))
    const result = await runEval({ ...settings, text: undefined, tasks })
    expect(result.tasks).toEqual({ questions: 2, accuracyNormalised: 1, accuracyByBytes: 1, accuracy: 1 })
    expect(result.perplexity).toBeNull()
  })

  it('draws quality against spikes', async () => {
    const points = await sweepClip({ ...settings, limitBytes: 60 })
    expect(points).toHaveLength(16)
    const clipped = points.filter(({ clip }) => clip === 1)
    expect(clipped.at(-1)!.spikesPerActivation).toBeLessThan(0.75 * clipped[0]!.spikesPerActivation)
    expect(clipped.map(({ timeSteps }) => timeSteps)).toEqual([7, 6, 5, 4, 3, 2, 1])
    const csv = clipCsv(points).trim().split('\n')
    expect(csv).toHaveLength(17)
    expect(csv[0]).toBe('clip,maxCount,perplexity,bitsPerByte,spikesPerActivation,firingRate,timeSteps')
    const svg = await renderChart(clipChart(points), true)
    expect(svg.match(/<circle/g)!.length).toBeGreaterThan(5)
  })

  it('says what is wrong with a text', async () => {
    await expect(runEval({ ...settings, text: 'models/kjv-1m/heldot.txt' })).rejects.toThrow(/Did you mean 'heldout\.txt'/)
    await expect(runEval({ ...settings, limitBytes: 0 })).rejects.toThrow(/limit-bytes is 0/)
    expect(readFileSync(TEXT, 'utf8').length).toBeGreaterThan(200)
  })

  it('reads a text as the file has it: bytes counted, U+FEFF kept, what is no UTF-8 refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'eval-'))
    const file = join(folder, 'text.txt')
    writeFileSync(file, Buffer.from('\uFEFFIn the beginning'))
    expect(readTextStart(file, undefined)).toBe('\uFEFFIn the beginning')
    // The third byte ends the mark; the second lies within it.
    expect(readTextStart(file, 3)).toBe('\uFEFF')
    expect(readTextStart(file, 2)).toBe('')
    writeFileSync(file, Buffer.from([0x49, 0x6e, 0x20, 0xff, 0x20, 0x61]))
    await expect(runEval({ ...settings, text: file, limitBytes: undefined })).rejects.toThrow(/text\.txt: byte 3 \(0xff\) is no UTF-8/)
    writeFileSync(file, Buffer.from([0x49, 0x6e, 0xe2, 0x98]))
    expect(() => readTextStart(file, undefined)).toThrow(/byte 3 \(0x98\) is no UTF-8/)
  })
})
