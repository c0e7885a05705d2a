import type { RunResult } from '../sim/result/schema.js'
import { coreHeat } from './charts/core-heat.js'
import { energyByComponent } from './charts/energy-by-component.js'
import { energyByLayer } from './charts/energy-by-layer.js'
import { latencyTimeline } from './charts/latency-timeline.js'
import { linkHeat } from './charts/link-heat.js'
import { paperVersusChip } from './charts/paper-versus-chip.js'
import { spikesPerActivation } from './charts/spikes-per-activation.js'
import { html, type Markup } from './markup.js'
import * as prose from './prose.js'
import type { Chart } from './svg.js'
import * as tables from './tables.js'

/** One part of the page. Its chart, text and table see the result and nothing else. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly intro?: (result: RunResult) => Markup
  readonly charts?: readonly ((result: RunResult, width?: number) => Chart)[]
  readonly body?: (result: RunResult) => Markup
}

/** A table behind a click: details for those who ask. */
function folded(label: string, content: Markup): Markup {
  return html`<details><summary>${label}</summary>${content}</details>`
}

/** The page, top to bottom, below its headline. */
export const SECTIONS: readonly Section[] = [
  {
    id: 'question', title: 'What a token costs', intro: prose.paperVersusChip, charts: [paperVersusChip],
    body: tables.accounts,
  },
  { id: 'text', title: 'What it wrote', body: prose.generatedText },
  {
    id: 'energy', title: 'Where the energy goes', intro: prose.energy, charts: [energyByComponent, energyByLayer],
    body: (result) => folded('Energy by layer and operator, in numbers', tables.operatorEnergy(result)),
  },
  {
    id: 'latency', title: 'Where the time goes', intro: prose.latency, charts: [latencyTimeline],
    body: tables.latency,
  },
  {
    id: 'spikes', title: 'Spikes', intro: prose.spikes, charts: [spikesPerActivation],
    body: (result) => folded('Spikes by layer and operator, in numbers', tables.operatorActivity(result)),
  },
  {
    id: 'cores', title: 'Cores', intro: prose.cores, charts: [coreHeat],
    body: (result) => folded('Cores, in numbers', tables.cores(result)),
  },
  { id: 'network', title: 'Network', intro: prose.network, charts: [linkHeat], body: tables.busiestLinks },
  { id: 'setup', title: 'What was simulated', intro: prose.fidelity, body: tables.setup },
  { id: 'constants', title: 'Constants used', intro: prose.constants, body: tables.constants },
]
