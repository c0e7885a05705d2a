import { CHART_WIDTH, PHONE_WIDTH } from './charts/common.js'
import { html, Markup, scriptJson } from './markup.js'
import { type Chart, renderChart } from './svg.js'
import { PAGE_STYLE } from './theme.js'

/** The chart at two widths, of which the style sheet shows one. */
export async function figure(draw: (width: number) => Chart): Promise<Markup> {
  const wide = draw(CHART_WIDTH)
  const phone = draw(PHONE_WIDTH)
  const wideSvg = new Markup(await renderChart(wide, false))
  const phoneSvg = new Markup(await renderChart({ ...phone, name: `${phone.name}-phone` }, false))
  return html`<figure><h3>${wide.title}</h3><div class="wide">${wideSvg}</div>
<div class="phone">${phoneSvg}</div></figure>`
}

export interface Page {
  readonly title: string
  readonly body: Markup
  readonly data: unknown
  readonly version: string
  /** A sentence on the data. */
  readonly remark?: string
}

/** The frame of every page: no request leaves it, and it says the same where no script runs. */
export function pageMarkup({ title, body, data, version, remark = '' }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="Spikeloom ${version}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<main>
${body}
<footer>Made by Spikeloom ${version}. The data behind this page is in it, as JSON: element <code>result</code>. ${remark}</footer>
</main>
<script type="application/json" id="result">${scriptJson(data)}</script>
</body>
</html>
`.text
}
