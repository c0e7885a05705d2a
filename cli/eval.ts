import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import type { EncodingName } from '../programs/encodings/types.js'
import { ENCODINGS } from '../programs/encodings/types.js'
import { isSpikeFile } from '../programs/shapes/spike-file.js'
import { InputError } from '../sim/errors.js'
import { refuseGiven } from './given.js'
import { evalText } from './eval-output.js'
import { runEval, sweepClip } from './eval-run.js'
import type { EvalSettings } from './eval-run.js'
import { whole } from './numbers.js'
import { checkFiles } from './outputs.js'
import { writeAtomically } from './write.js'
import { DEFAULT_MODEL } from './defaults.js'
import { captureSpikes } from './eval-capture.js'
import { note, print, printJson, table } from './output.js'
import { quantizationOptions, quantizationOf } from './quantization-options.js'
import type { QuantizationArguments } from './quantization-options.js'
import { QUEUE, refuseWorkers, WORKERS } from './workers.js'

interface Arguments extends QuantizationArguments {
  model: string
  text: string | undefined
  encoding: EncodingName | 'float'
  'limit-bytes': number | undefined
  tasks: string | undefined
  capture: string | undefined
  window: number | undefined
  stride: number | undefined
  'sweep-clip': boolean
  workers: number
  queue: string | undefined
  out: string
  json: boolean
}

/** `spikeloom eval`: quality of a model on a text, and the spikes it takes. */
export const command: CommandModule<object, Arguments> = {
  command: 'eval',
  describe: 'measure a model on a text: perplexity, bits per byte, spikes of each encoding',
  builder: (parser) => quantizationOptions(parser
    .option('model', { type: 'string', default: DEFAULT_MODEL, describe: 'shipped model, or a path' })
    .option('text', { type: 'string', describe: 'text file; documents are separated by <|endoftext|>' })
    .option('encoding', {
      choices: [...ENCODINGS, 'float'] as const, default: 'ternary' as const,
      describe: 'spike encoding whose figures are printed, or the model in floats',
    })
    .option('limit-bytes', { ...whole('limit-bytes', 1, 2 ** 28), describe: 'only the first bytes of the text' })
    .option('window', { ...whole('window', 2, 2 ** 24), describe: 'the text as one stream, in windows of so many tokens (papers: 2048)' })
    .option('stride', { ...whole('stride', 1, 2 ** 24), describe: 'tokens from window to window (default: the window, and the tail is dropped)' })
    .option('capture', { type: 'string', describe: 'write the spike counts of the text\'s first document, for run --spikes (.safetensors)' })
    .option('tasks', { type: 'string', describe: 'multiple-choice tasks, JSON lines {question, choices, answer}' })
    .option('sweep-clip', { type: 'boolean', default: false, describe: 'quality against spikes over membrane clips: clip.csv, clip.svg' })
    .option('workers', { ...WORKERS, describe: `share out windows of the text, or clips: ${WORKERS.describe}` })
    .option('queue', { ...QUEUE, describe: QUEUE.describe })
    .option('out', { type: 'string', default: 'out', describe: 'folder for the files of --sweep-clip' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON only' })) as never,
  handler: async (args) => {
    if (args.text === undefined && args.tasks === undefined) {
      throw new InputError('eval needs a text (--text FILE) or tasks (--tasks FILE).')
    }
    if (args.capture !== undefined) refuseWorkers(args, 'shares out the windows of a text: --capture takes one after the other.')
    refuseIdle(args)
    const settings: EvalSettings = {
      model: args.model, encoding: args.encoding, quantization: quantizationOf(args), text: args.text,
      limitBytes: args['limit-bytes'], tasks: args.tasks,
      ...(args.window === undefined ? {} : { stream: { window: args.window, ...(args.stride === undefined ? {} : { stride: args.stride }) } }),
    }
    if (args['sweep-clip']) await sweep(settings, args)
    else if (args.capture !== undefined) await writeCapture(settings, args.capture)
    else {
      const result = await runEval(settings, args)
      if (args.json) printJson(result)
      else print(evalText(result))
    }
  },
}

const QUANTIZATION = ['weight-bits', 'weight-group', 'activation-bits', 'kv-bits', 'clip', 'max-count', 'rounding', 'calibration', 'gptq']

/** @throws UsageError for options that the others leave without effect */
function refuseIdle(args: Arguments): void {
  if (args.encoding === 'float') refuseGiven(args, QUANTIZATION, 'a model in floats is not quantized.')
  if (args.text === undefined) refuseGiven(args, ['limit-bytes'], 'there is no --text.')
  if (args.window === undefined) refuseGiven(args, ['stride'], 'it is the distance of windows: give --window too.')
  if (args.text === undefined) refuseGiven(args, ['window', 'stride'], 'there is no --text.')
  if (args.capture !== undefined) refuseGiven(args, ['window', 'stride'], '--capture takes the first document.')
  if (args.capture !== undefined) refuseGiven(args, ['tasks', 'json', 'sweep-clip'], '--capture writes a file and nothing else.')
  if (!args['sweep-clip']) return refuseGiven(args, ['out'], 'it is the folder of --sweep-clip.')
  refuseGiven(args, ['clip', 'max-count'], '--sweep-clip chooses them.')
  refuseGiven(args, ['tasks'], '--sweep-clip measures perplexity.')
}

async function sweep(settings: EvalSettings, args: Arguments): Promise<void> {
  if (args.encoding === 'float') throw new InputError('--sweep-clip clips membranes: it needs a spike encoding, not float.')
  if (args.text === undefined) throw new InputError('--sweep-clip needs a text (--text FILE).')
  checkFiles([join(args.out, 'clip.csv'), join(args.out, 'clip.svg')])
  const rows = await sweepClip(settings, args)
  const { clipChart, clipCsv } = await import('../reports/clip-chart.js')
  const { renderChart } = await import('../reports/svg.js')
  await writeAtomically(join(args.out, 'clip.csv'), clipCsv(rows))
  await writeAtomically(join(args.out, 'clip.svg'), await renderChart(clipChart(rows), true))
  if (args.json) printJson({ sweep: rows })
  else {
    print(table([
      ['clip', 'most spikes', 'perplexity', 'bits per byte', 'spikes per activation', 'time steps'],
      ...rows.map((row) => [
        row.clip, row.maxCount, row.perplexity.toFixed(3), row.bitsPerByte.toFixed(4), row.spikesPerActivation.toFixed(3), row.timeSteps.toFixed(2),
      ]),
    ]))
  }
  note(`wrote ${join(args.out, 'clip.csv')} and ${join(args.out, 'clip.svg')}`)
}

async function writeCapture(settings: EvalSettings, file: string): Promise<void> {
  if (!isSpikeFile(file)) throw new InputError(`--capture ${file}: the name must end in .safetensors, which is what run --spikes knows it by.`)
  const { bytes, tokens, spikesPerActivation } = captureSpikes(settings)
  await writeAtomically(file, bytes)
  note(`wrote ${file}: ${tokens} tokens, ${spikesPerActivation.toFixed(3)} spikes an activation`)
}
