import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadModel } from '../programs/models/index.js'
import { csvOf } from '../reports/csv.js'
import { renderChart } from '../reports/svg.js'
import { loadChip } from '../sim/config/load-chip.js'
import { withPool } from '../simulate/threads/pool.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import { resnet50SplitUj } from '../verdict/elsa/network.js'
import { PUBLISHED_SPLIT_UJ } from '../verdict/elsa/resnet50.js'
import { arithmeticTable, memoryPoints } from '../verdict/findings/arithmetic.js'
import { isKept, runCell } from '../verdict/findings/cells.js'
import { answerText, claimTable } from '../verdict/findings/claims.js'
import { equalQualityTable } from '../verdict/findings/quality-table.js'
import { qualityPoints } from '../verdict/findings/equal-quality.js'
import type { QualityPoint } from '../verdict/findings/equal-quality.js'
import { figuresOf } from '../verdict/findings/figures.js'
import { kept, keptName } from '../verdict/findings/kept.js'
import { Findings } from '../verdict/findings/numbers.js'
import type { Done } from '../verdict/findings/numbers.js'
import { SYSTEMS, WORKLOADS } from '../verdict/findings/plan.js'
import { heldTo, parseRecord, recordOf } from '../verdict/findings/record.js'
import { MODEL, plannedCells, RIVAL } from '../verdict/findings/studies.js'
import type { Planned } from '../verdict/findings/studies.js'
import * as tables from '../verdict/findings/tables.js'
import { qualityOf, salientChannels, withRoundedWeights } from '../verdict/quality.js'
import type { Quality } from '../verdict/quality.js'
import { SPIKE_LLM, binary, levelOrder, spikeLlm, spikingBrain, ternary, zeroSkipping } from '../verdict/rivals/quantizers.js'
import type { Quantizer } from '../verdict/rivals/quantizers.js'
import { withPart } from './page-part.js'

/**
 * Makes every number and figure of docs/findings.md again: `npm run findings`. Runs that were made before, on the same
 * machine, are kept in out/findings, so an interrupted run goes on; `--minutes N` begins none after that; `--pages-only`
 * none at all; `--part 2/3` makes every third run, from the second on, and no page, so that processes can share the
 * work. `--quick` runs the decode column of one system and fails where a number has left the committed bounds, without writing.
 */

const FOLDER = 'out/findings'
const PAGE = 'docs/findings.md'
const RECORD = 'docs/figures/findings.csv'
const QUICK = { workload: 'decode 1', system: 'sram-64' }

const { values: given } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' }, quick: { type: 'boolean', default: false }, minutes: { type: 'string', default: '40' },
    'pages-only': { type: 'boolean', default: false }, part: { type: 'string', default: '1/1' },
  },
})
const workers = Number(given.workers)
const minutes = Number(given.minutes)

const chipOf = (system: string) => loadChip(readFileSync(`chips/${system}.yaml`, 'utf8'), `chips/${system}.yaml`)

/** Runs what is planned, several at a time; what is left when time is up has no result. */
async function runAll(pool: TaskPool, plan: readonly Planned[], folder: string): Promise<Findings> {
  const startedAt = Date.now()
  const endsAt = given['pages-only'] ? 0 : startedAt + minutes * 60_000
  const done = new Map<Planned, Done>()
  const queue = plan.values()
  let left = 0
  const lane = async (): Promise<void> => {
    for (const one of queue) {
      if (Date.now() > endsAt && !isKept(one.cell, folder)) {
        left++
        done.set(one, { ...one, result: undefined })
        continue
      }
      const result = await runCell(pool, one.cell, folder)
      done.set(one, { ...one, result })
      const elapsed = Math.round((Date.now() - startedAt) / 1000)
      console.error(`${done.size}/${plan.length} ${elapsed} s: ${one.model}, ${one.workload}, ${one.system}, ${one.variant} ${one.rival}: `
        + `${tables.energyCell(result)} mJ a token`)
    }
  }
  await Promise.all(Array.from({ length: workers }, lane))
  if (left > 0) console.error(`${left} runs are left: run it again to go on`)
  return new Findings(plan.map((one) => done.get(one)!))
}

function elsaSplit(): { table: string; off: number } {
  const here = resnet50SplitUj(1)
  const rows = Object.entries(PUBLISHED_SPLIT_UJ).map(([part, published]) => ({ part, published, value: here[part as keyof typeof here] }))
  return {
    off: Math.max(...rows.map(({ published, value }) => Math.abs(value / published - 1))),
    table: tables.table(['uJ an image', 'published', 'here', 'ratio'], rows.map(({ part, published, value }) => (
      [part, tables.short(published), tables.short(value), (value / published).toFixed(2)]
    ))),
  }
}

interface Rules {
  readonly table: string
  readonly perplexity: { readonly ternary: number; readonly spikeLlm: number }
}

/** Perplexity and events of every rival's own rule on a model with weights. */
async function rulesOn(path: string, textPath: string): Promise<Rules | undefined> {
  if (!existsSync(path) || !existsSync(textPath)) return undefined
  const model = await loadModel(path)
  const text = readFileSync(textPath, 'utf8')
  const [start, calibration] = [text.slice(0, 4000), text.slice(-2000)]
  const rounded = withRoundedWeights(model, 4)
  const rows: Quality[] = []
  const ask = async (rule: Quantizer, share?: number): Promise<void> => {
    rows.push(await kept(keptName([path, start, rule.name, 'rules']), FOLDER, async () => (
      qualityOf(rounded, start, rule, share === undefined ? undefined : salientChannels(model, calibration, share))
    )))
  }
  for (const rule of [ternary(), levelOrder(), zeroSkipping(), binary(), spikingBrain()]) await ask(rule)
  for (const setting of Object.keys(SPIKE_LLM) as (keyof typeof SPIKE_LLM)[]) await ask(spikeLlm(setting), SPIKE_LLM[setting].salientShare)
  const of = (name: string): number => rows.find(({ quantizer }) => quantizer === name)!.perplexity
  return {
    perplexity: { ternary: of(ternary().name), spikeLlm: of(spikeLlm('T=2').name) },
    table: tables.table(['rule', 'perplexity', 'events an activation', 'active', 'time steps'], rows.map((row) => {
      const { quantizer, perplexity, eventsPerActivation, active, meanTimeSteps } = row
      return [quantizer, perplexity.toFixed(3), eventsPerActivation.toFixed(3), `${(100 * active).toFixed(1)} %`, meanTimeSteps.toFixed(2)]
    })),
  }
}

