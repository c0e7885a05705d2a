import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadModel } from '../programs/models/index.js'
import { loadChip } from '../sim/config/load-chip.js'
import { withPool } from '../simulate/threads/pool.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import { drawCounts, linearCounts, MACHINES, perMacPj, WEIGHT_MEMORIES } from '../verdict/elsa/linear.js'
import { resnet50SplitUj } from '../verdict/elsa/network.js'
import { PUBLISHED_SPLIT_UJ } from '../verdict/elsa/resnet50.js'
import { isKept, runCell } from '../verdict/findings/cells.js'
import type { CellResult } from '../verdict/findings/cells.js'
import { rivalsOf, SYSTEMS, WORKLOADS } from '../verdict/findings/plan.js'
import { componentTable, energyCell, milliseconds, ratioCell, short, table } from '../verdict/findings/tables.js'
import { qualityOf, salientChannels, withRoundedWeights } from '../verdict/quality.js'
import { SPIKE_LLM, binary, levelOrder, spikeLlm, spikingBrain, ternary, zeroSkipping } from '../verdict/rivals/quantizers.js'

/**
 * Makes every number of docs/findings.md again, between its markers: `npm run findings`. Cells that were run before are
 * kept in out/findings, so an interrupted run goes on; `--quick` makes the decode column of one system and says how far
 * it is from the page, without writing; `--minutes N` begins no cell after that, and leaves the others for the next run.
 */

const FOLDER = 'out/findings'
const PAGE = 'docs/findings.md'
const MODEL = 'llama-2-7b'
const SAMPLE = { windows: 2, layers: 2, pipelineTokens: 10 }

const { values: { workers, quick, minutes } } = parseArgs({
  options: { workers: { type: 'string', default: '2' }, quick: { type: 'boolean', default: false }, minutes: { type: 'string', default: '40' } },
})

const chipOf = (system: string) => loadChip(readFileSync(`chips/${system}.yaml`, 'utf8'), `chips/${system}.yaml`)

/** By workload, system and rival, the first rival first. */
type Results = ReadonlyMap<string, CellResult>
const key = (workload: string, system: string, rival: string): string => `${workload} / ${system} / ${rival}`

async function runAll(pool: TaskPool, workloads: readonly string[], systems: readonly string[]): Promise<Results> {
  const cells = WORKLOADS.filter(({ name }) => workloads.includes(name)).flatMap((workload) => (
    SYSTEMS.filter(({ name }) => systems.includes(name)).flatMap((system) => (
      rivalsOf('laplace').map((rival) => ({ workload, system, rival }))
    ))
  ))
  const endsAt = Date.now() + Number(minutes) * 60_000
  const results: (readonly [string, CellResult])[] = []
  const queue = cells.values()
  let left = 0
  const lane = async (): Promise<void> => {
    for (const { workload, system, rival } of queue) {
      const cell = {
        model: MODEL, chip: chipOf(system.name), workload, rival, seed: 1,
        sample: workload.promptTokens * workload.sequences === 1 ? undefined : SAMPLE,
      }
      if (Date.now() > endsAt && !isKept(cell, FOLDER)) {
        left++
        continue
      }
      const result = await runCell(pool, cell, FOLDER)
      results.push([key(workload.name, system.name, rival.name), result])
      console.error(`${results.length}/${cells.length} ${workload.name}, ${system.name}, ${rival.name}: `
        + `${short(result.energyPj / result.tokens / 1e9)} mJ a token`)
    }
  }
  await Promise.all(Array.from({ length: Number(workers) }, lane))
  if (left > 0) console.error(`${left} cells are left: run it again to go on`)
  return new Map(results)
}

/** Energy a token of every rival and its ratio to SDLLM's trains, for a workload. */
function rivalTable(results: Results, workload: string): string {
  const rivals = rivalsOf('laplace')
  const [first] = rivals
  return table(['rival', 'counts', ...SYSTEMS.flatMap(({ name }) => [`${name}, mJ`, 'over ternary', 'ms'])], rivals.map((rival) => [
    rival.name, rival.counts,
    ...SYSTEMS.flatMap(({ name }) => {
      const cell = results.get(key(workload, name, rival.name))
      const base = results.get(key(workload, name, first!.name))
      if (cell === undefined || base === undefined) return ['not run', '', '']
      return [energyCell(cell), rival === first ? '1' : ratioCell(cell, base), milliseconds(cell)]
    }),
  ]))
}

