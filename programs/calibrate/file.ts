import { z } from 'zod'
import { jsonProblems } from '../../sim/config/json-problems.js'
import { InputError } from '../../sim/errors.js'
import { ENCODED_OPERATORS } from '../quantize/index.js'

export const CALIBRATION_VERSION = 1

const bits = z.number().int().min(2).max(8)

const layerRow = z.strictObject({
  operator: z.enum(ENCODED_OPERATORS),
  layer: z.number().int().min(-1),
  activationBits: bits.optional(),
  clip: z.number().positive().max(4).optional(),
  maxCount: z.number().int().min(1).max(127).optional(),
  scale: z.number().positive().optional(),
  salient: z.strictObject({
    channels: z.array(z.number().int().min(0)),
    timeSteps: z.number().int().min(2).max(16),
  }).optional(),
})

const schema = z.strictObject({
  calibrationVersion: z.literal(CALIBRATION_VERSION),
  /** Name of the model it was made for. */
  model: z.string(),
  options: z.strictObject({
    weightBits: bits.optional(), activationBits: bits.optional(), kvBits: bits.optional(), embeddingBits: bits.optional(),
    clip: z.number().positive().max(4).optional(), rounding: z.enum(['nearest', 'floor']).optional(),
  }),
  fold: z.strictObject({
    /** Seed of the rotation of the residual stream; absent: not rotated. */
    rotation: z.number().int().optional(),
    /** Seed of the rotation of each value head; absent: not rotated. */
    valueRotation: z.number().int().optional(),
    /** Divisors of the inputs' channels, by operator and layer as in `qkv/0`: the same to multiply the weights. */
    gamma: z.record(z.string(), z.array(z.number().positive())).optional(),
  }),
  layers: z.array(layerRow),
  /** What was measured on the calibration text, for people. */
  measured: z.record(z.string(), z.unknown()).optional(),
})

/** What `spikeloom calibrate` writes and `eval` and `run` take. */
export type CalibrationFile = z.infer<typeof schema>
export type CalibratedLayer = CalibrationFile['layers'][number]

/** @throws InputError naming file, key and what was expected */
export function parseCalibration(json: unknown, name: string): CalibrationFile {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new InputError(`${name}: expected a file of spikeloom calibrate:\n${jsonProblems(parsed.error.issues, json)}`)
}
