import type { RunResult } from '../sim/result/schema.js'
import { coreCount } from '../sim/config/size.js'
import { latencyBasis, tokenBasis } from './basis.js'
import { duration, energy, energyRange, grouped, number3, percent, power, short } from './format.js'
import { html, type Markup } from './markup.js'
import { figure, pageMarkup } from './page.js'
import { claim, otherAccount } from './prose.js'
import { type Extras, type Section, SECTIONS } from './sections.js'
import { batchOf, headline, tokenLatencyCycles } from './view.js'

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function sectionMarkup(section: Section, result: RunResult, extras: Extras): Promise<Markup> {
  const content: Markup[] = []
  try {
    if (section.intro) content.push(section.intro(result))
    const charts = typeof section.charts === 'function' ? section.charts(result) : section.charts ?? []
    for (const chart of charts) content.push(await figure((width) => chart(result, width)))
    if (section.body) content.push(section.body(result, extras))
  } catch (error) {
    // The rest of the page still holds: say what is missing and go on.
    content.push(html`<table><tbody><tr class="error"><td>This part could not be made</td><td>${reason(error)}</td></tr>
</tbody></table>`)
  }
  return html`<section id="${section.id}"><h2>${section.title}</h2>${content}</section>\n`
}

function verdict(result: RunResult): Markup {
  const { bitExact, logitsCompared } = result.verification
  if (logitsCompared === 0) return html`not compared`
  const logits = html`<small>${grouped(logitsCompared)} logits compared</small>`
  return bitExact ? html`<span class="good">bit-exact</span>${logits}` : html`<span class="bad">differs</span>${logits}`
}

/** The interval of a token's energy under the ranges of all prices. */
function certainty({ energy: { interval, totalPj, perTokenPj } }: RunResult): string {
  if (interval === undefined || totalPj === 0) return ''
  const perToken = perTokenPj / totalPj
  return `${energyRange(interval.low * perToken, interval.high * perToken)} as prices may be; `
}

function factsMarkup(result: RunResult): Markup {
  const { throughput, activity } = result
  const cycles = tokenLatencyCycles(result)
  const view = headline(result)
  const rows: readonly [string, Markup][] = [
    ['energy per token', html`${energy(view.chipPj)}<small>${certainty(result)}mean of ${tokenBasis(result)}</small>`],
    ['power', html`${power(view.averageW)}<small>mean of the whole run; ${percent(view.staticShare)} clock and leakage</small>`],
    ['latency per token', html`${duration(cycles / (result.chip.spec.clockMHz * 1e6))}<small>${grouped(cycles)} cycles; ${
      latencyBasis(result)}</small>`],
    ['tokens per second', html`${short(throughput.tokensPerSecond)}<small>whole run, prompt included${
      batchOf(result) === 1 ? '' : `, in batches of up to ${batchOf(result)}`}</small>`],
    ['spikes per activation', html`${number3(activity.spikesPerActivation)}<small>firing rate ${
      percent(activity.firingRate)}</small>`],
    ['against the reference', verdict(result)],
  ]
  return html`<dl class="facts">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function headerMarkup(result: RunResult): Markup {
  const { chip, model, encoding } = result
  const cores = coreCount(chip.spec)
  return html`<header><h1>${model.name} on ${chip.name}</h1>
<p class="meta">${short(model.parameters)} parameters as a ${encoding.name} spiking network, W${encoding.weightBits}A${
    encoding.activationBits} · ${grouped(cores)} cores, ${chip.spec.technologyNm} nm, ${number3(chip.spec.clockMHz)} MHz
· ${result.weights} weights</p>
<p class="claim">${claim(result)}</p>${otherAccount(result)}${factsMarkup(result)}</header>\n`
}

/** Above this many cores the page's own copy of the data leaves out what has a row for each: result.json has it. */
const CORES_KEPT = 1024

/** The data that goes into the page, and whether it is all of the result. */
function dataOf(result: RunResult): { readonly data: unknown; readonly whole: boolean } {
  if (result.cores.length <= CORES_KEPT) return { data: result, whole: true }
  return { data: { ...result, activity: { ...result.activity, overTime: undefined }, cores: [], links: [], routers: [] }, whole: false }
}

/**
 * The report of one run: a page in one file, readable offline. A section that fails becomes an error row.
 * @param sections what the page shows, in order; default: all
 * @param extras what was found out beside the result
 */
export async function htmlReport(
  result: RunResult, sections: readonly Section[] = SECTIONS, extras: Extras = {},
): Promise<string> {
  const parts: Markup[] = []
  for (const section of sections) parts.push(await sectionMarkup(section, result, extras))
  const title = `${result.model.name} on ${result.chip.name} · Spikeloom`
  const { data, whole } = dataOf(result)
  const left = whole ? '' : 'Cores, links and routers are left out of it: there are thousands; result.json has them.'
  return pageMarkup({ title, body: html`${headerMarkup(result)}${parts}`, data, version: result.spikeloomVersion, remark: left })
}
