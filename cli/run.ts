import type { CommandModule } from 'yargs'
import type { TraceLimits, TraceRecorder } from '../reports/trace/recorder.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import { DEFAULT_CHIP } from './defaults.js'
import { hasColour, note, print } from './output.js'
import type { OutputFolder } from './outputs.js'
import { runOptions } from './run-options.js'
import type { RunArguments } from './run-options.js'

interface Arguments extends RunArguments {
  chip: string
  out: string | undefined
  json: boolean
  trace: boolean
  'trace-window': string | undefined
  'trace-most': number | undefined
}

/** `spikeloom run`: simulate a model on a chip and report what it cost. */
export const command: CommandModule<object, Arguments> = {
  command: 'run',
  describe: 'simulate a model on a chip: text, check against the reference, latency, energy',
  builder: (parser) => runOptions(parser
    .option('chip', { type: 'string', default: DEFAULT_CHIP, describe: 'preset name, or a chip file' })
    .option('out', { type: 'string', describe: 'folder for result.json and report.html (default: out; none with --json)' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON only' })
    .option('trace', { type: 'boolean', default: false, describe: 'write trace.json too: opens in Perfetto' })
    .option('trace-window', { type: 'string', describe: 'cycles FROM..TO that the trace keeps (default: all)' })
    .option('trace-most', { type: 'number', describe: 'most rows (instructions, waits, trains...) that the trace keeps (default: 3,000,000)' })),
  handler: async (args) => {
    const [{ findChip }, { planOf, runModel }, { TraceRecorder }, { refuseFailedChecks }, { withOutputs }] = await Promise.all([
      import('./chip-source.js'), import('./run-model.js'), import('../reports/trace/recorder.js'), import('./verdict.js'), import('./outputs.js'),
    ])
    planOf(args)
    if (!args.trace && (args['trace-window'] ?? args['trace-most']) !== undefined) throw new InputError('--trace-window and --trace-most need --trace.')
    if (args.trace && args['by-layer']) throw new InputError('--trace needs a whole run: leave out --by-layer.')
    const folder = args.out ?? (args.json && !args.trace ? undefined : 'out')
    const trace = args.trace ? new TraceRecorder(limitsOf(args)) : undefined
    const names = args.json && args.out === undefined ? ['trace.json'] : ['result.json', 'report.html', 'charts/', ...(args.trace ? ['trace.json'] : [])]
    const result = await withOutputs(folder, names, async (out) => {
      const result = { ...await runModel(findChip(args.chip, args.set), args, trace), peakMemoryBytes: process.resourceUsage().maxRSS * 1024 }
      await printResult(result, args.json)
      const { tokens } = planOf(args)
      if (result.weights === 'real' && result.tokens.length < tokens) {
        note(`the text ended after ${result.tokens.length} of ${tokens} tokens; --ignore-eos goes on.`)
      }
      if (out !== undefined && names.includes('result.json')) await writeOutputs(result, out)
      if (out !== undefined && trace !== undefined) await writeTrace(trace, out, result)
      return result
    })
    refuseFailedChecks([result])
  },
}

async function printResult(result: RunResult, json: boolean): Promise<void> {
  if (json) return print((await import('../sim/result/parse.js')).serializeResult(result).trimEnd())
  const { textReport } = await import('../reports/text.js')
  print(textReport(result, { color: hasColour() }))
}

async function writeOutputs(result: RunResult, out: OutputFolder): Promise<void> {
  const [{ serializeResult }, { writeReport }] = await Promise.all([import('../sim/result/parse.js'), import('./report.js')])
  const file = await out.write('result.json', serializeResult(result))
  const [page] = await writeReport(result, out)
  note(`wrote ${file} and ${page}`)
}

/** @throws InputError for a window that is none, or no room for an instruction */
function limitsOf({ 'trace-window': window, 'trace-most': most }: Arguments): TraceLimits {
  if (most !== undefined && !(Number.isInteger(most) && most >= 1)) throw new InputError(`--trace-most ${most}: a whole number of at least 1.`)
  const limits = most === undefined ? {} : { most }
  if (window === undefined) return limits
  const [, from, to] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(window) ?? []
  if (from === undefined || Number(from) > Number(to)) throw new InputError(`--trace-window ${window}: expected two cycles, as in 1000..2000.`)
  return { ...limits, fromCycle: Number(from), toCycle: Number(to) }
}

async function writeTrace(trace: TraceRecorder, out: OutputFolder, result: RunResult): Promise<void> {
  const [{ instructionByOpcode }, { tracePieces }] = await Promise.all([import('../isa/index.js'), import('../reports/trace/write.js')])
  const file = await out.write('trace.json', tracePieces(trace, instructionByOpcode.map((row) => row?.mnemonic), result))
  note(`wrote ${file}: ${trace.instructions.length} instructions; open it in ui.perfetto.dev${trace.cut === '' ? '' : `. ${trace.cut}.`}`)
}
