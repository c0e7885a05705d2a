import type { RunResult } from '../../sim/result/schema.js'
import type { Chart } from '../svg.js'
import { coreHeat } from './core-heat.js'
import { energyByComponent } from './energy-by-component.js'
import { energyByLayer, energyByOperator } from './energy-by-layer.js'
import { latencyTimeline } from './latency-timeline.js'
import { linkHeat } from './link-heat.js'
import { paperVersusChip } from './paper-versus-chip.js'
import { spikesPerActivation } from './spikes-per-activation.js'

/** Every chart of a run, in the order of the page. */
export const RUN_CHARTS: readonly ((result: RunResult, width?: number) => Chart)[] = [
  paperVersusChip, energyByComponent, energyByOperator, energyByLayer, latencyTimeline, coreHeat, linkHeat, spikesPerActivation,
]

/** The charts of a run, drawn at the width of a page. */
export function runCharts(result: RunResult): Chart[] {
  return RUN_CHARTS.map((draw) => draw(result))
}
