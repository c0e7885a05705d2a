import { placesOf } from '../sim/chip/spike-places.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import type { RunResult } from '../sim/result/schema.js'
import type { Measurement } from './measurement.js'

/** A reader moves through so many frames at most. */
const MOST_FRAMES = 48

/** Where spikes were taken when: frames of equal length, each a number for every place of the system. */
export function describeSpikes({ spikeProfile }: Measurement, chip: ChipSpec): NonNullable<RunResult['activity']['overTime']> {
  const { binCycles, width, counts } = spikeProfile
  const bins = counts.length / width
  const perFrame = Math.max(1, Math.ceil(bins / MOST_FRAMES))
  const spikes = Array.from({ length: Math.ceil(bins / perFrame) }, (_, frame) => {
    const sums = new Float64Array(width)
    for (let bin = frame * perFrame; bin < Math.min(bins, (frame + 1) * perFrame); bin++) {
      for (let place = 0; place < width; place++) sums[place]! += counts[bin * width + place]!
    }
    return [...sums]
  })
  const { block, columns, rows } = placesOf(chip)
  return { frameCycles: binCycles * perFrame, block, columns, rows, spikes }
}
