import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { MODEL_SHAPES } from '../../../programs/shapes/presets.js'
import { hfName, temporaryFolder, writeByteTokenizer } from '../../support/model-files.js'
import { tensorShapes } from '../../../programs/models/index.js'
import { Random } from '../../../sim/random.js'

/**
 * LLaMA-2-7B's shape in three shards of 16-bit floats: 13.5 GB to a program, a few megabytes on disk. The first rows
 * of the last layer's matrices, of the embedding and of the head are written; the rest are holes that read as 0.
 */
const WRITTEN_ROWS = 16
const config = MODEL_SHAPES['llama-2-7b']!

function writeSparse(folder: string): number {
  mkdirSync(folder)
  writeFileSync(join(folder, 'config.json'), JSON.stringify({
    architectures: ['LlamaForCausalLM'], hidden_size: config.dim, intermediate_size: config.hiddenDim,
    num_hidden_layers: config.layers, num_attention_heads: config.heads, vocab_size: config.vocabSize,
    max_position_embeddings: config.contextLength, rms_norm_eps: config.normEps, bos_token_id: 1, eos_token_id: 2,
  }))
  writeByteTokenizer(folder)
  const names = [...tensorShapes(config)]
  const random = new Random(4)
  const weightMap: Record<string, string> = {}
  let total = 0
  for (let shard = 0; shard < 3; shard++) {
    const file = `model-0000${shard + 1}-of-00003.safetensors`
    const mine = names.filter((_, i) => Math.floor((i * 3) / names.length) === shard)
    const header: Record<string, unknown> = {}
    const writes: { offset: number; rows: number; columns: number }[] = []
    let offset = 0
    for (const [name, [rows, columns]] of mine) {
      const bytes = rows * columns * 2
      header[hfName(name)] = { dtype: 'F16', shape: columns === 1 ? [rows] : [rows, columns],
        data_offsets: [offset, offset + bytes] }
      weightMap[hfName(name)] = file
      const isWritten = !name.startsWith('layers.') || name.startsWith(`layers.${config.layers - 1}.`)
      if (isWritten) writes.push({ offset, rows, columns })
      offset += bytes
    }
    const text = Buffer.from(JSON.stringify(header))
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(text.length))
    const descriptor = openSync(join(folder, file), 'w')
    ftruncateSync(descriptor, 8 + text.length + offset)
    writeSync(descriptor, length, 0, 8, 0)
    writeSync(descriptor, text, 0, text.length, 8)
    for (const { offset: at, rows, columns } of writes) {
      const count = columns === 1 ? rows : WRITTEN_ROWS * columns
      // 16-bit floats 0x3c00 (1) for gains, else of either sign between 2^-8 and 2^-7.
      const halves = Uint16Array.from({ length: count }, () => (columns === 1 ? 0x3c00
        : 0x1c00 | random.below(1024) | (random.below(2) << 15)))
      writeSync(descriptor, Buffer.from(halves.buffer), 0, count * 2, 8 + text.length + at)
    }
    closeSync(descriptor)
    total += statSync(join(folder, file)).size
  }
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }))
  return total
}

describe('a checkpoint of 7 billion parameters', () => {
  const folder = join(temporaryFolder(), 'seven-billion')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('opens, and one layer of it runs, in under 2 GB', () => {
    expect(writeSparse(folder)).toBeGreaterThan(13.4e9)
    const child = spawnSync(process.execPath, ['--import', 'tsx', 'test/programs/models/run-one-layer.ts', folder],
      { encoding: 'utf8' })
    expect(child.stderr).toBe('')
    const seen = JSON.parse(child.stdout) as Record<string, number> & { firstDown: number[]; finite: boolean }
    expect(seen).toMatchObject({ layers: 32, dim: 4096, finite: true })
    for (const value of seen.firstDown) expect(Math.abs(value)).toBeGreaterThanOrEqual(2 ** -8)
    // Only the head's written rows answer; the holes give exactly 0.
    expect(seen['nonZeroLogits']).toBe(WRITTEN_ROWS)
    expect(seen['openedRssBytes']).toBeLessThan(300e6)
    expect(seen['peakRssBytes']).toBeLessThan(2e9)
  }, 240_000)
})
