import { disassembleWord } from '../../isa/index.js'
import {
  HALTED, RUNNING, WAIT_BARRIER, WAIT_INJECTION, WAIT_MEMORY, WAIT_SEMAPHORE, WAIT_SPIKES,
} from '../core/core.js'
import type { Core } from '../core/core.js'
import type { Chip } from './chip.js'
import type { Host } from './host.js'

/** Who waits for what when nothing can happen any more. */
export function deadlockMessage(chip: Chip, host: Host | undefined): string {
  return stateMessage(chip, host, `deadlock at cycle ${chip.now()}: nothing can happen any more`)
}

/** What every component that is not done waits for. */
export function stateMessage(chip: Chip, host: Host | undefined, headline: string): string {
  const lines = [`${headline}.`]
  if (host !== undefined) lines.push(`  ${host.waitingFor()}`)
  for (const core of chip.cores) {
    if (core.state === HALTED) continue
    const role = core.image.roles.length > 0 ? ` (${core.image.roles.join(', ')})` : ''
    const text = disassembleWord(core.image.program[core.pc]!).replace(/\s+/g, ' ')
    lines.push(`  core ${core.id}${role} at instruction ${core.pc} '${text}': waits for ${waitOf(chip, core)}`)
  }
  lines.push(...chip.network.describeStuck().map((line) => `  ${line}`))
  return lines.join('\n')
}

/** What one core waits for, in words. */
function waitOf(chip: Chip, core: Core): string {
  switch (core.state) {
    case WAIT_SEMAPHORE: {
      const { semaphoreAwaited: semaphore, countAwaited } = core
      const senders = sendersTo(chip, core.id, semaphore)
      return `semaphore ${semaphore} to reach ${countAwaited} (it is ${core.semaphores[semaphore]}), ${senders}`
    }
    case WAIT_SPIKES: return spikesMissing(core)
    case WAIT_INJECTION: return `room for ${core.flitsWanted} flits in its injection queue`
    case WAIT_MEMORY: return 'external memory'
    case WAIT_BARRIER: return 'the barrier'
    case RUNNING: return 'nothing: it runs'
    default: return 'an unknown state'
  }
}

function spikesMissing(core: Core): string {
  const { markers, owed } = core.fifo
  const wanted = core.program.c[core.pc]!
  if (markers < wanted) {
    return `spikes: ${markers} of ${wanted} markers have come, ${core.eventsTaken} events were taken`
  }
  return `spikes: ${owed} events that the markers announced have not come`
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
