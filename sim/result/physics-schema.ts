import { z } from 'zod'

/** What a result says of power, area and certainty. */

const amount = (meaning: string) => z.number().min(0).describe(meaning)

export const interval = z.strictObject({ low: amount('pJ'), high: amount('pJ') })

export const powerResult = z.strictObject({
  averageW: amount('energy over time of the whole system, watts'),
  peakW: amount('of the bin that draws most'),
  binSeconds: amount('length of a bin'),
  watts: z.array(z.number().min(0)).describe('power in each bin, from the start'),
})

const mm2 = (meaning: string) => amount(`${meaning}, mm2`)

export const areaResult = z.strictObject({
  totalMm2: mm2('all chips: the sum of byPart'),
  byPart: z.strictObject({
    weightSram: mm2('weight memories'), dataSram: mm2('data memories'), accumulators: mm2('accumulators'),
    programSram: mm2('program memories'), queues: mm2('spike FIFOs, axon tables, injection queues'),
    adders: mm2('adder and multiplier lanes'), vectorUnit: mm2('vector units'), encoder: mm2('encoders'), sequencer: mm2('sequencers'),
    routers: mm2('routers'), spare: mm2('wires and room between the parts of a tile'),
  }),
  chipMm2: mm2('one chip, without pads'),
  tileMm2: mm2('one tile'),
  tilePitchMm: amount('side of a tile, mm'),
})

export const memoryResult = z.strictObject({
  bytes: amount('moved from and to external memory, whole bursts'),
  rowHits: z.number().int().min(0).describe('runs of bursts that found their page open'),
  rowConflicts: z.number().int().min(0).describe('runs that had to close another page first'),
  refreshes: z.number().int().min(0).describe('of all channels, over the run'),
  busyFraction: z.number().min(0).max(1).describe('part of the run in which a channel\'s data bus moved data, mean over channels'),
})
