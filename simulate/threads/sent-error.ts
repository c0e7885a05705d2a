import { InputError, SimulationError } from '../../sim/errors.js'

/** An error on its way between threads or machines, which lets no class pass. */
export interface SentError {
  readonly kind: 'input' | 'simulation' | 'other'
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
}

export function sentError(error: unknown): SentError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const kind = error instanceof InputError ? 'input' : error instanceof SimulationError ? 'simulation' : 'other'
  return { kind, name, message, stack }
}

/** The error as it was thrown there: its class decides the exit code. */
export function revivedError({ kind, name, message, stack }: SentError): Error {
  const error = kind === 'input' ? new InputError(message) : kind === 'simulation' ? new SimulationError(message) : new Error(message)
  if (kind === 'other') error.name = name
  if (stack !== undefined) error.stack = stack
  return error
}
