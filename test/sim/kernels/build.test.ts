import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const REPOSITORY = new URL('../../../', import.meta.url)
const installed = existsSync(new URL('node_modules/assemblyscript/package.json', REPOSITORY))

it.skipIf(!installed)('rows-wasm.ts is what rows.as compiles to (skipped where the development dependency assemblyscript is not installed)', async () => {
  const { compileKernels } = await import('../../../scripts/build-kernels.mjs')
  expect(readFileSync(new URL('sim/kernels/rows-wasm.ts', REPOSITORY), 'utf8')).toBe(await compileKernels())
})
