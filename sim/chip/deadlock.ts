import type { Component } from '../component.js'
import { HALTED } from '../core/core.js'
import type { Core } from '../core/core.js'
import type { Chip } from './chip.js'

/** Who waits for what when nothing can happen any more. */
export function deadlockMessage(chip: Chip, components: readonly Component[]): string {
  return stateMessage(chip, components, `deadlock at cycle ${chip.now()}: nothing can happen any more`)
}

/** What every component that is not done waits for; the host, which comes last in a cycle, first. */
export function stateMessage(chip: Chip, components: readonly Component[], headline: string): string {
  const lines = [`${headline}.`]
  const cores = chip.cores.length
  for (const component of [...components.slice(cores), ...components.slice(0, cores)]) {
    const waits = component.waitingFor((semaphore) => sendersTo(chip, component.id, semaphore))
    if (waits !== undefined) lines.push(`  ${waits}`)
  }
  lines.push(...chip.network.describeStuck().map((line) => `  ${line}`))
  return lines.join('\n')
}

/** Who could increment a semaphore: at most four cores, and how they are. */
function sendersTo(chip: Chip, core: number, semaphore: number): string {
  const senders = chip.cores.filter(({ image }) => (
    image.routes.some((route) => route.semaphore === semaphore && route.destinations.includes(core))
  ))
  const flag = chip.image.host?.flag
  const fromHost = flag?.semaphore === semaphore && flag.destinations.includes(core) ? ['the host'] : []
  const nameOf = (sender: Core): string => `core ${sender.id}${sender.state === HALTED ? ' (halted)' : ''}`
  const named = [...fromHost, ...senders.slice(0, 4).map(nameOf)]
  if (named.length === 0) return 'which nobody increments'
  const more = senders.length > 4 ? ` and ${senders.length - 4} more` : ''
  return `which ${named.join(', ')}${more} increment${named.length === 1 ? 's' : ''}`
}
