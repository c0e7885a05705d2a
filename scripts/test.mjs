// `npm test [-- VITEST ARGUMENTS]`: the tests, from a fresh clone; the last line counts them.
import { ensureBuilt, ensureInstalled, runScript } from './ensure.mjs'

ensureInstalled()
// The tests that start the CLI find it built, rather than build it twice in parallel.
await ensureBuilt()
const reporters = ['--reporter=default', '--reporter=./scripts/closing-line-reporter.mjs']
runScript('vitest/vitest.mjs', ['run', ...reporters, ...process.argv.slice(2)])
