import type { RunResult } from '../sim/result/schema.js'
import type { Advice } from './advice.js'
import type { Together } from './advice-text.js'
import { coreHeat } from './charts/core-heat.js'
import { energyByComponent } from './charts/energy-by-component.js'
import { energyByLayer, energyByOperator } from './charts/energy-by-layer.js'
import { powerCharts, type RunChart, spikeCharts, whyCharts } from './charts/index.js'
import { latencyTimeline } from './charts/latency-timeline.js'
import { linkHeat } from './charts/link-heat.js'
import { paperVersusChip } from './charts/paper-versus-chip.js'
import { spikesPerActivation } from './charts/spikes-per-activation.js'
import { adviceMarkup } from './advice-html.js'
import { html, type Markup } from './markup.js'
import * as prose from './prose.js'
import { spikeSlider } from './slider.js'
import * as tables from './tables.js'
import { whyMarkup } from './why-html.js'

/** What a page may know beside the result. */
export interface Extras {
  /** Changes that were simulated, the best first, and the best of them at once. */
  readonly advice?: { readonly advice: readonly Advice[]; readonly together: Together | null }
}

/** One part of the page. Its charts, text and table see the result, and what was found out beside it. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly intro?: (result: RunResult) => Markup
  readonly charts?: readonly RunChart[] | ((result: RunResult) => readonly RunChart[])
  readonly body?: (result: RunResult, extras: Extras) => Markup
}

/** A table behind a click: details for those who ask. Paper shows it unfolded. */
function folded(label: string, content: Markup): Markup {
  return html`<details><summary>${label}</summary>${content}</details>`
}

function movingSpikes(result: RunResult): Markup {
  return spikeCharts(result).length === 0 ? html`` : spikeSlider(result)
}

/** The page, top to bottom, below its headline: where the energy goes, why it takes this long, what to change, then details. */
export const SECTIONS: readonly Section[] = [
  {
    id: 'question', title: 'What a token costs', intro: prose.paperVersusChip, charts: [paperVersusChip],
    body: (result) => folded('Both accounts, in numbers', tables.accounts(result)),
  },
  {
    id: 'energy', title: 'Where the energy goes', intro: prose.energy,
    charts: (result) => [energyByComponent, ...powerCharts(result), energyByOperator, energyByLayer],
    body: (result) => folded('Energy by layer and operator, in numbers', tables.operatorEnergy(result)),
  },
  {
    id: 'latency', title: 'Why it takes this long', intro: (result) => html`${prose.latency(result)}${whyMarkup(result)}`,
    charts: (result) => [...whyCharts(result), latencyTimeline], body: (result) => folded('Time, in numbers', tables.latency(result)),
  },
  { id: 'change', title: 'What to change', body: adviceMarkup },
  { id: 'text', title: 'What it wrote', body: prose.generatedText },
  {
    id: 'spikes', title: 'Spikes', intro: (result) => html`${prose.spikes(result)}${movingSpikes(result)}`,
    charts: (result) => [...spikeCharts(result), spikesPerActivation],
    body: (result) => folded('Spikes by layer and operator, in numbers', tables.operatorActivity(result)),
  },
  {
    id: 'cores', title: 'Cores', intro: prose.cores, charts: [coreHeat],
    body: (result) => folded('Cores, in numbers', tables.cores(result)),
  },
  { id: 'network', title: 'Network', intro: prose.network, charts: [linkHeat], body: tables.busiestLinks },
  { id: 'setup', title: 'What was simulated', intro: prose.fidelity, body: tables.setup },
  { id: 'constants', title: 'Constants used', intro: prose.constants, body: (result) => folded('All prices', tables.constants(result)) },
]
