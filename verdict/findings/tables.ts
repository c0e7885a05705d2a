import { COMPONENTS } from '../../isa/actions.js'
import { energyRatio, isUndecided, milliJoules } from './numbers.js'
import type { Bounded, Findings } from './numbers.js'
import type { CellResult } from './cells.js'
import { GAUSSIAN_ABSMAX_SPIKES, rivalsOf, SPIKES_PER_ACTIVATION, SYSTEMS } from './plan.js'
import { MODEL, OTHER_MODELS, RIVAL } from './studies.js'

/** Tables of the findings, in Markdown. */

/** Three significant digits. */
export function short(value: number): string {
  if (value === 0) return '0'
  const text = value.toPrecision(3)
  return text.includes('e') ? String(Number(text)) : text
}

const NOT_RUN = 'not run'

/** Energy of a token with its bounds. */
export function energyCell(cell: CellResult): string {
  const { value, low, high } = milliJoules(cell)
  return `${short(value)} (${short(low)} .. ${short(high)})`
}

/** A ratio with its bounds; undecided where they hold 1. */
export function ratioText(ratio: Bounded): string {
  const { value, low, high } = ratio
  const text = `${value.toFixed(2)} (${low.toFixed(2)} .. ${high.toFixed(2)})`
  return isUndecided(ratio) ? `${text}, undecided` : text
}

function ratioCell(over: CellResult | undefined, under: CellResult | undefined): string {
  return over === undefined || under === undefined ? NOT_RUN : ratioText(energyRatio(over, under))
}

export function milliseconds({ seconds, tokens }: CellResult): string {
  return short((1e3 * seconds) / tokens)
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A table with its head; all columns but the first to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(row)].join('\n')
}

/** Energy a token of every rival and its ratio to SDLLM's trains, for a workload. */
export function mainTable(findings: Findings, workload: string): string {
  const head = ['rival', 'counts', ...SYSTEMS.flatMap(({ name }) => [`${name}, mJ`, 'over ternary', 'ms'])]
  return table(head, rivalsOf('laplace').map((rival) => [
    rival.name, rival.counts,
    ...SYSTEMS.flatMap(({ name: system }) => {
      const cell = findings.cell('main', { workload, system, rival: rival.name })
      const base = findings.cell('main', { workload, system, rival: RIVAL.ternary })
      if (cell === undefined) return [NOT_RUN, '', '']
      return [energyCell(cell), rival.name === RIVAL.ternary ? '1' : ratioCell(cell, base), milliseconds(cell)]
    }),
  ]))
}

/** What sampling adds, by workload and system: the largest half width of energies and of ratios. */
export function noiseTable(findings: Findings): string {
  const sampled = findings.done('main').filter(({ result }) => (result?.noise ?? 0) > 0)
  const workloads = [...new Set(sampled.map(({ workload }) => workload))]
  return table(['largest half width of a 90 % sampling interval', ...SYSTEMS.map(({ name }) => name)], workloads.map((workload) => [
    workload,
    ...SYSTEMS.map(({ name: system }) => {
      const widths = sampled.filter((one) => one.workload === workload && one.system === system).map(({ result }) => result!.noise)
      return widths.length === 0 ? NOT_RUN : `${(100 * Math.max(...widths)).toFixed(1)} %`
    }),
  ]))
}

/** Sampled runs beside the whole runs that the main table has. */
export function checkTable(findings: Findings): string {
  return table(['ternary, decode 1', 'whole, mJ', 'sampled, mJ', 'apart', 'stated half width', 'time apart'], SYSTEMS.map(({ name: system }) => {
    const whole = findings.cell('main', { workload: 'decode 1', system, rival: RIVAL.ternary })
    const sampled = findings.cell('check', { system })
    if (whole === undefined || sampled === undefined) return [system, NOT_RUN, '', '', '', '']
    const apart = (a: number, b: number): string => `${(100 * (a / b - 1)).toFixed(2)} %`
    return [
      system, short(milliJoules(whole).value), short(milliJoules(sampled).value),
      apart(sampled.energyPj, whole.energyPj), `${(100 * sampled.noise).toFixed(2)} %`, apart(sampled.seconds, whole.seconds),
    ]
  }))
}

