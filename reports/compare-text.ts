import pc from 'picocolors'
import type { Comparison, Difference, Metric, MetricUnit } from './compare.js'
import { duration, energy, grouped, number3, percent, power, printable, ratio, short } from './format.js'

/** A value of a comparison in its unit. */
export function metricText(unit: MetricUnit, value: number): string {
  switch (unit) {
    case 'pJ': return energy(value)
    case 'W': return power(value)
    case 'mm2': return `${number3(value)} mm²`
    case 's': return duration(value)
    case 'cycles': return grouped(value)
    case '1/s': return short(value)
    case 'share': return percent(value)
    case 'ratio': return number3(value)
    case 'count': return value < 1e5 ? grouped(value) : short(value)
  }
}

/** The ratio to the first, or '' where it would say nothing. */
export function ratioText(metric: Metric, at: number): string {
  const value = metric.ratios[at]
  if (at === 0 || metric.unit === 'share' || value === null || value === undefined || !Number.isFinite(value)) return ''
  return value === 1 ? '=' : ratio(value)
}

type Align = 'left' | 'right'

function columns(rows: readonly (readonly string[])[], align: readonly Align[]): string[] {
  const widths = align.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => `  ${row.map((cell, column) =>
    (align[column] === 'right' ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ')}`.trimEnd())
}

/** Index of the result with the least of a metric; -1 where all have the same. */
export function leastOf({ metrics }: Comparison, name: string): number {
  const values = metrics.find((metric) => metric.name === name)?.values ?? []
  const least = Math.min(...values)
  return values.every((value) => value === least) ? -1 : values.indexOf(least)
}

/** Who wins, in words: it cannot be lost to a narrow terminal. */
function winners(comparison: Comparison): string[] {
  const of = (what: string, name: string, text: (value: number) => string): string[] => {
    const at = leastOf(comparison, name)
    const values = comparison.metrics.find((metric) => metric.name === name)!.values
    return at < 0 ? [] : [`  least ${what} a token: ${printable(comparison.labels[at]!)}, ${text(values[at]!)}`]
  }
  return [...of('energy', 'energy per token', energy), ...of('time', 'latency per token', duration)]
}

function metricRows(metrics: readonly Metric[], shown: readonly number[]): string[][] {
  return metrics.map((metric) => [
    metric.name, ...shown.flatMap((at) => (
      at === 0 ? [metricText(metric.unit, metric.values[at]!)] : [metricText(metric.unit, metric.values[at]!), ratioText(metric, at)])),
  ])
}

interface Block {
  readonly title: string
  readonly lines: readonly string[]
}

/** The tables for some of the results: the first always among them, as ratios are to it. */
function blocksFor(comparison: Comparison, shown: readonly number[]): Block[] {
  const labels = shown.map((at) => printable(comparison.labels[at]!))
  const head = ['', ...labels.flatMap((label, at) => (shown[at] === 0 ? [label] : [label, '']))]
  const align = head.map((_, column): Align => (column === 0 ? 'left' : 'right'))
  const groups = [comparison.metrics, comparison.components, comparison.why]
  const table = columns([head, ...groups.flatMap((metrics) => metricRows(metrics, shown))], align)
  const titles = ['', 'energy per token, by component', 'why it differs, cycles']
  let from = 1
  const blocks = groups.map((metrics, at): Block => {
    const lines = table.slice(from, from + metrics.length)
    from += metrics.length
    return { title: titles[at]!, lines }
  })
  return [{ title: table[0]!.slice(2), lines: blocks[0]!.lines }, ...blocks.slice(1).filter(({ lines }) => lines.length > 0)]
}

/** Which results stand beside each other so that no line is longer than `width`. */
function groupsOf(comparison: Comparison, width: number): number[][] {
  const longest = (shown: readonly number[]): number => (
    Math.max(...blocksFor(comparison, shown).flatMap(({ title, lines }) => [title.length + 2, ...lines.map((line) => line.length)])))
  const groups: number[][] = [[0]]
  for (let at = 1; at < comparison.labels.length; at++) {
    const last = groups.at(-1)!
    if (last.length === 1 || longest([...last, at]) <= width) last.push(at)
    else groups.push([0, at])
  }
  return groups
}

/** Ratios of energies with their intervals. */
function ratios({ ratios: rows }: Comparison, c: ReturnType<typeof pc.createColors>, width: number): string[] {
  if (rows.length === 0) return []
  const cells = rows.map(({ name, value, low, high }) => [printable(name), ratio(value), `${ratio(low)} .. ${ratio(high)}`])
  const lines = columns(cells, ['left', 'right', 'right'])
  const fits = lines.every((line) => line.length <= width)
  return ['', c.bold('  as prices may be, drawn alike on both sides'),
    ...(fits ? lines : cells.flatMap(([name, value, range]) => [`  ${name!}`, `    ${value!}  ${range!}`]))]
}

export interface ComparisonTextOptions {
  readonly color: boolean
  /** Columns of the terminal; results that do not fit beside the first come in tables below. Default 100. */
  readonly width?: number
}

/** Chip fields and run options that differ, each on a line of its own for each result where they do not fit. */
function fieldLines(comparison: Comparison, rows: readonly Difference[], width: number): string[] {
  const cells = rows.map(({ key, values }) => [key, ...values.map((value) => printable(String(value)))])
  const lines = columns(cells, ['left', ...comparison.labels.map((): Align => 'right')])
  if (lines.every((line) => line.length <= width)) return lines
  return cells.flatMap(([key, ...values]) => [`  ${key!}`, ...values.map((value, at) => `    ${printable(comparison.labels[at]!)}: ${value}`)])
}

/** The comparison as aligned columns: absolutes, each followed by its ratio to the first. What forbids comparing stands on top. */
export function comparisonText(comparison: Comparison, options: ComparisonTextOptions): string {
  const c = pc.createColors(options.color)
  const width = options.width ?? 100
  const blocks = groupsOf(comparison, width).flatMap((shown) => blocksFor(comparison, shown))
  const differing = (title: string, rows: readonly Difference[]): string[] =>
    (rows.length === 0 ? [] : ['', c.bold(`  ${title}`), ...fieldLines(comparison, rows, width)])
  const nothing = comparison.chipDifferences.length + comparison.runDifferences.length === 0
  return [
    '', ...comparison.notes.map((note) => c.yellow(`  ${printable(note)}`)), ...winners(comparison).map((line) => c.bold(line)), '',
    ...blocks.flatMap(({ title, lines }, at) => [...(at === 0 ? [] : ['']), c.bold(`  ${title}`), ...lines]),
    ...ratios(comparison, c, width), ...differing('chip fields that differ', comparison.chipDifferences),
    ...differing('of the run, what differs', comparison.runDifferences),
    ...(nothing ? ['', '  The runs do not differ in any field.'] : []),
    '', `  tokens: ${comparison.sameTokens ? c.green('the same') : c.yellow('not the same')}`,
  ].join('\n').replaceAll('\u00a0', ' ')
}
