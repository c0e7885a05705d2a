// `node scripts/build-kernels.mjs`: compiles each sim/kernels/NAME.as (AssemblyScript) into sim/kernels/NAME-wasm.ts.
// The results are committed, so that building the project does not need the compiler; a test rebuilds them and compares.
import { Buffer } from 'node:buffer'
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const FOLDER = new URL('../sim/kernels/', import.meta.url)
/** Sources, without their ending. */
export const KERNELS = ['rows', 'attention']
const LINE = 100

const OPTIONS = [
  'kernel.ts', '--outFile', 'kernel.wasm', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noExportMemory',
  '--initialMemory', '1', '--noAssert', '-O3', '--converge',
]

/**
 * The text of sim/kernels/NAME-wasm.ts, compiled from the source.
 * @param {string} name
 * @returns {Promise<string>}
 * @throws Error with the compiler's messages
 */
export async function compileKernels(name) {
  const { default: asc } = await import('assemblyscript/asc')
  /** @type {Uint8Array | undefined} */
  let wasm
  const { error, stderr } = await asc.main(OPTIONS, {
    readFile: (file) => (file === 'kernel.ts' ? readFileSync(new URL(`${name}.as`, FOLDER), 'utf8') : null),
    writeFile: (_file, contents) => {
      wasm = contents
    },
    listFiles: () => [],
  })
  if (error || wasm === undefined) throw new Error(`${error?.message ?? 'no output'}\n${stderr.toString()}`)
  return moduleText(name, Buffer.from(wasm).toString('base64'))
}

/**
 * @param {string} name
 * @param {string} base64
 */
function moduleText(name, base64) {
  const lines = base64.match(new RegExp(`.{1,${LINE}}`, 'g')).map((line) => `  '${line}'`)
  return `/** WebAssembly compiled from ${name}.as by scripts/build-kernels.mjs, in base64. Do not edit. */\n`
    + `export const ${name.toUpperCase()}_WASM =\n${lines.join(' +\n')}\n`
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  for (const name of KERNELS) writeFileSync(new URL(`${name}-wasm.ts`, FOLDER), await compileKernels(name))
}
