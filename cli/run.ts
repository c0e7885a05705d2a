import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { instructionByOpcode } from '../isa/index.js'
import { TraceRecorder } from '../reports/trace.js'
import { SimulationError } from '../sim/errors.js'
import { simulate } from '../simulate.js'
import { serializeResult } from '../sim/result/parse.js'
import type { RunResult } from '../sim/result/schema.js'
import { DEFAULT_CHIP, findChip } from './chip-source.js'
import { writeAtomically } from './files.js'
import { DEFAULT_MODEL, loadForRun } from './load.js'
import { note, print, startProgress } from './output.js'

interface RunArguments {
  chip: string
  model: string
  prompt: string | undefined
  tokens: number
  seed: number
  temperature: number
  attention: 'dense' | 'spiking'
  verify: boolean
  out: string | undefined
  json: boolean
  trace: boolean
}

/** What the shipped model continues when no prompt is given. */
const DEFAULT_PROMPT = 'And the LORD said unto'

/** `spikeloom run`: simulate a model on a chip and report what it cost. */
export const command: CommandModule<object, RunArguments> = {
  command: 'run',
  describe: 'simulate a model on a chip: text, check against the reference, latency, energy',
  builder: (parser) => parser
    .option('chip', { type: 'string', default: DEFAULT_CHIP, describe: 'preset name, or a chip file' })
    .option('model', { type: 'string', default: DEFAULT_MODEL, describe: 'shipped model, or a path' })
    .option('prompt', { type: 'string', describe: `text to continue (default for the shipped model: '${DEFAULT_PROMPT}')` })
    .option('tokens', { type: 'number', default: 32, describe: 'tokens to generate' })
    .option('seed', { type: 'number', default: 1, describe: 'seed of sampling and of routing choices' })
    .option('temperature', { type: 'number', default: 0, describe: 'sampling temperature; 0 takes the likeliest token' })
    .option('attention', {
      choices: ['dense', 'spiking'] as const, default: 'dense' as const, describe: 'QK^T and PV as multiply-accumulates or as spikes',
    })
    .option('verify', { type: 'boolean', default: true, describe: 'compare the logits with the reference interpreter' })
    .option('out', { type: 'string', describe: 'folder for result.json and report.html (default: out; none with --json)' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON only' })
    .option('trace', { type: 'boolean', default: false, describe: 'write trace.json too: opens in Perfetto' }),
  handler: async (args) => {
    const trace = args.trace ? new TraceRecorder() : undefined
    const result = await runOnce(args, trace)
    if (args.json) print(serializeResult(result).trimEnd())
    else {
      const { textReport } = await import('../reports/text.js')
      print(textReport(result, { color: process.stdout.isTTY === true }))
    }
    const folder = args.out ?? (args.json ? undefined : 'out')
    if (folder !== undefined) await writeOutputs(result, folder)
    if (trace !== undefined) await writeTrace(trace, folder ?? 'out')
    if (args.verify && !result.verification.bitExact) {
      throw new SimulationError('the chip and the reference interpreter disagree: see verification.firstMismatch in the result.')
    }
  },
}

async function runOnce(args: RunArguments, trace: TraceRecorder | undefined): Promise<RunResult> {
  const chip = findChip(args.chip)
  const { quantized, provenance } = loadForRun(args.model)
  const prompt = args.prompt ?? (args.model === DEFAULT_MODEL ? DEFAULT_PROMPT : '')
  const progress = await startProgress('simulating', args.tokens)
  try {
    return simulate({
      model: quantized, provenance, chip, prompt, tokens: args.tokens, seed: args.seed, temperature: args.temperature,
      attention: args.attention, verify: args.verify,
      onToken: (text, generated) => progress.update(generated, JSON.stringify(text)),
      ...(trace === undefined ? {} : { trace }),
    })
  } finally {
    progress.stop()
  }
}

async function writeOutputs(result: RunResult, folder: string): Promise<void> {
  const { htmlReport } = await import('../reports/html.js')
  await writeAtomically(join(folder, 'result.json'), serializeResult(result))
  await writeAtomically(join(folder, 'report.html'), await htmlReport(result))
  note(`wrote ${join(folder, 'result.json')} and ${join(folder, 'report.html')}`)
}

async function writeTrace(trace: TraceRecorder, folder: string): Promise<void> {
  const file = join(folder, 'trace.json')
  await writeAtomically(file, trace.pieces(instructionByOpcode.map((row) => row?.mnemonic)))
  note(`wrote ${file}: ${trace.length} instructions; open it in ui.perfetto.dev (1 us there is 1 cycle)`)
}
