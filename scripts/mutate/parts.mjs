import { readdirSync } from 'node:fs'

/** What Stryker reports of a change whose tests took too much processor time. */
export const ENDLESS = 'stopped: the tests took too much processor time'

/**
 * What `npm run mutate` changes, part by part, and the tests that have to notice. Tests that run the whole command
 * line, or compare generated documents, stay out: they would notice only by accident, and take their time for it.
 */
export const PARTS = {
  isa: { sources: ['isa'], tests: ['test/isa/**/*.test.ts'], without: ['test/isa/cli.test.ts'] },
  energy: { sources: ['sim/energy'], tests: ['test/sim/energy/*.test.ts', 'test/sim/result/*.test.ts'], without: [] },
  core: {
    sources: ['sim/core'],
    tests: ['test/sim/core/*.test.ts', 'test/sim/chip/{timing,deadlock}.test.ts'],
    // Hundreds of machines, and models: they notice much, but every change they do not notice costs a minute.
    without: ['test/sim/core/{flow,kinds,waits,dense-kinds}.test.ts'],
  },
  tables: {
    sources: ['tables', 'result-tables', 'csv', 'format', 'view', 'basis', 'markup'].map((name) => `reports/${name}.ts`),
    tests: ['test/reports/{tables,format}.test.ts'],
    without: [],
  },
  simulate: {
    sources: ['simulate'],
    // A thread's entry runs in a process that no test of this one can change.
    spared: ['simulate/sampled/', 'simulate/threads/worker.ts'],
    tests: ['test/simulate/**/*.test.ts'],
    without: ['test/simulate/sampled/**', 'test/simulate/draws.test.ts'],
  },
  network: {
    // The compiled text of the routers is data; the routers' own text is what the tests run here.
    sources: ['sim/network'],
    spared: ['sim/network/router/router-wasm.ts', 'sim/network/router/kernel.ts'],
    tests: ['test/sim/network/{network,packet-log,trace,traffic,unloaded,batch-means,parts}.test.ts'],
    // Left out: sweeps to saturation and random networks, for their time; and kernel.test.ts, which compares the routers'
    // text with what was compiled from it before, so that any change would do.
    without: [],
  },
}

/** The files of a part that are changed. */
export function filesOf(part) {
  const { sources, spared = [] } = PARTS[part]
  const files = sources.flatMap((source) => source.endsWith('.ts')
    ? [source] : readdirSync(source, { recursive: true }).map((name) => `${source}/${name}`))
  return files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !spared.some((name) => file.startsWith(name))).sort()
}
