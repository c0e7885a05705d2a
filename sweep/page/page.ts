import { grouped } from '../../reports/format.js'
import { html, Markup, scriptJson } from '../../reports/markup.js'
import { PAGE_STYLE } from '../../reports/theme.js'
import { CLIENT_SCRIPT } from './client-bundle.js'
import type { PageData } from './data.js'

const STYLE = `
main{max-width:78rem}
.chart-box{position:relative;overflow-x:auto}
.chart-box canvas,.chart-box svg{display:block}
.chart-box svg{position:absolute;left:0;top:0}
.chart-box text{font:12px system-ui,sans-serif;fill:var(--ink);font-variant-numeric:tabular-nums}
.chart-box .soft,.chart-box .axis text{fill:var(--soft);font-size:11px}
.chart-box .strong{font-weight:600}
.chart-box .axis line,.chart-box .axis path,.chart-box .rule{stroke:var(--faint);fill:none}
.chart-box .selection{fill:var(--accent);fill-opacity:.16;stroke:var(--accent)}
.choices{display:flex;flex-wrap:wrap;gap:.5rem 1.1rem;font-size:.87rem;margin:.6rem 0}
.choices label{display:flex;gap:.4rem;align-items:center}
select,th button{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--faint);border-radius:4px;max-width:12rem}
th button{border:0;padding:0;cursor:pointer;text-align:left}
.effects{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.4rem 1.6rem}
.effect h3{margin:.7rem 0 0}.effect p{margin:0 0 .3rem;font-size:.8rem}
.bar{display:grid;grid-template-columns:minmax(4rem,1fr) 2fr auto;gap:.5rem;font-size:.82rem;align-items:center;font-variant-numeric:tabular-nums}
.track{background:var(--page);height:.7rem;border-radius:2px;overflow:hidden}.track i{display:block;height:100%;background:var(--accent)}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.82rem;color:var(--soft);margin:.3rem 0}
.key i{display:inline-block;width:.7em;height:.7em;margin-right:.35em;border-radius:1px}
tbody tr{cursor:pointer}tbody tr.chosen td{background:var(--page);font-weight:600}
h4{margin:1rem 0 .2rem}
`

function facts({ counts, states, plan }: PageData): Markup {
  const rows = [
    ['points', grouped(counts.points)], ['done', grouped(counts.done)], ['failed', grouped(counts.failed)],
    ['on the front', grouped([...states].filter((state) => state === 'f').length)], ['search', plan.search],
  ]
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name!}</dt><dd>${value!}</dd></div>`)}</dl>`
}

function header(data: PageData): Markup {
  const { plan, objectives, leftOut } = data
  const goals = objectives.map(({ name, direction }) => `${direction === 'minimise' ? 'less' : 'more'} ${name}`).join(', ')
  const where = plan.where.length === 0 ? '' : `, where ${plan.where.join(' and ')}`
  const repeats = plan.repeats === 1 ? '' : ` Each design ran ${plan.repeats} times, with seeds of its own; figures are means.`
  const left = leftOut === 0 ? '' : ` ${grouped(leftOut)} points are left out of this page; the tables have them.`
  return html`<header><h1>${data.title}</h1>
<p class="meta">from ${plan.base}; sought: ${goals}${where}.${repeats}${left}</p>
<p id="live" class="meta"></p>${facts(data)}</header>`
}

function body(data: PageData): Markup {
  if (data.ids.length === 0) return html`${header(data)}<section><p>No point is finished yet.</p></section>`
  return html`${header(data)}
<section><h2>Filter</h2><div id="filters" class="choices"></div></section>
<section><h2>The front</h2>
<div id="scatter"><div class="choices"><label>across <select name="x"></select></label><label>up <select name="y"></select></label></div>
<p class="key"><span><i style="background:var(--heat)"></i>on the front, with its interval</span><span><i style="background:var(--accent)"></i>behind it</span>
<span><i style="background:var(--soft)"></i>breaks a condition</span><span><i style="background:var(--ink)"></i>baseline</span></p>
<div class="chart-box"><canvas></canvas><svg role="img" aria-label="Objectives of all points, the front marked"></svg></div></div></section>
<section id="details"><p class="soft">Click a point to open it.</p></section>
<section><h2>Every key and objective</h2><p class="soft">Draw on an axis to select; click beside the selection to clear it.</p>
<div id="parallel" class="chart-box"><canvas></canvas><svg role="img" aria-label="Parallel coordinates of all points"></svg></div></section>
<section id="effects"><h2>Main effects</h2><p class="soft">The mean over the selected points at each value of a key, the strongest key first.</p>
<div class="choices"><label>of <select></select></label></div><div class="effects"></div></section>
<section id="table"><h2>Points</h2><p class="note soft"></p><div class="scroll" tabindex="0"><table><thead></thead><tbody></tbody></table></div></section>`
}

/** The page of a sweep: one file, readable offline. Its script is in it, and asks a server only where one shows it. */
export function sweepPage(data: PageData): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="Spikeloom ${data.version}">
<link rel="icon" href="data:,">
<title>${data.title} · Spikeloom</title>
<style>${new Markup(PAGE_STYLE + STYLE)}</style>
</head>
<body>
<main>
${body(data)}
<footer>Made by Spikeloom ${data.version}. The data behind this page is in it, as JSON: element <code>result</code>.</footer>
</main>
<script type="application/json" id="result">${scriptJson(data)}</script>
<script>${new Markup(CLIENT_SCRIPT)}</script>
</body>
</html>
`.text
}
