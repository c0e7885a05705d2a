// `node scripts/build-kernels.mjs`: compiles sim/kernels/rows.as (AssemblyScript) into sim/kernels/rows-wasm.ts.
// The result is committed, so that building the project does not need the compiler; a test rebuilds it and compares.
import { Buffer } from 'node:buffer'
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const SOURCE = new URL('../sim/kernels/rows.as', import.meta.url)
const RESULT = new URL('../sim/kernels/rows-wasm.ts', import.meta.url)
const LINE = 100

const OPTIONS = [
  'rows.ts', '--outFile', 'rows.wasm', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noExportMemory',
  '--initialMemory', '1', '--noAssert', '-O3', '--converge',
]

/**
 * The text of sim/kernels/rows-wasm.ts, compiled from the source.
 * @returns {Promise<string>}
 * @throws Error with the compiler's messages
 */
export async function compileKernels() {
  const { default: asc } = await import('assemblyscript/asc')
  /** @type {Uint8Array | undefined} */
  let wasm
  const { error, stderr } = await asc.main(OPTIONS, {
    readFile: (name) => (name === 'rows.ts' ? readFileSync(SOURCE, 'utf8') : null),
    writeFile: (_name, contents) => {
      wasm = contents
    },
    listFiles: () => [],
  })
  if (error || wasm === undefined) throw new Error(`${error?.message ?? 'no output'}\n${stderr.toString()}`)
  return moduleText(Buffer.from(wasm).toString('base64'))
}

/** @param {string} base64 */
function moduleText(base64) {
  const lines = base64.match(new RegExp(`.{1,${LINE}}`, 'g')).map((line) => `  '${line}'`)
  return '/** WebAssembly compiled from rows.as by scripts/build-kernels.mjs, in base64. Do not edit. */\n'
    + `export const ROWS_WASM =\n${lines.join(' +\n')}\n`
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  writeFileSync(RESULT, await compileKernels())
}
