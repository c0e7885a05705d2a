// The library as it is imported: a facade of a few lines whose functions load the library when they are called first. An
// import that is only there in case costs next to nothing then.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { outside, ownUrls, REPLACED } from './bundle-plugins.mjs'

/** What is imported by name, and by which module it is written. */
const FACADES = { 'index.js': './index.ts', 'reports/index.js': './reports/index.ts' }
/** Packages that go into the library: a file that is required may not require modules of the newer kind, as theirs are. */
const PACKAGES = ['yaml', 'zod', 'd3-scale', 'd3-shape', '@huggingface/tokenizers', 'picocolors']
/** Modules whose exports are no functions, and few lines: they load with the facade, and the library uses the same ones. */
const AT_ONCE = ['sim/errors', 'programs/shapes/presets', 'programs/quantize/defaults', 'isa/instructions']

const AT_ONCE_FILE = 'library-at-once.cjs'
const LIBRARY_FILE = 'library.cjs'

/** Takes the modules of AT_ONCE out of the library and asks their own file for them. */
const APART = {
  name: 'apart',
  setup: ({ onResolve }) => onResolve({ filter: /^\..*\.(js|ts)$/ }, ({ path, resolveDir }) => {
    const file = join(resolveDir, path).replaceAll('\\', '/').replace(/\.(js|ts)$/, '')
    return AT_ONCE.some((module) => file.endsWith(`/${module}`)) ? { path: `./${AT_ONCE_FILE}`, external: true } : undefined
  }),
}

function buildRequired(root, out, file, modules, plugins) {
  return build({
    stdin: { contents: modules.map((module) => `export * from '${module}'`).join('\n'), resolveDir: root },
    absWorkingDir: root, outfile: join(out, file), bundle: true, platform: 'node', target: 'node20', format: 'cjs',
    minifySyntax: true, minifyWhitespace: true, sourcemap: true, sourcesContent: false, legalComments: 'none', metafile: true,
    logLevel: 'warning', plugins: [ownUrls(root), REPLACED, outside(PACKAGES), ...plugins],
    define: { 'import.meta.url': 'ownUrl' },
    banner: { js: 'const ownUrl = require("node:url").pathToFileURL(__filename).href;' },
  })
}

const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value))

/** The line of a facade for one export. @throws Error for a value that is neither a function nor in AT_ONCE */
function facadeOf(name, value) {
  if (typeof value !== 'function') throw new Error(`${name} is not a function: name its module in AT_ONCE (scripts/bundle-library.mjs)`)
  if (!isClass(value)) return `export function ${name}(...given) { return library().${name}(...given) }`
  return `export class ${name} {\n  constructor(...given) { return new (library().${name})(...given) }\n`
    + `  static [Symbol.hasInstance](value) { return value instanceof library().${name} }\n}`
}

/** Names that a module exports at run time, in the order of their names. */
async function exportsOf(root, module) {
  const { metafile } = await build({
    absWorkingDir: root, entryPoints: [module], bundle: true, write: false, outdir: root, format: 'esm', metafile: true, platform: 'node',
    packages: 'external', logLevel: 'silent',
  })
  return Object.values(metafile.outputs).flatMap((output) => output.exports).sort()
}

/**
 * Writes the library and its facades.
 * @param {string} root the checkout
 * @param {string} out the folder of the build
 * @returns {Promise<object>} the files that went in, as esbuild names them
 */
export async function bundleLibrary(root, out) {
  await buildRequired(root, out, AT_ONCE_FILE, AT_ONCE.map((module) => `./${module}.ts`), [])
  const { metafile } = await buildRequired(root, out, LIBRARY_FILE, Object.values(FACADES), [APART])
  const load = createRequire(join(out, 'index.js'))
  const [atOnce, library] = [load(`./${AT_ONCE_FILE}`), load(`./${LIBRARY_FILE}`)]
  for (const [file, module] of Object.entries(FACADES)) {
    const here = file.includes('/') ? '../' : './'
    const names = await exportsOf(root, module)
    const eager = names.filter((name) => name in atOnce)
    const lazy = names.filter((name) => !eager.includes(name))
    mkdirSync(dirname(join(out, file)), { recursive: true })
    writeFileSync(join(out, file), [
      'import { createRequire } from \'node:module\'',
      'const load = createRequire(import.meta.url)',
      // Not imported: Node would load a parser first, to find out what it exports.
      ...(eager.length > 0 ? [`export const { ${eager.join(', ')} } = load('${here}${AT_ONCE_FILE}')`] : []),
      'let loaded',
      `const library = () => (loaded ??= load('${here}${LIBRARY_FILE}'))`,
      ...lazy.map((name) => facadeOf(name, library[name])), '',
    ].join('\n'))
  }
  return metafile.inputs
}
