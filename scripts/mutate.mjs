// `npm run mutate -- --part PART`: changes the sources one place at a time (Stryker) and lists the changes no test sees.
// Not part of the gate: a part takes minutes to an hour. Results and their meaning: docs/mutation.md.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { filesOf, PARTS } from './mutate/parts.mjs'
import { statusOf } from './mutate/reporter.mjs'
import { sampledLines } from './mutate/sample.mjs'

const OUT = 'out/mutation'

function wrong(message) {
  console.error(message)
  process.exit(2)
}

function options() {
  const { values } = parseArgs({
    options: {
      part: { type: 'string' }, file: { type: 'string', multiple: true }, sample: { type: 'string' },
      seed: { type: 'string', default: '1' }, static: { type: 'boolean', default: false }, force: { type: 'boolean', default: false },
    },
  })
  if (!Object.hasOwn(PARTS, values.part ?? '')) wrong(`--part PART: one of ${Object.keys(PARTS).join(', ')}`)
  const all = filesOf(values.part)
  const files = values.file ?? all // or lines of one, as FILE:FIRST-LAST
  for (const file of files.map((name) => name.split(':')[0])) if (!all.includes(file)) wrong(`--file ${file}: not of this part; its files are\n  ${all.join('\n  ')}`)
  const share = Number(values.sample ?? 1)
  if (!(share > 0 && share <= 1)) wrong(`--sample ${values.sample}: a share of the lines, above 0, at most 1`)
  return { ...values, mutate: share < 1 ? sampledLines(files, share, values.seed) : files }
}

/** Where the tests look for the data that is not ours to ship: beside the copy that Stryker works in. */
function linkShared(folder) {
  mkdirSync(folder, { recursive: true })
  if (existsSync('../shared') && !existsSync(`${folder}/shared`)) symlinkSync(resolve('../shared'), `${folder}/shared`)
}

function settings({ part, mutate, static: withStatic, force }) {
  return {
    mutate,
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner', './scripts/mutate/reporter.mjs'],
    vitest: { configFile: 'scripts/mutate/vitest.config.mjs', related: false },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    // The threads' own limit is processor time (kept-thread.mjs); this one is for what hangs without computing.
    timeoutMS: 180_000,
    dryRunTimeoutMinutes: 30,
    timeoutFactor: 1.5,
    // What a module computes when it is loaded, mostly tables of constants: each change of it runs every test of the part.
    ignoreStatic: !withStatic,
    // Texts are messages, and names that the types or the other tests hold.
    mutator: { excludedMutations: ['StringLiteral'] },
    // Stryker's default output is a folder in reports/, which is source here. The copy keeps docs/: tests read it.
    tempDirName: `${OUT}/sandbox`,
    ignorePatterns: ['out', 'dist', 'coverage', '*.tmp'],
    reporters: ['lines', 'json', 'html', 'progress-append-only'],
    jsonReporter: { fileName: `${OUT}/${part}.json` },
    htmlReporter: { fileName: `${OUT}/${part}.html` },
    incremental: true,
    incrementalFile: `${OUT}/${part}.incremental.json`,
    force,
    allowEmpty: true,
    fileLogLevel: 'off',
    logLevel: 'warn',
  }
}

const DETECTED = ['Killed', 'Timeout']
const VALID = [...DETECTED, 'Survived', 'NoCoverage']

function line(name, mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length
  const score = (100 * count(...DETECTED)) / Math.max(1, count(...VALID))
  return `| ${name} | ${count(...VALID)} | ${count('Killed')} | ${count('Timeout')} | ${count('Survived')} | ${count('NoCoverage')}`
    + ` | ${score.toFixed(1)} % |`
}

function print(part, mutants) {
  console.log('\n| file | changes | killed | timeout | survived | not run | score |\n|---|---|---|---|---|---|---|')
  const files = [...new Set(mutants.map(({ fileName }) => fileName))].sort()
  for (const file of files) console.log(line(file, mutants.filter(({ fileName }) => fileName === file)))
  console.log(line(`**${part}**`, mutants))
}

const asked = options()
process.env.SPIKELOOM_MUTATE_PART = asked.part
process.env.SPIKELOOM_MUTATE_LINES = `${OUT}/${asked.part}.jsonl`
linkShared(`${OUT}/sandbox`)
const mutants = await new Stryker(settings(asked)).runMutationTest()
print(asked.part, mutants.map((mutant) => ({ ...mutant, status: statusOf(mutant), fileName: relative(process.cwd(), mutant.fileName) })))
