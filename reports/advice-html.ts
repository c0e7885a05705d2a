import type { RunResult } from '../sim/result/schema.js'
import type { Advice } from './advice.js'
import { changeText } from './advice-text.js'
import { candidatesOf, lineOf } from './candidates.js'
import { html, htmlTable, type Markup } from './markup.js'
import type { Extras } from './sections.js'

const SHOWN = 12

function measured({ advice, together }: NonNullable<Extras['advice']>): Markup {
  const table = htmlTable([
    { head: 'change', cell: (row: Advice) => html`<code>${row.line}</code>`, kind: 'nowrap' },
    { head: 'J/token', cell: (row) => changeText(row.energyRatio), kind: 'n' },
    { head: 's/token', cell: (row) => changeText(row.latencyRatio), kind: 'n' },
    { head: 'mm²', cell: (row) => changeText(row.areaRatio), kind: 'n' },
    { head: 'why it was tried', cell: (row) => row.why, kind: 'long' },
  ], advice)
  const all = together === null ? '' : html`<p>The best together (${together.set.join(', ')}): energy
${changeText(together.energyRatio)}, time ${changeText(together.latencyRatio)}, area ${changeText(together.areaRatio)}.</p>`
  return html`<p>Each change was simulated by itself, all else as above; the best is first.</p>${table}${all}`
}

/** Changes and what they did; where none were simulated, those that are worth a try. */
export function adviceMarkup(result: RunResult, { advice }: Extras): Markup {
  if (advice !== undefined) return measured(advice)
  const candidates = candidatesOf(result).slice(0, SHOWN)
  return html`<p>Not tried yet: <code>spikeloom advise</code> with the options of this run simulates these and ranks them by what they
save.</p>${htmlTable([
    { head: 'change', cell: (row: typeof candidates[number]) => html`<code>${lineOf(row)}</code>`, kind: 'nowrap' },
    { head: 'why', cell: (row) => row.why, kind: 'long' },
  ], candidates)}`
}
