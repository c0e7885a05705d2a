import type { RunResult } from '../sim/result/schema.js'
import { decodedName, decodedTokens, tokenBasis } from './basis.js'
import { COMPONENT_LOOK, componentShares } from './components.js'
import { duration, energy as joules, grouped, number3, percent, plural, power, ratio, short } from './format.js'
import { html, type Markup } from './markup.js'
import { accountsSentence } from './literature.js'
import { headline, tokenLatencyCycles } from './view.js'

/** The sentences of the page. Each takes a result and states what its numbers say. */

export function paperVersusChip(result: RunResult): Markup {
  const { paper } = result.energy
  const view = headline(result)
  return html`<p>${accountsSentence(result)} (0.9 pJ is a 45 nm 32-bit float addition, 4.6 pJ a multiply-accumulate; both are
scaled to ${paper.bits} bits.) The chip also reads its weights, keeps its accumulators, moves its spikes, runs the parts of
the model that do not spike, drives its clock and leaks: ${joules(view.chipPj)} a token. All are means over
${tokenBasis(result)}.</p>`
}

export function generatedText(result: RunResult): Markup {
  if (result.weights !== 'real') return html`<p>No text: spike counts were drawn, no token was computed.</p>`
  return html`<blockquote><span class="prompt">${result.prompt.text}</span>${result.text}</blockquote>
<p class="meta">Grey: the prompt, ${plural(result.prompt.tokens, 'token')}.
Then ${plural(result.tokens.length, 'token')} generated on the chip. Seed ${result.seed}.</p>`
}

export function energy(result: RunResult): Markup {
  const [first, second] = componentShares(result.energy.byComponent, result.energy.totalPj)
  if (first === undefined) return html`<p>Nothing was counted.</p>`
  const name = ({ component }: typeof first): string => COMPONENT_LOOK[component].label
  const runnerUp = second === undefined ? '' : `, then ${name(second)} with ${percent(second.share)}`
  return html`<p>The largest share is ${name(first)} with ${percent(first.share)}${runnerUp}.
Clock and leakage run whether or not anything happens: ${percent(headline(result).staticShare)} of the total,
power times time (${power(headline(result).averageW)} on average over the whole run), and they belong to no layer. Everything else is counted action by action.</p>`
}

export function latency(result: RunResult): Markup {
  const { latency: time, prompt, chip, mapping } = result
  const decoded = decodedTokens(result)
  const reading = `${plural(prompt.tokens, 'prompt token')}${prompt.sequences > 1 ? ` of ${prompt.sequences} sequences` : ''}`
  const after = decoded === 0
    ? html`: all of it for ${tokenBasis(result)}, none came after the prompt.`
    : html`: ${grouped(time.prefillCycles)} cycles for the ${reading}, then ${grouped(time.cyclesPerToken)} cycles for each of
${plural(decoded, decodedName(result))}.`
  const batch = mapping.batch > 1 ? html` Up to ${mapping.batch} tokens go through a layer together and leave together: that is
how often a token leaves; each is on its way for ${grouped(tokenLatencyCycles(result))} cycles.` : ''
  return html`<p>At ${number3(chip.spec.clockMHz)} MHz the whole run takes ${grouped(time.cycles)} cycles,
${duration(time.seconds)}${after}${batch}</p>`
}

export function spikes(result: RunResult): Markup {
  const { activity } = result
  return html`<p>An activation fires ${number3(activity.spikesPerActivation)} spikes on average, silent ones included
(firing rate ${percent(activity.firingRate)}). In the whole run ${short(activity.spikes)} spikes caused
${short(activity.synapticAdditions)} synaptic additions.</p>`
}

export function cores(result: RunResult): Markup {
  const { mapping } = result
  const sharing = mapping.timeMultiplexed
    ? 'Parts share cores in turn; weights that do not stay come from external memory.' : ''
  return html`<p>${grouped(mapping.coresUsed)} of ${plural(mapping.coresAvailable, 'core')} hold a part of the model.
${sharing}
Shade, and number in percent: the share of the run in which the core worked instead of waiting.</p>
${mapping.notes.length > 0 ? html`<ul>${mapping.notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}`
}

export function network(result: RunResult): Markup {
  const { activity, chip } = result
  return html`<p>In the whole run ${short(activity.flitHops)} times a ${chip.spec.network.flitBits}-bit flit passed a router: spikes, partial
sums and vectors. Each channel is drawn as its two directed links; shade: the share of cycles in which a flit was on
it.</p>`
}

function verification(result: RunResult): Markup {
  const { bitExact, logitsCompared, firstMismatch } = result.verification
  if (logitsCompared === 0) return html`<p>The result was not compared with the reference interpreter.</p>`
  if (bitExact) {
    return html`<p class="good">All ${grouped(logitsCompared)} logits compared equal those of the reference
interpreter, bit for bit.</p>`
  }
  const where = firstMismatch === null ? '' : ` First at position ${firstMismatch.position}, logit ` +
    `${firstMismatch.index}: chip ${firstMismatch.chip}, reference ${firstMismatch.reference}.`
  return html`<p class="bad">The logits differ from those of the reference interpreter.${where}</p>`
}

export function fidelity(result: RunResult): Markup {
  const weights = result.weights === 'real'
    ? 'The weights are real: the chip computed the text above with them.'
    : 'The weights are statistical: spike counts were drawn from a distribution, no text was computed.'
  const notes = result.notes.filter((note) => !result.mapping.notes.includes(note))
  return html`<p>${weights} ${result.fidelity.statement}</p>${verification(result)}
${notes.length > 0 ? html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>` : ''}`
}

export function constants(result: RunResult): Markup {
  const { technologyNm } = result.chip.spec
  const changed = result.constants.filter((row) => row.overridden)
  const overrides = changed.length > 0 ? ` The chip file sets ${changed.map((row) => row.name).join(', ')} itself.` : ''
  return html`<p>Prices at ${technologyNm} nm, for this chip's memories, widths and distances.
V: verified in its source. T: computed with CACTI or DSENT. I: inferred from such figures. U: unverified. None of
them was measured on this chip, which does not exist.${overrides}</p>`
}

/** The claim at the top of the page. */
export function claim(result: RunResult): Markup {
  const view = headline(result)
  if (!Number.isFinite(view.chipOverAdditions)) return html`A token costs this chip <b>${joules(view.chipPj)}</b>.`
  return html`A token costs this chip <b>${joules(view.chipPj)}</b>. The literature’s additions alone come to
${joules(view.additionsPj)}: the chip pays <b>${ratio(view.chipOverAdditions)}</b> that.`
}

/** The other account, below the claim; nothing where there is but one. */
export function otherAccount(result: RunResult): Markup {
  const view = headline(result)
  if (result.energy.paper.macs === 0 || !Number.isFinite(view.chipOverAdditions)) return html``
  return html`<p class="lead">With the multiply-accumulates that stay it comes to ${joules(view.paperPj)}: ${ratio(view.chipOverPaper)}.</p>`
}
