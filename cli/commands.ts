import type { CommandModule } from 'yargs'

/** A command's line in `--help`, and where its code is; the code is loaded only when the command is called. */
export interface CommandRow {
  readonly name: string
  /** Name and positionals, as the command's own module states them. */
  readonly usage: string
  readonly describe: string
  readonly load: () => Promise<{ readonly command: CommandModule }>
}

const row = (usage: string, describe: string, load: () => Promise<unknown>): CommandRow => ({
  name: usage.split(' ')[0]!,
  usage,
  describe,
  // Each module types its own arguments; yargs fills them at run time, so the row forgets them here.
  load: load as CommandRow['load'],
})

/** Every command, in the order of `--help`. This file must stay cheap to load: no zod, no d3. */
export const COMMANDS: readonly CommandRow[] = [
  row('run', 'simulate a model on a chip: text, check against the reference, latency, energy', () => import('./run.js')),
  row('report <result>', 'turn a result file into a page with charts', () => import('./report.js')),
  row('compare <results..>', 'set results side by side: absolutes, ratios, what differs', () => import('./compare.js')),
  row('sensitivity <result> [second]', 'rank prices by what they do to a token\'s energy, or to the ratio of two results',
    () => import('./sensitivity.js')),
  row('advise', 'try changes of a chip and of a run, and rank them by what they save', () => import('./advise.js')),
  row('export <result>', 'write a table of a result as CSV or Parquet, for pandas and others', () => import('./export.js')),
  row('compile', 'lay a model onto a chip: core programs, listings, what each pass decided', () => import('./compile.js')),
  row('fit <model>', 'find out which chips hold a model, in which mapping, and what the others lack', () => import('./fit.js')),
  row('eval', 'measure a model on a text: perplexity, bits per byte, spikes of each encoding', () => import('./eval.js')),
  row('calibrate', 'pick each layer\'s scale and membrane clip on a text, within an accuracy budget', () => import('./calibrate.js')),
  row('sweep <plan> [files..]', 'run many points of a plan: every key may vary; a store, tables, the Pareto front', () => import('./sweep.js')),
  row('serve <folder>', 'show a sweep in a browser on this machine, also while it runs', () => import('./serve.js')),
  row('worker', 'compute tasks from a queue, for commands that were given --queue', () => import('./worker.js')),
  row('noc', 'simulate the network alone: latency, throughput, saturation, traces', () => import('./noc.js')),
  row('paper', 'compute energy as the papers do, from a model\'s shape and its spikes per activation', () => import('./paper.js')),
  row('bench [names..]', 'measure the simulator\'s speed and the mapper\'s savings, beside references', () => import('./bench.js')),
  row('asm <file>', 'assemble a core\'s program and list it', () => import('./asm.js')),
  row('disasm <file>', 'show a core\'s program as assembly', () => import('./disasm.js')),
  row('pull <repository>', 'fetch a model of the Hugging Face hub into the cache of this machine, for --model ORG/NAME', () => import('./pull.js')),
  row('chips [name]', 'list the chips that come with Spikeloom, or show one in full', () => import('./chips.js')),
  row('models', 'list the models that come with Spikeloom', () => import('./models.js')),
]
