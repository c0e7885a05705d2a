import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { DEFAULT_QUANTIZE_OPTIONS } from '../programs/quantize/index.js'
import { histogramWithMean } from '../programs/shapes/histogram.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { shapeModel } from '../programs/shapes/shape-model.js'
import { loadChip } from '../sim/config/load-chip.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { areaOf } from '../sim/energy/area.js'
import { buildProblems } from '../sim/energy/buildable.js'
import { ratioInterval, totalInterval } from '../sim/result/intervals.js'
import { simulateStatisticsOn } from '../simulate/statistics.js'
import { withPool } from '../simulate/threads/pool.js'
import type { TaskPool } from '../simulate/threads/kind.js'
import { kept, keptName } from '../verdict/findings/kept.js'
import { SPIKES_PER_ACTIVATION } from '../verdict/findings/plan.js'
import { short, table } from '../verdict/findings/tables.js'
import { fromJson, happenedIn, priced, toJson, withLayers } from '../verdict/search/reprice.js'
import type { Happened } from '../verdict/search/reprice.js'
import { chipOf, CONTENDERS, settings, SHAPES } from '../verdict/search/space.js'
import type { Contender, Setting, Shape } from '../verdict/search/space.js'
import { withPart } from './page-part.js'

/**
 * Looks for a chip on which spikes win: `npm run search-chip`. What changes what happens is simulated (LLaMA-2-7B, one
 * decode token at context 1,024; models of 1 and 3 such layers say what 32 cost), kept in out/search; what only prices
 * see is priced again for each setting. Writes the tables of docs/spikes-win.md.
 */

const FOLDER = 'out/search'
const PAGE = 'docs/spikes-win.md'
const MODEL = 'llama-2-7b'
const LIMIT = 7
const CONFIG = MODEL_SHAPES[MODEL]!
/** All layers are alike: two short models say what one more layer costs. */
const FEW_LAYERS = [1, 3] as const
const base = loadChip(readFileSync('chips/sram-64.yaml', 'utf8'), 'chips/sram-64.yaml')

/** One decode token through a model of a few layers, on as many chips as hold them. */
async function simulated(pool: TaskPool, contender: Contender, shape: Shape, layers: number): Promise<Happened> {
  const histogram = histogramWithMean(SPIKES_PER_ACTIVATION, LIMIT, 'laplace')
  return happenedIn(await simulateStatisticsOn(pool, {
    model: shapeModel(MODEL, { ...CONFIG, layers }, { ...DEFAULT_QUANTIZE_OPTIONS, encoding: contender.encoding }),
    chip: chipOf({ ...base, system: { ...base.system, chipColumns: 4, chipRows: 2 } }, contender, shape),
    context: 1024, promptTokens: 1, tokens: 1, seed: 1, placement: 'greedy',
    statistics: { histograms: { '*': histogram }, source: `laplace, mean ${SPIKES_PER_ACTIVATION}` },
  }))
}

async function happened(pool: TaskPool, contender: Contender, shape: Shape): Promise<Happened> {
  const question = [MODEL, base, contender, shape, FEW_LAYERS, SPIKES_PER_ACTIVATION]
  return fromJson(await kept(keptName(question), FOLDER, async () => {
    const [first, second] = await Promise.all(FEW_LAYERS.map((layers) => simulated(pool, contender, shape, layers)))
    return toJson(withLayers(first!, second!, FEW_LAYERS, CONFIG.layers))
  }))
}

interface Point {
  readonly contender: Contender
  readonly shape: Shape
  readonly setting: Setting
  readonly chip: ChipSpec
  readonly run: Happened
  readonly energyPj: number
}

const keyOf = ({ shape, setting }: Pick<Point, 'shape' | 'setting'>): string => JSON.stringify([shape, setting])

/** Every setting of a simulated run whose chip could be built. */
function pointsOf(contender: Contender, shape: Shape, run: Happened): Point[] {
  return settings().flatMap((setting) => {
    const chip = chipOf(base, contender, shape, setting)
    return buildProblems(chip).length > 0 ? [] : [{ contender, shape, setting, chip, run, energyPj: priced(run, chip).totalPj / run.tokens }]
  })
}

const rowsOf = ({ run, chip }: Point) => priced(run, chip).byPrice
const ratioOf = (over: Point, under: Point) => (
  ratioInterval({ rows: rowsOf(over), per: over.run.tokens }, { rows: rowsOf(under), per: under.run.tokens })
)
const between = (low: number, high: number): string => `${low.toFixed(2)} .. ${high.toFixed(2)}`

