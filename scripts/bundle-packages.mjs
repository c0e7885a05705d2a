// A step of the build: packages that every command loads become one file each in dist/packages/. Loaded as they come, they
// are some 190 files, which take longer to find and compile than all of ours.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'

/** What is loaded by most commands and comes in many files. */
const PACKAGES = ['yaml', 'yargs', 'zod']
const FOLDER = 'packages'

/** An import as the compiler prints it, of a package by its bare name. */
const IMPORT = /^(import|export) (.*) from '([a-z]+)';$/gm

function scriptsIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

/** The names that an import clause takes: `{ a, b as c }` takes a and b, a bare name the default. */
function namesOf(clause) {
  const braces = /^\{(.*)\}$/.exec(clause.trim())
  if (braces === null) return ['default']
  return braces[1].split(',').map((name) => name.trim().split(' as ')[0])
}

/** The licence of a package, and of what it brings: its text must go where its code goes. */
function licencesOf(inputs, root) {
  const folders = new Set(Object.keys(inputs).map((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean))
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.|-|$)/i.test(entry))
    const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim()
    return `${name} ${version} (${license})\n\n${text}\n`
  })
}

/**
 * Bundles the packages into `dist/packages/`, and lets the built scripts import them from there.
 * @param {string} dist folder of the built scripts
 * @param {string} root folder that holds node_modules
 */
export async function bundlePackages(dist, root) {
  const taken = new Map(PACKAGES.map((name) => [name, new Set()]))
  for (const script of scriptsIn(dist)) {
    const source = readFileSync(script, 'utf8')
    const rewritten = source.replace(IMPORT, (whole, keyword, clause, name) => {
      const names = taken.get(name)
      if (names === undefined) return whole
      for (const each of namesOf(clause)) names.add(each)
      const path = relative(dirname(script), join(dist, FOLDER, `${name}.js`)).replaceAll('\\', '/')
      return `${keyword} ${clause} from '${path.startsWith('.') ? path : `./${path}`}';`
    })
    if (rewritten !== source) writeFileSync(script, rewritten)
  }
  mkdirSync(join(dist, FOLDER), { recursive: true })
  const licences = []
  for (const [name, names] of taken) licences.push(...await bundleOne({ name, names, dist, root }))
  writeFileSync(join(dist, FOLDER, 'LICENSES.txt'), [...new Set(licences)].join(`\n${'-'.repeat(80)}\n\n`))
}

/** Parts that cost time at every start and serve nothing here, and what stands in their place. */
const REPLACED = {
  name: 'replaced',
  setup: ({ onLoad }) => {
    // Messages in forty languages; ours are made from zod's codes (sim/config/problems.ts).
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: '' }))
    // The width of emoji, for which ICU is loaded. Only the help is laid out, and every letter of it is one column wide.
    onLoad({ filter: /string-width[\\/]index\.js$/ }, () => ({
      contents: 'import { stripVTControlCharacters } from "node:util"\n'
        + 'export default (text) => stripVTControlCharacters(text).length\n',
    }))
  },
}

async function bundleOne({ name, names, dist, root }) {
  const { metafile } = await build({
    stdin: { contents: `export { ${[...names].sort().join(', ')} } from '${name}'\n`, resolveDir: root, loader: 'js' },
    absWorkingDir: root, outfile: join(dist, FOLDER, `${name}.js`), bundle: true, minify: true, platform: 'node', target: 'node20',
    format: 'esm', legalComments: 'none', metafile: true, logLevel: 'warning',
    plugins: [REPLACED],
    // yaml is CommonJS, and requires what Node brings.
    banner: { js: 'import { createRequire } from \'node:module\'; const require = createRequire(import.meta.url);' },
  })
  return licencesOf(metafile.inputs, root)
}
