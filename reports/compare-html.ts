import { COMPARISON_CHARTS } from './charts/comparison.js'
import type { Comparison, Difference, Metric } from './compare.js'
import { metricText, ratioText } from './compare-text.js'
import { energy, plural, ratio } from './format.js'
import { type Column, html, htmlTable, type Markup } from './markup.js'
import { figure, pageMarkup } from './page.js'

/** Where the least is marked: it is what people look for, and must be found on paper too. */
const LESS_IS_BETTER = new Set(['energy per token', 'latency per token', 'cycles per token', 'area'])

function metricTable(comparison: Comparison, metrics: readonly Metric[]): Markup {
  const columns: Column<Metric>[] = [{ head: '', cell: (metric) => metric.name, kind: 'nowrap' }]
  comparison.labels.forEach((label, at) => {
    columns.push({ head: label, kind: 'n', cell: (metric) => {
      const text = metricText(metric.unit, metric.values[at]!)
      return Math.min(...metric.values) === metric.values[at] && new Set(metric.values).size > 1 && LESS_IS_BETTER.has(metric.name)
        ? html`<b>${text}</b>` : text
    } })
    if (at === 0) return
    columns.push({ head: '', cell: (metric) => html`<span class="soft">${ratioText(metric, at)}</span>`, kind: 'n' })
  })
  return htmlTable(columns, metrics)
}

function differenceTable(labels: readonly string[], rows: readonly Difference[]): Markup {
  const columns: Column<Difference>[] = [
    { head: 'field', cell: (row) => html`<code>${row.key}</code>`, kind: 'nowrap' },
  ]
  labels.forEach((label, at) => columns.push({ head: label, cell: (row) => String(row.values[at]!), kind: 'n' }))
  return htmlTable(columns, rows)
}

/** The chip with the least energy for a token, and how the first compares. */
function claim({ labels, metrics }: Comparison): Markup {
  const values = metrics.find(({ name }) => name === 'energy per token')!.values
  const best = values.indexOf(Math.min(...values))
  const worst = values.indexOf(Math.max(...values))
  if (values[best] === values[worst]) return html`A token costs <b>${energy(values[best]!)}</b> on each.`
  return html`A token costs <b>${energy(values[best]!)}</b> with ${labels[best]!}, <b>${
    ratio(values[worst]! / values[best]!)}</b> that with ${labels[worst]!}.`
}

/** The comparison as a page in one file. */
export async function comparisonHtml(comparison: Comparison, version: string): Promise<string> {
  const { labels, chipDifferences, runDifferences, notes } = comparison
  const figures: Markup[] = []
  for (const chart of COMPARISON_CHARTS) figures.push(await figure((width) => chart(comparison, width)))
  const beside = runDifferences.length > 0
    ? html`<h3>Of the run</h3>${differenceTable(labels, runDifferences)}` : ''
  const body = html`<header><h1>${labels.join(', ')}</h1>
<p class="meta">${plural(labels.length, 'run')}; ratios are to the first. Tokens: ${
    comparison.sameTokens ? 'the same' : 'not the same'}.</p>
<p class="claim">${claim(comparison)}</p>
${notes.map((note) => html`<p class="bad">${note}</p>`)}</header>
<section><h2>Cost of a token</h2>${figures}</section>
<section><h2>In numbers</h2>${metricTable(comparison, comparison.metrics)}
<h3>Energy of one token, by component</h3>${metricTable(comparison, comparison.components)}</section>
<section><h2>Why it differs</h2>${comparison.why.length > 0
    ? metricTable(comparison, comparison.why) : html`<p>The results do not say.</p>`}</section>
<section><h2>What differs</h2>${chipDifferences.length > 0
    ? differenceTable(labels, chipDifferences) : html`<p>The chips are the same.</p>`}
${beside}</section>\n`
  return pageMarkup({ title: `${labels.join(', ')} · Spikeloom`, body, data: comparison, version })
}
