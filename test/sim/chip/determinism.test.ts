import { describe, expect, it } from 'vitest'
import { compile } from '../../../programs/compile/compile.js'
import { quantizeModel } from '../../../programs/quantize/index.js'
import { Chip } from '../../../sim/chip/chip.js'
import { allCounts } from '../../../sim/chip/measure.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import type { ChipSpecInput } from '../../../sim/config/chip-spec.js'
import { tinyModel } from '../../support/tiny-model.js'

/** A run of a model on a chip; `between` is called after every token, in the middle of the run. */
function run(seed: number, input: ChipSpecInput, between: () => void = () => undefined): unknown {
  const spec = completeChip(input)
  const { image } = compile(quantizeModel(tinyModel(seed)), spec, { positions: 8, attention: 'spiking' })
  const chip = new Chip(spec, image, seed)
  const logits: Float32Array[] = []
  const host = chip.runTokens([0, 5, 9], 4, (values, position) => {
    logits.push(values)
    between()
    return (position * 7) % 90
  })
  return { logits, timings: host.timings, counts: allCounts(chip), activity: chip.activity, hops: chip.network.flitHops }
}

const burst: ChipSpecInput = { network: { routing: 'o1turn' } }
const stepped: ChipSpecInput = { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' }, network: { eventsPerPacket: 3 } }

describe('two chips in one process', () => {
  it('do not see each other, one inside the other\'s run', () => {
    const alone = [run(1, burst), run(2, stepped)]
    const inner: unknown[] = []
    const outer = run(1, burst, () => inner.push(run(2, stepped)))
    expect(outer).toEqual(alone[0])
    expect(inner).toHaveLength(4)
    for (const result of inner) expect(result).toEqual(alone[1])
    const reversed: unknown[] = []
    expect(run(2, stepped, () => reversed.push(run(1, burst)))).toEqual(alone[1])
    for (const result of reversed) expect(result).toEqual(alone[0])
  })

  it('another seed of the routing gives other cycles and the same logits', () => {
    const spec = completeChip(burst)
    const { image } = compile(quantizeModel(tinyModel(1)), spec, { positions: 8, attention: 'dense', placement: 'snake' })
    const results = [1, 2].map((seed) => {
      const chip = new Chip(spec, image, seed)
      const logits: Float32Array[] = []
      chip.runTokens([0, 5, 9], 2, (values) => (logits.push(values), 4))
      return { logits, cycles: chip.finishedAt }
    })
    expect(results[0]!.logits).toEqual(results[1]!.logits)
    expect(results[0]!.cycles).not.toBe(results[1]!.cycles)
  })
})
