import { didYouMean, InputError } from '../sim/errors.js'

const KERNELS = ['simd', 'plain'] as const
const VARIABLE = 'SPIKELOOM_KERNELS'

/** Who adds weight rows: what the environment says, for those who suspect the SIMD kernels. @throws InputError */
export function kernelsOfEnvironment(environment: NodeJS.ProcessEnv = process.env): (typeof KERNELS)[number] {
  const value = environment[VARIABLE]
  if (value === undefined || value === '') return 'simd'
  const kernels = KERNELS.find((name) => name === value)
  if (kernels === undefined) throw new InputError(`${VARIABLE}=${value}: expected ${KERNELS.join(' or ')}.${didYouMean(value, KERNELS)}`)
  return kernels
}
