import pc from 'picocolors'
import type { Comparison, Metric, MetricUnit } from './compare.js'
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

function metricRows(metrics: readonly Metric[]): string[][] {
  return metrics.map((metric) => [
    metric.name, ...metric.values.flatMap((value, at) =>
      (at === 0 ? [metricText(metric.unit, value)] : [metricText(metric.unit, value), ratioText(metric, at)])),
  ])
}

/** Ratios of energies with their intervals. */
function ratios({ ratios: rows }: Comparison, c: ReturnType<typeof pc.createColors>): string[] {
  if (rows.length === 0) return []
  const cells = rows.map(({ name, value, low, high }) => [printable(name), ratio(value), `${ratio(low)} .. ${ratio(high)}`])
  return ['', c.bold('  as prices may be, drawn alike on both sides'), ...columns(cells, ['left', 'right', 'right'])]
}

/** The comparison as aligned columns: absolutes, each followed by its ratio to the first. */
export function comparisonText(comparison: Comparison, options: { readonly color: boolean }): string {
  const c = pc.createColors(options.color)
  const labels = comparison.labels.map(printable)
  const head = ['', ...labels.flatMap((label, at) => (at === 0 ? [label] : [label, '']))]
  const align: Align[] = head.map((_, column) => (column === 0 ? 'left' : 'right'))
  const count = comparison.metrics.length
  const table = columns([head, ...metricRows(comparison.metrics), ...metricRows(comparison.components)], align)
  const different = comparison.chipDifferences
    .map(({ key, values }) => [key, ...values.map((value) => printable(String(value)))])
  const fields = columns([['', ...labels], ...different], ['left', ...labels.map((): Align => 'right')])
  return [
    '', c.bold(table[0]!), ...table.slice(1, count + 1), ...ratios(comparison, c), '', c.bold('  energy per token, by component'),
    ...table.slice(count + 1), '',
    ...(different.length > 0
      ? [c.bold('  chip fields that differ'), ...fields.slice(1)]
      : ['  The chips do not differ in any field.']),
    '', `  tokens: ${comparison.sameTokens ? c.green('the same') : c.yellow('not the same')}`,
    ...comparison.notes.map((note) => c.yellow(`  ${printable(note)}`)),
  ].join('\n').replaceAll('\u00a0', ' ')
}
