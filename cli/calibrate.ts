import type { CommandModule } from 'yargs'
import { calibrate } from '../programs/calibrate/calibrate.js'
import type { Range } from '../programs/calibrate/search.js'
import { loadModel } from '../programs/models/index.js'
import { InputError } from '../sim/errors.js'
import { readTextStart } from './eval-run.js'
import { real, whole } from './numbers.js'
import { checkFiles } from './outputs.js'
import { writeAtomically } from './write.js'
import { DEFAULT_MODEL } from './defaults.js'
import { findModel } from './model-source.js'
import { note, print, startProgress } from './output.js'

interface Arguments {
  model: string
  text: string
  out: string
  budget: number
  'limit-bytes': number
  'weight-bits': number
  'activation-bits': number
  rounding: 'nearest' | 'floor'
  scale: 'token' | 'tensor'
  range: string
  salient: number
  'salient-steps': number
  rotate: number | undefined
  smooth: number | undefined
  json: boolean
}

/** `spikeloom calibrate`: settle how each layer's inputs become spikes, on a text. */
export const command: CommandModule<object, Arguments> = {
  command: 'calibrate',
  describe: 'pick each layer\'s scale and membrane clip on a text, within an accuracy budget',
  builder: (parser) => parser
    .option('model', { type: 'string', default: DEFAULT_MODEL, describe: 'shipped model, or a path' })
    .option('text', { type: 'string', demandOption: true, describe: 'calibration text' })
    .option('out', { type: 'string', default: 'calibration.json', describe: 'file to write' })
    .option('budget', { ...real('budget', 0, 1000), default: 1, describe: 'perplexity that may be lost for fewer additions, percent; 0: most exact' })
    .option('limit-bytes', { ...whole('limit-bytes', 1, 2 ** 28), default: 4000, describe: 'only the first bytes of the text' })
    .option('weight-bits', { ...whole('weight-bits', 2, 8), default: 4, describe: 'bits of a weight, 2 to 8' })
    .option('activation-bits', { ...whole('activation-bits', 2, 8), default: 4, describe: 'bits of an activation, 2 to 8' })
    .option('rounding', { choices: ['nearest', 'floor'] as const, default: 'nearest' as const, describe: 'membranes start charged to half a threshold, or empty' })
    .option('scale', { choices: ['token', 'tensor'] as const, default: 'token' as const, describe: 'a scale for each token, or one for all' })
    .option('range', { type: 'string', default: 'search', describe: 'what a scale reaches to: search, absmax, quantile:0.999 or sigma:3' })
    .option('salient', { ...real('salient', 0, 99.99), default: 0, describe: 'share of salient channels in each layer, percent (SpikeLLM: 10)' })
    .option('salient-steps', { ...whole('salient-steps', 2, 16), default: 2, describe: 'time steps of a salient channel' })
    .option('rotate', { ...whole('rotate', 0, 2 ** 32 - 1), describe: 'rotate residual stream and values, with this seed' })
    .option('smooth', { ...real('smooth', 0, 1), describe: 'divide channels by a gamma, exponent 0 to 1' })
    .option('json', { type: 'boolean', default: false, describe: 'print the calibration as JSON' }) as never,
  handler: async (args) => {
    checkFiles([args.out])
    const text = readTextStart(args.text, args['limit-bytes'])
    const model = loadModel(findModel(args.model))
    const progress = await startProgress('calibrating', 9)
    let trials = 0
    const file = calibrate(model, text, {
      quantize: { weightBits: args['weight-bits'], activationBits: args['activation-bits'], rounding: args.rounding },
      search: { scale: args.scale, range: rangeOf(args.range), salientShare: args.salient / 100, salientSteps: args['salient-steps'] },
      budgetPercent: args.budget,
      ...(args.rotate === undefined ? {} : { rotation: args.rotate }), ...(args.smooth === undefined ? {} : { smoothing: args.smooth }),
    }, (line) => {
      progress.update(++trials, line)
      if (process.stderr.isTTY !== true) note(line)
    })
    progress.stop()
    const json = JSON.stringify(file)
    await writeAtomically(args.out, `${json}\n`)
    if (args.json) print(json)
    note(`wrote ${args.out}`)
  },
}

function rangeOf(text: string): Range {
  if (text === 'search' || text === 'absmax') return { kind: text }
  const match = /^(quantile|sigma):(\d*\.?\d+)$/.exec(text)
  const value = Number(match?.[2])
  if (match !== null && value > 0 && (match[1] === 'sigma' || value <= 1)) return { kind: match[1] as 'quantile' | 'sigma', value }
  throw new InputError(`range is '${text}', expected search, absmax, quantile:Q with 0 < Q <= 1, or sigma:K with K > 0`)
}
