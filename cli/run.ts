import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import type { TraceRecorder } from '../reports/trace.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import { DEFAULT_CHIP } from './defaults.js'
import { note, print } from './output.js'
import { runOptions } from './run-options.js'
import type { RunArguments } from './run-options.js'

interface Arguments extends RunArguments {
  chip: string
  out: string | undefined
  json: boolean
  trace: boolean
}

/** `spikeloom run`: simulate a model on a chip and report what it cost. */
export const command: CommandModule<object, Arguments> = {
  command: 'run',
  describe: 'simulate a model on a chip: text, check against the reference, latency, energy',
  builder: (parser) => runOptions(parser
    .option('chip', { type: 'string', default: DEFAULT_CHIP, describe: 'preset name, or a chip file' })
    .option('out', { type: 'string', describe: 'folder for result.json and report.html (default: out; none with --json)' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON only' })
    .option('trace', { type: 'boolean', default: false, describe: 'write trace.json too: opens in Perfetto' })),
  handler: async (args) => {
    const [{ runModel }, { TraceRecorder }, { refuseFailedChecks }] = await Promise.all([
      import('./run-model.js'), import('../reports/trace.js'), import('./verdict.js'),
    ])
    const trace = args.trace ? new TraceRecorder() : undefined
    const result = { ...await runModel(args.chip, args, trace), peakMemoryBytes: process.resourceUsage().maxRSS * 1024 }
    if (trace?.length === 0) throw new InputError('--trace needs a functional run: statistics mode simulates tokens apart from each other.')
    await printResult(result, args.json)
    const folder = args.out ?? (args.json ? undefined : 'out')
    if (folder !== undefined) await writeOutputs(result, folder)
    if (trace !== undefined) await writeTrace(trace, folder ?? 'out')
    refuseFailedChecks([result])
  },
}

async function printResult(result: RunResult, json: boolean): Promise<void> {
  if (json) return print((await import('../sim/result/parse.js')).serializeResult(result).trimEnd())
  const { textReport } = await import('../reports/text.js')
  print(textReport(result, { color: process.stdout.isTTY === true }))
}

async function writeOutputs(result: RunResult, folder: string): Promise<void> {
  const [{ serializeResult }, { writeAtomically }, { writeReport }] = await Promise.all([
    import('../sim/result/parse.js'), import('./files.js'), import('./report.js'),
  ])
  await writeAtomically(join(folder, 'result.json'), serializeResult(result))
  await writeReport(result, folder)
  note(`wrote ${join(folder, 'result.json')} and ${join(folder, 'report.html')}`)
}

async function writeTrace(trace: TraceRecorder, folder: string): Promise<void> {
  const [{ instructionByOpcode }, { writeAtomically }] = await Promise.all([import('../isa/index.js'), import('./files.js')])
  const file = join(folder, 'trace.json')
  await writeAtomically(file, trace.pieces(instructionByOpcode.map((row) => row?.mnemonic)))
  note(`wrote ${file}: ${trace.length} instructions; open it in ui.perfetto.dev (1 us there is 1 cycle)`)
}
