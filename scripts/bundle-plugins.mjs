// What the bundles of dist/ do otherwise than esbuild by itself.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/**
 * Wherever a module's code ends up, `import.meta.url` stays the place of its own file in dist/: files are found beside it.
 */
export const ownUrls = (root) => ({
  name: 'own-urls',
  setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const source = readFileSync(path, 'utf8')
    if (!source.includes('import.meta.url')) return undefined
    const own = JSON.stringify(`/dist/${relative(root, path).replaceAll('\\', '/').replace(/\.ts$/, '.js')}`)
    const url = `(import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/')) + ${own})`
    return { contents: source.replaceAll(/(?<!\* .*)import\.meta\.url/g, url), loader: 'ts' }
  }),
})

/** Parts of packages that cost time at every start and serve nothing here, and what stands in their place. */
export const REPLACED = {
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

/** All packages but those named are left where they are. */
export const outside = (inside) => ({
  name: 'outside',
  setup: ({ onResolve }) => onResolve({ filter: /^[a-z@]/ }, ({ path, kind, importer }) => (
    kind === 'entry-point' || inside.includes(path) || importer.includes('node_modules') ? undefined : { path, external: true }
  )),
})
