import { readFileSync, writeFileSync } from 'node:fs'
import { COMPONENTS } from '../isa/actions.js'
import type { RunResult } from '../sim/result/schema.js'
import { allRows, type Row } from './validation/rows.js'
import { resultOf, RUNS, type RunName } from './validation/runs.js'
import { withPart } from './page-part.js'

/**
 * Rewrites the tables of docs/validation.md: `npm run validation`. Simulates what they need (some minutes of processor time) into
 * out/validation; `--reuse` takes what is there.
 */

const FILE = 'docs/validation.md'
const FOLDER = 'out/validation'
/** An interval that misses the outside by more than this factor names the part that explains it. */
const MISS = 3

/** LLaMA-2-7B's decode token as version 0.1 priced and timed it, mJ and ms, by component. */
const BEFORE = {
  'sram-64': { adders: 0.38, weightSram: 2.3, membrane: 1.2, encoder: 4e-4, vectorUnit: 0.11, dataSram: 0.94, spikeIo: 0.076, control: 2e-3,
    routers: 0.047, links: 0.028, chipToChip: 0.025, dram: 0, clock: 24, leakage: 12.9, ms: 3.76 },
  'hbm-board': { adders: 0.38, weightSram: 2.1, membrane: 1.2, encoder: 4e-4, vectorUnit: 0.11, dataSram: 1.7, spikeIo: 0.032, control: 2e-3,
    routers: 0.045, links: 0.029, chipToChip: 7e-4, dram: 70.9, clock: 1.7, leakage: 0.78, ms: 5.4 },
  'edge-lpddr5': { adders: 0.38, weightSram: 2.1, membrane: 1.2, encoder: 4e-4, vectorUnit: 0.11, dataSram: 1.7, spikeIo: 0.032, control: 2e-3,
    routers: 0.031, links: 0.016, chipToChip: 7e-4, dram: 87.4, clock: 3.5, leakage: 1.6, ms: 44.35 },
} as const
const SYSTEMS = ['sram-64', 'hbm-board', 'edge-lpddr5'] as const

const three = (value: number): string => (value === 0 ? '0' : value >= 1000 ? String(Math.round(value)) : value < 0.001 ? value.toExponential(0) : String(Number(value.toPrecision(3))))

function line(row: Row): string {
  const { low, value, high, outside: [least, most], unit } = row
  const middle = Math.sqrt(least * most)
  const missed = most < low / MISS || least > high * MISS
  const interval = low === high ? '' : ` (${three(low)} .. ${three(high)})`
  return `| ${row.what} | ${row.published} | ${three(value)} ${unit}${interval} | ${three(value / middle)} | ${missed ? '**missed.** ' : ''}${row.why} |`
}

function outsideTable(results: (name: RunName) => RunResult): string {
  return allRows(results).map(({ title, rows }) => [
    `**${title}**`, '', '| what | published or measured | here (90 % interval) | here / there | why |', '|---|---|---|---:|---|', ...rows.map(line),
  ].join('\n')).join('\n\n')
}

function systemsTable(results: (name: RunName) => RunResult): string {
  const after = SYSTEMS.map((system) => results(`7b-${system}`))
  const cells = (values: (system: (typeof SYSTEMS)[number], result: RunResult) => readonly [number, number]): string =>
    SYSTEMS.map((system, at) => values(system, after[at]!).map(three).join(' | ')).join(' | ')
  return [
    `| mJ a token | ${SYSTEMS.map((system) => `${system} 0.1 | now`).join(' | ')} |`, `|---|${SYSTEMS.map(() => '---:|---:|').join('')}`,
    ...COMPONENTS.map((part) => `| ${part} | ${cells((system, { energy }) => [BEFORE[system][part], energy.byComponent[part] / 1e9])} |`),
    `| **whole system** | ${cells((system, { energy }) => [COMPONENTS.reduce((sum, part) => sum + BEFORE[system][part], 0), energy.totalPj / 1e9])} |`,
    `| its interval | ${after.map(({ energy: { interval } }) => `- | ${three(interval!.low / 1e9)} .. ${three(interval!.high / 1e9)}`).join(' | ')} |`,
    `| latency, ms | ${cells((system, { latency }) => [BEFORE[system].ms, latency.seconds * 1000])} |`,
    `| silicon, mm2 | ${after.map(({ area }) => `- | ${three(area!.totalMm2)}`).join(' | ')} |`,
    `| mean power, W | ${after.map(({ power }) => `- | ${three(power!.averageW)}`).join(' | ')} |`,
  ].join('\n')
}

const reuse = process.argv.includes('--reuse')
const results = new Map<RunName, RunResult>()
for (const name of Object.keys(RUNS) as RunName[]) results.set(name, await resultOf(name, FOLDER, reuse))
const get = (name: RunName): RunResult => results.get(name)!
const text = withPart(readFileSync(FILE, 'utf8'), 'outside', outsideTable(get), FILE)
writeFileSync(FILE, withPart(text, 'systems', systemsTable(get), FILE))
console.error(`wrote ${FILE}`)
