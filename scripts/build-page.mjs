// `node scripts/build-page.mjs`: bundles the script of the sweep's page into sweep/page/client-bundle.ts, which is committed,
// so that nothing that ships needs a bundler. A test bundles it again and compares.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const TARGET = join(root, 'sweep', 'page', 'client-bundle.ts')

/** The module that holds the page's script. */
export async function clientModule() {
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ['sweep/page/client/main.ts'], bundle: true, minify: true, format: 'iife', target: 'es2022',
    legalComments: 'none', charset: 'ascii', write: false, tsconfig: 'sweep/page/client/tsconfig.json',
  })
  // A script in a page ends at the first of these, wherever it stands.
  const code = outputFiles[0].text.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
  return '// Made by scripts/build-page.mjs from sweep/page/client, with parts of d3 (ISC licence, Copyright 2010-2023 Mike Bostock).\n'
    + `export const CLIENT_SCRIPT = ${JSON.stringify(code)}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(TARGET, await clientModule())
