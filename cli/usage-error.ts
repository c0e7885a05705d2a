import { InputError } from '../sim/errors.js'

/** The command line itself was wrong, so that `--help` is the place to look. */
export class UsageError extends InputError {
  override name = 'UsageError'
}
