import type { CommandModule } from 'yargs'
import { DEFAULT_CHIP } from './defaults.js'
import { hasColour, note, print, printJson } from './output.js'
import { runOptions } from './run-options.js'
import type { RunArguments } from './run-options.js'
import { UsageError } from './usage-error.js'

interface Arguments extends RunArguments {
  chip: string
  tries: number
  by: 'product' | 'energy' | 'latency' | 'area'
  out: string | undefined
  json: boolean
}

/** `spikeloom advise`: what to change on a chip, found by trying it. */
export const command: CommandModule<object, Arguments> = {
  command: 'advise',
  describe: 'try changes of a chip and of a run, and rank them by what they save',
  builder: (parser) => runOptions(parser
    .option('chip', { type: 'string', default: DEFAULT_CHIP, describe: 'preset name, or a chip file' })
    .option('tries', { type: 'number', default: 24, describe: 'most changes that are simulated, the likeliest first' })
    .option('by', {
      choices: ['product', 'energy', 'latency', 'area'] as const, default: 'product' as const,
      describe: 'what to rank by; product: energy times latency',
    })
    .option('out', { type: 'string', describe: 'folder for result.json and report.html, advice included' })
    .option('json', { type: 'boolean', default: false, describe: 'print the advice as JSON only' })) as never,
  handler: async (args) => {
    if (!Number.isInteger(args.tries) || args.tries < 1) throw new UsageError(`--tries ${args.tries}: a whole number of at least 1.`)
    const [{ adviseOn }, { adviceText }, { withOutputs }] = await Promise.all([
      import('./advise-run.js'), import('../reports/advice-text.js'), import('./outputs.js'),
    ])
    await withOutputs(args.out, ['result.json', 'report.html', 'charts/'], async (out) => {
      const { advice, together, refused, base } = await adviseOn(args.chip, args, { tries: args.tries, by: args.by })
      if (args.json) printJson({ schemaVersion: 1, kind: 'advice', chip: base.chip.name, model: base.model.name, advice, together, refused })
      else print(adviceText({ advice, together, refused, base }, { color: hasColour() }))
      if (out === undefined) return
      const [{ serializeResult }, { writeReport }] = await Promise.all([import('../sim/result/parse.js'), import('./report.js')])
      await out.write('result.json', serializeResult(base))
      const [page] = await writeReport(base, out, undefined, { advice: { advice, together } })
      note(`wrote ${page!}`)
    })
  },
}
