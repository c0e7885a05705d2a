import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { keptInput, writeCorpus } from './corpus.js'
import type { Kept } from './corpus.js'
import { fuzz, LIMITS, TARGETS } from './fuzz.js'

/**
 * `npm run fuzz -- --parser P --inputs N --seed S [--keep]`: runs a parser on inputs drawn from a seed; without a parser, all
 * of them. A watchdog ends an input that takes longer than ten seconds, and names it. `--keep` puts the
 * first input of each kind of answer into the corpus. Exit code 1 when anything was found.
 */
interface Options { readonly parser: string; readonly inputs: number; readonly seed: number; readonly keep: boolean }

const PATIENCE_MS = 10_000

function work({ parser, inputs, seed, keep }: Options, progress: Int32Array): void {
  const kept: Kept[] = []
  const summary = fuzz({
    parser, inputs, seed,
    onInput: (index) => { Atomics.store(progress, 0, index) },
    ...(keep ? { onShape: (index, { kind, shape }, files) => kept.push(keptInput(parser, { seed, index, kind, shape }, files)) } : {}),
  })
  if (keep) writeCorpus(parser, kept)
  parentPort!.postMessage(summary)
}

function optionsOf(args: readonly string[]): { parsers: string[]; inputs: number; seed: number; keep: boolean } {
  const value = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  const parser = value('--parser')
  if (parser !== undefined && !Object.hasOwn(TARGETS, parser)) {
    throw new Error(`no parser ${parser}; parsers: ${Object.keys(TARGETS).join(', ')}`)
  }
  return {
    parsers: parser === undefined ? Object.keys(TARGETS) : [parser],
    inputs: Number(value('--inputs') ?? 1000), seed: Number(value('--seed') ?? 1), keep: args.includes('--keep'),
  }
}

/** A thread has no loader for TypeScript of its own. */
const START = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(import.meta.url)}) })`

/** Runs one parser in a thread of its own, so that an endless input can be ended and memory be limited. */
async function watch(options: Options): Promise<boolean> {
  const progress = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(START, {
    eval: true, workerData: { options, progress }, resourceLimits: { maxOldGenerationSizeMb: LIMITS.bytes / 1e6 },
  })
  let last = -1
  let since = Date.now()
  return new Promise((resolve) => {
    const end = (found: string | undefined): void => {
      clearInterval(timer)
      if (found !== undefined) console.log(`FOUND ${options.parser} --seed ${options.seed}, input ${progress[0]}: ${found}`)
      void worker.terminate().then(() => resolve(found !== undefined))
    }
    const timer = setInterval(() => {
      if (progress[0] !== last) [last, since] = [progress[0]!, Date.now()]
      else if (Date.now() - since > PATIENCE_MS) end(`no end after ${PATIENCE_MS / 1000} s`)
    }, 500)
    worker.on('error', (error) => end(String(error)))
    worker.on('message', (summary: ReturnType<typeof fuzz>) => {
      const { faults, slowestSeconds, slowestIndex, peakBytes } = summary
      console.log(`${summary.parser.padEnd(18)} ${summary.inputs} inputs, ${summary.accepted} accepted, ${summary.refused} refused in ` +
        `${summary.shapes} ways, ${faults.length} faults, slowest ${slowestSeconds.toFixed(3)} s (${slowestIndex}), ` +
        `${(peakBytes / 1e6).toFixed(0)} MB`)
      for (const { index, message } of faults) console.log(`  FAULT input ${index}: ${message.split('\n').slice(0, 6).join('\n    ')}`)
      const slow = slowestSeconds > LIMITS.seconds ? `input ${slowestIndex} took ${slowestSeconds.toFixed(2)} s` : undefined
      end(slow ?? (faults.length > 0 ? `${faults.length} kinds of fault` : undefined))
    })
  })
}

if (isMainThread) {
  const { parsers, ...rest } = optionsOf(process.argv.slice(2))
  let found = false
  for (const parser of parsers) found = await watch({ parser, ...rest }) || found
  process.exitCode = found ? 1 : 0
} else {
  const { options, progress } = workerData as { options: Options; progress: Int32Array }
  work(options, progress)
}