/** Table 0: a dense 4x4-bit multiply-accumulate behind each weight memory, averaged over tokens of 4,096 inputs. */
function arithmeticTable(): string {
  const seeds = Array.from({ length: 40 }, (_, at) => at + 1)
  const mean = (machine: (typeof MACHINES)[number], shape: 'gaussian' | 'laplace', memory: (typeof WEIGHT_MEMORIES)[number]): number => (
    seeds.reduce((sum, seed) => sum + perMacPj(linearCounts(machine, drawCounts(shape, 4096, seed)), memory, 0.038), 0) / seeds.length
  )
  return table(['weights in', 'dense', 'zero-skip G / L', 'unary G / L', 'level G / L', 'skip over unary', 'skip over level'], WEIGHT_MEMORIES.map((memory) => {
    const at = (machine: (typeof MACHINES)[number]) => [mean(machine, 'gaussian', memory), mean(machine, 'laplace', memory)] as const
    const [skip, unary, level] = [at('skip'), at('unary'), at('level')]
    const pair = ([g, l]: readonly [number, number]): string => `${short(g)} / ${short(l)}`
    const over = (top: readonly [number, number], bottom: readonly [number, number]): string => top.map((value, i) => (value / bottom[i]!).toFixed(2)).join(' / ')
    return [memory.name, short(at('dense')[0]), pair(skip), pair(unary), pair(level), over(skip, unary), over(skip, level)]
  }))
}

function elsaTable(): string {
  const here = resnet50SplitUj(1)
  return table(['uJ an image', 'published', 'here', 'ratio'], Object.entries(PUBLISHED_SPLIT_UJ).map(([part, published]) => {
    const value = here[part as keyof typeof here]
    return [part, short(published), short(value), (value / published).toFixed(2)]
  }))
}

/** Perplexity and events of every rival's own rule on a model with weights. */
async function qualityTable(path: string, textPath: string): Promise<string | undefined> {
  if (!existsSync(path) || !existsSync(textPath)) return undefined
  const model = await loadModel(path)
  const text = readFileSync(textPath, 'utf8')
  const [start, calibration] = [text.slice(0, 4000), text.slice(-2000)]
  const rounded = withRoundedWeights(model, 4)
  const rules = [
    ...[ternary(), levelOrder(), zeroSkipping(), binary(), spikingBrain()].map((rule) => [rule, undefined] as const),
    ...(Object.keys(SPIKE_LLM) as (keyof typeof SPIKE_LLM)[]).map((setting) => (
      [spikeLlm(setting), salientChannels(model, calibration, SPIKE_LLM[setting].salientShare)] as const
    )),
  ]
  return table(['rule', 'perplexity', 'events an activation', 'active', 'time steps'], rules.map(([rule, salient]) => {
    const { perplexity, eventsPerActivation, active, meanTimeSteps } = qualityOf(rounded, start, rule, salient)
    return [rule.name, perplexity.toFixed(3), eventsPerActivation.toFixed(3), `${(100 * active).toFixed(1)} %`, meanTimeSteps.toFixed(2)]
  }))
}

/** The measured GPU at the same work; the figures lie outside the project, so the page keeps them where they are absent. */
function gpuTable(): string | undefined {
  const path = '../shared/data/oracle/gpu/h100.csv'
  if (!existsSync(path)) return undefined
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','))
  return table(['H100, FP16, LLaMA-2-7B', 'batch', 'mJ a token', 'tokens/s'], rows.filter(([model]) => model === MODEL).map((cells) => (
    [`${cells[2]!}, context ${cells[5]!}`, cells[3]!, short(Number(cells[9])), cells[7]!]
  )))
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function fill(page: string, name: string, text: string | undefined): string {
  if (text === undefined) return page
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, end] = [page.indexOf(open), page.indexOf(close)]
  if (start < 0 || end < 0) throw new Error(`${PAGE} has no ${open} .. ${close}`)
  return `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`
}

await withPool(Number(workers), async (pool) => {
  if (quick) {
    const results = await runAll(pool, ['decode 1'], ['hbm-board'])
    const page = readFileSync(PAGE, 'utf8')
    for (const rival of rivalsOf('laplace')) {
      const said = energyCell(results.get(key('decode 1', 'hbm-board', rival.name))!)
      if (!page.includes(said)) throw new Error(`${PAGE} does not say ${said} of ${rival.name} on hbm-board: run npm run findings`)
    }
    console.error(`${PAGE}: the decode column of hbm-board is what the simulator says`)
    return
  }
  const results = await runAll(pool, WORKLOADS.map(({ name }) => name), SYSTEMS.map(({ name }) => name))
  let page = readFileSync(PAGE, 'utf8')
  page = fill(page, 'arithmetic', arithmeticTable())
  page = fill(page, 'elsa', elsaTable())
  page = fill(page, 'gpu', gpuTable())
  page = fill(page, 'quality kjv-1m', await qualityTable('models/kjv-1m', 'models/kjv-1m/heldout.txt'))
  const stories = '../shared/data/models/stories260K'
  page = fill(page, 'quality stories260K', await qualityTable(`${stories}/stories260K.bin`, `${stories}/tinystories_valid_7.txt`))
  const [first] = rivalsOf('laplace')
  page = fill(page, 'components', componentTable(SYSTEMS.map(({ name }) => [name, results.get(key('decode 1', name, first!.name))!] as const)))
  for (const { name } of WORKLOADS) page = fill(page, name, rivalTable(results, name))
  writeFileSync(PAGE, page)
  console.error(`wrote ${PAGE}`)
})
