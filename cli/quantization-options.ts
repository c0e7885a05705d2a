import type { Argv } from 'yargs'
import type { QuantizeOptions } from '../programs/quantize/types.js'
import { real, whole } from './numbers.js'

/** Options that say how a model is brought to integers. */
export interface QuantizationArguments {
  'weight-bits': number | undefined
  'weight-group': number | undefined
  'activation-bits': number | undefined
  'kv-bits': number | undefined
  clip: number | undefined
  'max-count': number | undefined
  rounding: 'nearest' | 'floor' | undefined
  calibration: string | undefined
  gptq: string | undefined
}

/** What the user asked for; what is absent is calibration's, else the default. */
export interface Quantization {
  readonly options: Partial<QuantizeOptions>
  readonly calibration: string | undefined
  /** Text to round the weights on with GPTQ; undefined rounds to nearest. */
  readonly gptq: string | undefined
}

const GROUP = 'Quantization:'

export function quantizationOptions<T>(parser: Argv<T>): Argv<T & QuantizationArguments> {
  return parser
    .option('weight-bits', { ...whole('weight-bits', 2, 8), group: GROUP, describe: 'bits of a weight, 2 to 8 (default: 4)' })
    .option('weight-group', { ...whole('weight-group', 0, 65536), group: GROUP, describe: 'inputs that share a weight scale (default: 0, all); for eval only' })
    .option('activation-bits', { ...whole('activation-bits', 2, 8), group: GROUP, describe: 'bits of an activation\'s spike count, 2 to 8 (default: 4)' })
    .option('kv-bits', { ...whole('kv-bits', 2, 8), group: GROUP, describe: 'bits of the KV cache, 2 to 8 (default: 8)' })
    .option('clip', { ...real('clip', 0.001, 1000), group: GROUP, describe: 'share of the largest activation that the scale reaches to (default: 1)' })
    .option('max-count', { ...whole('max-count', 1, 127), group: GROUP, describe: 'membrane clip: most spikes of an activation (default: 7 at 4 bits)' })
    .option('rounding', {
      choices: ['nearest', 'floor'] as const, group: GROUP,
      describe: 'membranes start charged to half a threshold, or empty (default: nearest)',
    })
    .option('calibration', { type: 'string', group: GROUP, describe: 'calibration file (spikeloom calibrate)' })
    .option('gptq', { type: 'string', group: GROUP, describe: 'round weights with GPTQ on this text (default: to nearest)' }) as
      unknown as Argv<T & QuantizationArguments>
}

export function quantizationOf(args: QuantizationArguments): Quantization {
  const options: Partial<{ -readonly [K in keyof QuantizeOptions]: QuantizeOptions[K] }> = {}
  if (args['weight-bits'] !== undefined) options.weightBits = args['weight-bits']
  if (args['weight-group'] !== undefined) options.weightGroup = args['weight-group']
  if (args['activation-bits'] !== undefined) options.activationBits = args['activation-bits']
  if (args['kv-bits'] !== undefined) options.kvBits = args['kv-bits']
  if (args.clip !== undefined) options.clip = args.clip
  if (args['max-count'] !== undefined) options.maxCount = args['max-count']
  if (args.rounding !== undefined) options.rounding = args.rounding
  return { options, calibration: args.calibration, gptq: args.gptq }
}
