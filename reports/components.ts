import { COMPONENTS, type Component } from '../isa/actions.js'

interface ComponentLook {
  readonly label: string
  /**
   * Hue by family: compute blue, memory orange, spikes green, network violet, external memory red, time grey. Any two are at
   * least 11 apart (CIEDE2000), for dichromats too; test/reports/colours.test.ts holds that.
   */
  readonly colour: string
}

export const COMPONENT_LOOK: Readonly<Record<Component, ComponentLook>> = {
  adders: { label: 'adder array', colour: '#286fe5' },
  membrane: { label: 'accumulators', colour: '#6fa7ff' },
  encoder: { label: 'encoder', colour: '#d2e5ea' },
  vectorUnit: { label: 'vector unit', colour: '#003fd7' },
  weightSram: { label: 'weight SRAM', colour: '#de841e' },
  dataSram: { label: 'data SRAM', colour: '#fdb93e' },
  spikeIo: { label: 'spike queues', colour: '#57864a' },
  control: { label: 'control', colour: '#c1da92' },
  routers: { label: 'routers', colour: '#6e3a81' },
  links: { label: 'links', colour: '#aa85bc' },
  chipToChip: { label: 'chip links', colour: '#dac5f9' },
  dram: { label: 'external memory', colour: '#b01c15' },
  clock: { label: 'clock', colour: '#5b636f' },
  leakage: { label: 'leakage', colour: '#a3a9b1' },
}

export interface ComponentShare {
  readonly component: Component
  readonly pj: number
  readonly share: number
}

/** Components that cost anything, the largest first. */
export function componentShares(byComponent: Readonly<Record<Component, number>>, total: number): ComponentShare[] {
  return COMPONENTS
    .map((component) => ({
      component, pj: byComponent[component], share: total > 0 ? byComponent[component] / total : 0,
    }))
    .filter(({ pj }) => pj > 0)
    .sort((a, b) => b.pj - a.pj || COMPONENTS.indexOf(a.component) - COMPONENTS.indexOf(b.component))
}
