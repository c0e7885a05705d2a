import { InputError } from '../sim/errors.js'
import { checkWorkers } from '../simulate/threads/pool.js'

/** `--workers`, the same for every command whose work can be shared out. */
export const WORKERS = {
  type: 'number',
  default: 1,
  describe: 'threads; the result is the same for any number',
  // What is no number at all is refused with the other options' values.
  coerce: (workers: number): number => {
    if (typeof workers === 'number' && !Number.isNaN(workers)) checkWorkers(workers, '--workers')
    return workers
  },
} as const

/** Refuses workers that would have nothing to do. @param instead what they need, and why */
export function refuseWorkers(workers: number, instead: string): void {
  if (workers !== 1) throw new InputError(`--workers ${workers} ${instead}`)
}