/** Where the energy of some cells goes, millijoules a token. */
export function componentTable(columns: readonly (readonly [string, CellResult])[]): string {
  const rows = COMPONENTS.map((component) => (
    [component, ...columns.map(([, cell]) => short(cell.byComponent[component] / cell.tokens / 1e9))]
  ))
  return table(['mJ a token', ...columns.map(([name]) => name)], [
    ...rows,
    ['**whole system**', ...columns.map(([, cell]) => `**${energyCell(cell)}**`)],
    ['operations alone, as the literature counts', ...columns.map(([, cell]) => short(cell.operationsPj / cell.tokens / 1e9))],
    ['whole system over operations', ...columns.map(([, cell]) => `${Math.round(cell.energyPj / cell.operationsPj)}x`)],
    ['ms a token', ...columns.map(([, cell]) => milliseconds(cell))],
    ['mm2', ...columns.map(([, cell]) => short(cell.areaMm2))],
  ])
}

const DECODE = 'decode 1'

/** Rivals on cores of equal area: adders without multipliers have more lanes. */
export function areaTable(findings: Findings): string {
  const rivals = [RIVAL.ternary, RIVAL.bits, RIVAL.level]
  return table(['zero-skipping MACs over', ...SYSTEMS.flatMap(({ name }) => [`${name}: lanes`, 'equal SRAM', 'equal area', 'ms'])], rivals.map((rival) => [
    rival,
    ...SYSTEMS.flatMap(({ name: system }) => {
      const skip = findings.cell('main', { workload: DECODE, system, rival: RIVAL.skip })
      const equal = findings.done('area').find((one) => one.system === system && one.rival === rival)
      const [same, wide] = [findings.cell('main', { workload: DECODE, system, rival }), equal?.result]
      return [
        equal?.variant.replace(' lanes', '') ?? '', ratioCell(skip, same), ratioCell(skip, wide),
        same === undefined || wide === undefined ? '' : `${milliseconds(same)} -> ${milliseconds(wide)}`,
      ]
    }),
  ]))
}

/** Counts of other shapes, decode 1. */
export function shapeTable(findings: Findings): string {
  const systems = SYSTEMS.slice(0, 2)
  const shapes = [
    ['Laplace', SPIKES_PER_ACTIVATION], ['Gaussian', SPIKES_PER_ACTIVATION], ['Gaussian', GAUSSIAN_ABSMAX_SPIKES],
  ] as const
  const head = ['counts', ...systems.flatMap(({ name }) => [`${name}, ternary mJ`, 'bits', 'level order', 'zero-skip'])]
  return table(head, shapes.map(([shape, mean]) => {
    const variant = `${shape}, mean ${mean}`
    return [variant, ...systems.flatMap(({ name: system }) => {
      const at = (rival: string): CellResult | undefined => (
        shape === 'Laplace' ? findings.cell('main', { workload: DECODE, system, rival }) : findings.cell('shapes', { system, variant, rival })
      )
      const base = at(RIVAL.ternary)
      return [base === undefined ? NOT_RUN : energyCell(base), ...[RIVAL.bits, RIVAL.level, RIVAL.skip].map((rival) => ratioCell(at(rival), base))]
    })]
  }))
}

/** Other models, decode 1 at context 1,024. */
export function modelTable(findings: Findings): string {
  const systems = SYSTEMS.slice(0, 2)
  const head = ['model', ...systems.flatMap(({ name }) => [
    `${name === 'sram-64' ? 'sram-64, 128 chips' : name}, ternary mJ`, 'ms', 'zero-skip', 'dense', 'SpikeLLM',
  ])]
  return table(head, [MODEL, ...OTHER_MODELS].map((model) => [model, ...systems.flatMap(({ name: system }) => {
    const at = (rival: string): CellResult | undefined => (
      model === MODEL ? findings.cell('main', { workload: DECODE, system, rival }) : findings.cell('models', { model, system, rival })
    )
    const base = at(RIVAL.ternary)
    return [
      base === undefined ? NOT_RUN : energyCell(base), base === undefined ? '' : milliseconds(base),
      ...[RIVAL.skip, RIVAL.dense, RIVAL.spikeLlm].map((rival) => ratioCell(at(rival), base)),
    ]
  })]))
}
