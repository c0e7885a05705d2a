import type { RunResult } from '../../sim/result/schema.js'
import type { Chart } from '../svg.js'
import { coreHeat } from './core-heat.js'
import { energyByComponent } from './energy-by-component.js'
import { energyByLayer, energyByOperator } from './energy-by-layer.js'
import { latencyTimeline } from './latency-timeline.js'
import { linkHeat } from './link-heat.js'
import { paperVersusChip } from './paper-versus-chip.js'
import { spikesOverTime } from './spikes-over-time.js'
import { spikesPerActivation } from './spikes-per-activation.js'
import * as why from './why.js'

/** Draws a chart of a run at a width. */
export type RunChart = (result: RunResult, width?: number) => Chart

/** Every chart that each result has, in the order of the page. */
export const RUN_CHARTS: readonly RunChart[] = [
  paperVersusChip, energyByComponent, energyByOperator, energyByLayer, latencyTimeline, coreHeat, linkHeat, spikesPerActivation,
]

/** Charts of why it takes this long, as far as the result says. */
export function whyCharts(result: RunResult): RunChart[] {
  const { latency, cores } = result
  const has = (charts: RunChart[], there: boolean): RunChart[] => (there ? charts : [])
  return [
    ...has([why.criticalPathByPart, why.criticalPathByOperator], (latency.criticalPath ?? []).length > 0),
    ...has([why.lastTokenPath], (latency.lastToken?.criticalPath.length ?? 0) > 0 && latency.timeline.length > 1),
    ...has([why.latencyByLayer], (latency.byLayer ?? []).length > 0),
    ...has([why.waitReasons, why.waitCulprits], cores.some((core) => (core.waits ?? []).length > 0)),
    why.unitWork,
  ]
}

/** Power over time, where the result has it. */
export function powerCharts({ power }: RunResult): RunChart[] {
  return (power?.watts.length ?? 0) > 1 ? [why.powerOverTime] : []
}

/** Spikes over time, where the result has them. */
export function spikeCharts({ activity }: RunResult): RunChart[] {
  return (activity.overTime?.spikes.length ?? 0) > 0 ? [spikesOverTime] : []
}

/** The charts of a run, drawn at the width of a page. */
export function runCharts(result: RunResult): Chart[] {
  return [...RUN_CHARTS, ...whyCharts(result), ...powerCharts(result), ...spikeCharts(result)].map((draw) => draw(result))
}

export { drawnCurves } from './curves.js'
export { ratioDots } from './ratio-dots.js'
export { stackedShares } from './stacked-shares.js'
export { tornado } from './tornado.js'
