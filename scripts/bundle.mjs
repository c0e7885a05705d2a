// The step of the build that makes dist/: every program that is started by name, and parts that they share. A module
// takes longer to find than to compile, so ours go into few files, and so do packages that most commands load.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleLibrary } from './bundle-library.mjs'
import { outside, ownUrls, REPLACED } from './bundle-plugins.mjs'

/** Packages that come in many small files; all others are loaded from node_modules. */
const PACKAGES = ['yaml', 'yargs', 'zod']
/** What is started by name: the program, what prepares its answers, and what a thread starts with. */
const ENTRIES = ['cli.ts', 'cli/prepare.ts', 'simulate/threads/worker.ts']

/** A module that tells threads where to find it (simulate/threads/kind.ts) must be a file of its own. */
const TASK_MODULE = /^\s*(export )?const \w+: TaskKind<.*import\.meta\.url/m

function entryPoints(root, folders) {
  const sources = folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts')).map((name) => join(folder, name)))
  return [...ENTRIES, ...sources.filter((file) => TASK_MODULE.test(readFileSync(join(root, file), 'utf8')))]
}

/** The licences of packages whose code went into the bundle: their text must go where the code goes. */
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
 * Builds the programs into a folder.
 * @param {string} root the checkout
 * @param {string} out the folder; it must come to be called dist
 * @param {readonly string[]} folders those of the sources
 * @throws Error when a source does not parse or an import leads nowhere; the messages are on stderr
 */
export async function bundle(root, out, folders) {
  const { metafile } = await build({
    absWorkingDir: root, entryPoints: entryPoints(root, folders), outdir: out, outbase: root, bundle: true, splitting: true,
    chunkNames: 'parts/[name]-[hash]', platform: 'node', target: 'node20', format: 'esm', minifySyntax: true, minifyWhitespace: true,
    sourcemap: true, sourcesContent: false, legalComments: 'none', metafile: true, logLevel: 'warning',
    plugins: [ownUrls(root), REPLACED, outside(PACKAGES)],
    // yaml is CommonJS, and requires what Node brings.
    banner: { js: 'import { createRequire as nodeRequire } from \'node:module\'; const require = nodeRequire(import.meta.url);' },
  })
  const library = await bundleLibrary(root, out)
  writeFileSync(join(out, 'LICENSES.txt'), licencesOf({ ...metafile.inputs, ...library }, root).join(`\n${'-'.repeat(80)}\n\n`))
}
