import { COMPONENTS, type Component } from '../isa/actions.js'

interface ComponentLook {
  readonly label: string
  /** Hue by family, legible on light and on dark: compute blue, memory orange, spikes green, network violet, ... */
  readonly colour: string
}

export const COMPONENT_LOOK: Readonly<Record<Component, ComponentLook>> = {
  adders: { label: 'adder array', colour: '#2f6fde' },
  membrane: { label: 'accumulators', colour: '#5f96ee' },
  encoder: { label: 'encoder', colour: '#8fb6f2' },
  vectorUnit: { label: 'vector unit', colour: '#2a53a3' },
  weightSram: { label: 'weight SRAM', colour: '#d9822b' },
  dataSram: { label: 'data SRAM', colour: '#e8ad5a' },
  spikeIo: { label: 'spike queues', colour: '#6f9a35' },
  control: { label: 'control', colour: '#a3bc62' },
  routers: { label: 'routers', colour: '#8a5ac0' },
  links: { label: 'links', colour: '#b18ada' },
  chipToChip: { label: 'chip links', colour: '#cfb4ea' },
  dram: { label: 'external memory', colour: '#c7443f' },
  clock: { label: 'clock', colour: '#737b86' },
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