function describe({ contender, shape, setting }: Point): string[] {
  return [
    contender.name, String(shape.lanes), String(shape.accumulators),
    setting.bankBytes < 1024 ? `${setting.bankBytes} B` : `${setting.bankBytes / 1024} KiB`,
    String(setting.voltage), String(setting.clockMHz), String(setting.clockGating), setting.idleMemory,
  ]
}
const HEAD = ['contender', 'lanes', 'accumulators', 'bank', 'V', 'MHz', 'gating', 'idle memory']

function energyOf(point: Point): string[] {
  const { low, high } = totalInterval(rowsOf(point))
  const scale = 1 / point.run.tokens / 1e9
  const ms = (1e3 * point.run.cycles) / point.run.tokens / (point.setting.clockMHz * 1e6)
  return [`${short(point.energyPj / 1e9)} (${short(low * scale)} .. ${short(high * scale)})`, short(ms), short(areaOf(point.chip).totalMm2)]
}

/** The spiking point with the largest advantage over zero-skipping MACs on the same chip. */
function bestRatio(points: readonly Point[]): { spiking: Point; skipping: Point } {
  const skips = new Map(points.filter(({ contender }) => contender.encoding === 'graded').map((point) => [keyOf(point), point]))
  const pairs = points.filter(({ contender }) => contender.isSpiking)
    .flatMap((spiking) => (skips.has(keyOf(spiking)) ? [{ spiking, skipping: skips.get(keyOf(spiking))! }] : []))
  return pairs.reduce((best, pair) => (
    pair.skipping.energyPj / pair.spiking.energyPj > best.skipping.energyPj / best.spiking.energyPj ? pair : best
  ))
}

const cheapest = (points: readonly Point[]): Point => points.reduce((best, point) => (point.energyPj < best.energyPj ? point : best))

function tables(points: readonly Point[]): Record<string, string> {
  const { spiking, skipping } = bestRatio(points)
  const { value, low, high } = ratioOf(skipping, spiking)
  const best = CONTENDERS.map(({ name }) => cheapest(points.filter(({ contender }) => contender.name === name)))
  const skip = best.find(({ contender }) => contender.encoding === 'graded')!
  // On the chip where spikes do best, and on the cheapest: where the energy goes.
  const parts = ['adders', 'membrane', 'weightSram', 'spikeIo', 'routers', 'links', 'dataSram', 'vectorUnit', 'clock', 'leakage'] as const
  const share = (point: Point) => priced(point.run, point.chip).byComponent
  const columns = [spiking, skipping, cheapest(points)]
  return {
    ratio: table([...HEAD, 'mJ a token', 'ms', 'mm2'], [spiking, skipping].map((point) => [...describe(point), ...energyOf(point)]))
      + `\n\nZero-skipping over spikes: **${value.toFixed(3)}** (${between(low, high)}) of ${points.length} chips.`,
    absolute: table([...HEAD, 'mJ a token', 'ms', 'mm2', 'over zero-skipping'], best.map((point) => {
      const over = ratioOf(point, skip)
      return [...describe(point), ...energyOf(point), point === skip ? '1' : `${over.value.toFixed(2)} (${between(over.low, over.high)})`]
    })),
    parts: table(['mJ a token', ...columns.map(({ contender }, at) => `${contender.name}, ${['best ratio', 'beside it', 'cheapest'][at]!}`)],
      parts.map((part) => [part, ...columns.map((point) => short(share(point)[part] / point.run.tokens / 1e9))])),
  }
}

await withPool(2, async (pool) => {
  const points: Point[] = []
  for (const shape of SHAPES) {
    const runs = await Promise.all(CONTENDERS.map(async (contender) => [contender, await happened(pool, contender, shape)] as const))
    for (const [contender, run] of runs) {
      points.push(...pointsOf(contender, shape, run))
      console.error(`${contender.name}, ${shape.lanes} lanes, ${shape.accumulators} accumulators: ${run.cycles} cycles`)
    }
  }
  const made = tables(points)
  if (!existsSync(PAGE)) {
    for (const [name, text] of Object.entries(made)) console.log(`\n${name}\n${text}`)
    return
  }
  writeFileSync(PAGE, Object.entries(made).reduce((page, [name, text]) => withPart(page, name, text, PAGE), readFileSync(PAGE, 'utf8')))
  console.error(`wrote ${PAGE}`)
})