/** Energy beside perplexity on the shipped model. */
async function equalQuality(pool: TaskPool): Promise<QualityPoint[]> {
  const model = await loadModel('models/kjv-1m')
  const text = readFileSync('models/kjv-1m/heldout.txt', 'utf8')
  return qualityPoints(pool, { model, text: text.slice(0, 4000), calibration: text.slice(-2000), chip: chipOf('loom-64'), folder: FOLDER })
}

/** The measured GPU at the same work; the figures lie outside the project, so the page keeps them where they are absent. */
function gpuTable(): string | undefined {
  const path = '../shared/data/oracle/gpu/h100.csv'
  if (!existsSync(path)) return undefined
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','))
  return tables.table(['H100, FP16, LLaMA-2-7B', 'batch', 'mJ a token', 'tokens/s'], rows.filter(([model]) => model === MODEL).map((cells) => (
    [`${cells[2]!}, context ${cells[5]!}`, cells[3]!, tables.short(Number(cells[9])), cells[7]!]
  )))
}

async function quickly(pool: TaskPool): Promise<void> {
  const plan = plannedCells(chipOf).filter(({ study, workload, system }) => (
    study === 'main' && workload === QUICK.workload && system === QUICK.system
  ))
  // Nothing kept: what was made before is what is to be held to account.
  const folder = mkdtempSync(join(tmpdir(), 'spikeloom-findings-'))
  const findings = await runAll(pool, plan, folder).finally(() => rmSync(folder, { recursive: true, force: true }))
  const { failures, notes } = heldTo(parseRecord(readFileSync(RECORD, 'utf8')), recordOf(findings, ['main']))
  for (const note of notes) console.error(`moved within its bounds: ${note}: npm run findings brings the page up to date`)
  if (failures.length > 0) throw new Error(`the findings no longer hold: run npm run findings\n${failures.join('\n')}`)
  console.error(`${plan.length} numbers of ${QUICK.system}, ${QUICK.workload}, lie within the bounds that ${PAGE} prints`)
}

async function writeAll(pool: TaskPool): Promise<void> {
  const findings = await runAll(pool, plannedCells(chipOf), FOLDER)
  const quality = await equalQuality(pool)
  console.error(`${quality.length} points of energy and perplexity`)
  const stories = '../shared/data/models/stories260K'
  const shipped = (await rulesOn('models/kjv-1m', 'models/kjv-1m/heldout.txt'))!
  const elsa = elsaSplit()
  const memory = memoryPoints()
  const skipOverUnary = Object.fromEntries(memory.map(({ name, skipOverUnary: pair }) => [name, pair]))
  const columns = SYSTEMS.flatMap(({ name }) => {
    const cell = findings.cell('main', { workload: 'decode 1', system: name, rival: RIVAL.ternary })
    return cell === undefined ? [] : [[name, cell] as const]
  })
  const texts: Record<string, string | undefined> = {
    answer: answerText(findings), claims: claimTable(findings, { skipOverUnary, elsaOff: elsa.off, perplexity: shipped.perplexity }),
    arithmetic: arithmeticTable(), elsa: elsa.table, gpu: gpuTable(), components: tables.componentTable(columns),
    noise: tables.noiseTable(findings), check: tables.checkTable(findings), area: tables.areaTable(findings),
    shapes: tables.shapeTable(findings), models: tables.modelTable(findings), 'equal quality': equalQualityTable(quality),
    'quality kjv-1m': shipped.table,
    'quality stories260K': (await rulesOn(`${stories}/stories260K.bin`, `${stories}/tinystories_valid_7.txt`))?.table,
    ...Object.fromEntries(WORKLOADS.map(({ name }) => [name, tables.mainTable(findings, name)])),
  }
  const page = Object.entries(texts).reduce((filled, [name, text]) => (
    text === undefined ? filled : withPart(filled, name, text, PAGE)
  ), readFileSync(PAGE, 'utf8'))
  mkdirSync('docs/figures', { recursive: true })
  for (const chart of figuresOf(findings, memory, quality)) {
    writeFileSync(`docs/figures/${chart.name}.svg`, `${await renderChart(chart, true)}\n`)
  }
  writeFileSync(RECORD, csvOf(recordOf(findings, ['main', 'check', 'area', 'shapes', 'batches', 'models'])))
  writeFileSync(PAGE, page)
  console.error(`wrote ${PAGE}, ${RECORD} and the figures`)
}

/** Makes a share of the runs, for a process that writes the page later. */
async function runPart(pool: TaskPool, part: string): Promise<void> {
  const [, at, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(part) ?? []
  if (at === undefined || Number(at) > Number(of)) throw new Error(`--part ${part}: expected a part of a number of parts, as in 1/2`)
  await runAll(pool, plannedCells(chipOf).filter((_, index) => index % Number(of) === Number(at) - 1), FOLDER)
}

await withPool(workers, (pool) => {
  if (given.quick) return quickly(pool)
  return given.part === '1/1' ? writeAll(pool) : runPart(pool, given.part)
})
