import { describe, expect, it } from 'vitest'
import { kernelsOfEnvironment } from '../../cli/kernels.js'
import { InputError } from '../../sim/errors.js'

describe('SPIKELOOM_KERNELS', () => {
  it('chooses who adds rows; unset and empty mean the kernels', () => {
    expect(kernelsOfEnvironment({})).toBe('simd')
    expect(kernelsOfEnvironment({ SPIKELOOM_KERNELS: '' })).toBe('simd')
    expect(kernelsOfEnvironment({ SPIKELOOM_KERNELS: 'plain' })).toBe('plain')
  })

  it('refuses a slip and says what was meant', () => {
    expect(() => kernelsOfEnvironment({ SPIKELOOM_KERNELS: 'plane' })).toThrow(InputError)
    expect(() => kernelsOfEnvironment({ SPIKELOOM_KERNELS: 'plane' })).toThrow(/SPIKELOOM_KERNELS=plane: expected simd or plain.*'plain'/)
  })
})
