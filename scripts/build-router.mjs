// `node scripts/build-router.mjs`: compiles the stages of the routers (sim/network/router/*.ts, between the lines `// core` and
// `// end of core`) to WebAssembly as well, into sim/network/router/router-wasm.ts. The same text is TypeScript, the definition,
// and, with its class peeled off, AssemblyScript. The result is committed, so that building the project does not need the
// compiler; a test rebuilds it and compares.
import { Buffer } from 'node:buffer'
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const FOLDER = new URL('../sim/network/', import.meta.url)
const RESULT = new URL('router/router-wasm.ts', FOLDER)
const PARTS = ['requests', 'traversal', 'switch-allocation', 'vc-allocation', 'stages']
const LINE = 100

const OPTIONS = [
  'router.ts', '--outFile', 'router.wasm', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1', '--noAssert',
  '-O3', '--converge',
]

/** What stands before the stages: memory by word, and what they ask of the host. */
const PRELUDE = `
@unmanaged class Words {
  @inline @operator("[]") get(at: i32): i32 { return load<i32>((<usize>at) << 2) }
  @inline @operator("[]=") set(at: i32, value: i32): void { store<i32>((<usize>at) << 2, value) }
}
@unmanaged class Doubles {
  @inline @operator("[]") get(at: i32): f64 { return load<f64>((<usize>at) << 3) }
  @inline @operator("[]=") set(at: i32, value: f64): void { store<f64>((<usize>at) << 3, value) }
}
const m = changetype<Words>(0)
const d = changetype<Doubles>(0)
@inline function lowest(mask: i32): i32 { return ctz(mask) }
@inline function roundRobin(mask: i32, start: i32): i32 {
  const from = mask & (-1 << start)
  return ctz(from !== 0 ? from : mask)
}
@external("host", "routeElsewhere") declare function routeElsewhere(ivc: i32): i32
@external("host", "holdLink") declare function holdLink(id: i32, cycles: i32): void
@external("host", "linkHeld") declare function linkHeld(id: i32): bool
@external("host", "flitArrived") declare function flitArrived(flit: i32, router: i32, port: i32, vc: i32): void
@external("host", "flitLeft") declare function flitLeft(flit: i32, router: i32, port: i32, vc: i32): void
`

/** The constants of layout.ts. */
function constants() {
  const text = readFileSync(new URL('layout.ts', FOLDER), 'utf8')
  return [...text.matchAll(/^ {2}([A-Z_]+): (0x[0-9a-f]+|\d+),/gm)].map(([, name, value]) => `const ${name}: i32 = ${value}`).join('\n')
}

/** The fields of state.ts that the stages use, as globals that the host sets. */
function fields(core) {
  const text = readFileSync(new URL('router/state.ts', FOLDER), 'utf8')
  const used = new Set([...core.matchAll(/this\.(\w+)(?!\w|\()/g)].map(([, name]) => name))
  return [...used].filter((name) => name !== 'm' && name !== 'd').sort().map((name) => {
    const field = new RegExp(`^ {2}(?:protected |readonly )*${name}(?:: (boolean|number))?(?: = (true|false)?.*)?$`, 'm').exec(text)
    if (!field) throw new Error(`the stages use this.${name}, which state.ts does not declare`)
    return `export let ${name}: ${field[1] === 'boolean' || field[2] !== undefined ? 'bool' : 'i32'} = ${field[1] === 'boolean' || field[2] !== undefined ? 'false' : '0'}`
  }).join('\n')
}

/** The methods of the stages as functions. */
function functions(core) {
  const exported = new Set(['arrivals', 'credits', 'stages'])
  return core
    .replace(/^ {2}(?:protected )?(\w+)\((.*)\): (void|number|boolean) \{$/gm, (_, name, parameters, result) =>
      `  ${exported.has(name) ? 'export ' : ''}function ${name}(${parameters.replace(/: number/g, ': i32').replace(/: boolean/g, ': bool')}): ` +
      `${{ void: 'void', number: 'i32', boolean: 'bool' }[result]} {`)
    .replace(/^ *const m = this\.m$/gm, '')
    .replace(/\]!/g, ']')
    .replace(/^ *const (\w+) = this\.\1$/gm, '')
    .replace(/this\./g, '')
}

/** The AssemblyScript that is compiled. */
export function routerSource() {
  const core = PARTS.map((part) => {
    const text = readFileSync(new URL(`router/${part}.ts`, FOLDER), 'utf8')
    const found = /^ {2}\/\/ core.*\n([\s\S]*)^ {2}\/\/ end of core$/m.exec(text)
    if (!found) throw new Error(`${part}.ts has no lines '// core' and '// end of core'`)
    return found[1]
  }).join('\n')
  return [PRELUDE, constants(), fields(core), functions(core)].join('\n')
}

/**
 * The text of router-wasm.ts, compiled from the stages.
 * @returns {Promise<string>}
 * @throws Error with the compiler's messages
 */
export async function compileRouter() {
  const { default: asc } = await import('assemblyscript/asc')
  const source = routerSource()
  /** @type {Uint8Array | undefined} */
  let wasm
  const { error, stderr } = await asc.main(OPTIONS, {
    readFile: (name) => (name === 'router.ts' ? source : null),
    writeFile: (_name, contents) => {
      wasm = contents
    },
    listFiles: () => [],
  })
  if (error || wasm === undefined) throw new Error(`${error?.message ?? 'no output'}\n${stderr.toString()}`)
  const lines = Buffer.from(wasm).toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')).map((line) => `  '${line}'`)
  return '/** WebAssembly compiled from the stages of the routers by scripts/build-router.mjs, in base64. Do not edit. */\n'
    + `export const ROUTER_WASM =\n${lines.join(' +\n')}\n`
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  writeFileSync(RESULT, await compileRouter())
}
