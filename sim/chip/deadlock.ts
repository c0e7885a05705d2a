import { INSTRUCTIONS } from '../../isa/index.js'
import { HALTED, RUNNING, WAIT_BARRIER, WAIT_INJECTION, WAIT_SEMAPHORE, WAIT_SPIKES } from '../core/core.js'
import type { Core } from '../core/core.js'
import type { Chip } from './chip.js'
import type { TokenHost } from './host.js'

/** What one core waits for, in words. */
function waitOf(core: Core): string {
  const { op, a, b } = core.program
  const pc = core.pc
  switch (core.state) {
    case WAIT_SEMAPHORE: return `semaphore ${a[pc]} to reach ${b[pc]} (it is ${core.semaphores[a[pc]!]})`
    case WAIT_SPIKES: return `spikes: ${core.fifo.markers} trains ended, ${core.fifo.owed} announced events missing`
    case WAIT_INJECTION: return `room for ${core.flitsWanted} flits in its injection queue`
    case WAIT_BARRIER: return 'the barrier'
    case HALTED: return 'nothing: it has halted'
    case RUNNING: return `its own instruction ${INSTRUCTIONS.find((row) => row.opcode === op[pc])?.mnemonic ?? '?'}`
    default: return 'an unknown state'
  }
}

/** Who waits for what when nothing can happen any more. */
export function deadlockMessage(chip: Chip, host: TokenHost): string {
  const lines = [`deadlock at cycle ${chip.now()}: nothing can happen any more.`, `  ${host.waitingFor()}`]
  for (const core of chip.cores) {
    if (core.state === HALTED) continue
    const row = INSTRUCTIONS.find((candidate) => candidate.opcode === core.program.op[core.pc])
    const role = core.image.roles.length > 0 ? ` (${core.image.roles.join(', ')})` : ''
    lines.push(`  core ${core.id}${role} at ${core.pc} ${row?.mnemonic ?? '?'}: waits for ${waitOf(core)}`)
  }
  lines.push(...chip.network.describeStuck().map((line) => `  ${line}`))
  return lines.join('\n')
}
