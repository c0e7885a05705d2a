import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { KERNELS } from '../../../scripts/build-kernels.mjs'

const REPOSITORY = new URL('../../../', import.meta.url)
const installed = existsSync(new URL('node_modules/assemblyscript/package.json', REPOSITORY))

it.skipIf(!installed).each(KERNELS)(
  '%s-wasm.ts is what its source compiles to (skipped where the development dependency assemblyscript is not installed)', async (name) => {
    const { compileKernels } = await import('../../../scripts/build-kernels.mjs')
    expect(readFileSync(new URL(`sim/kernels/${name}-wasm.ts`, REPOSITORY), 'utf8')).toBe(await compileKernels(name))
  },
)
