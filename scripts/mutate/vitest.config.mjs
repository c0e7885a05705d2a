import process from 'node:process'
import { KeptThread } from './kept-thread.mjs'
import { PARTS } from './parts.mjs'

// The part comes by the environment: Stryker starts vitest in a process of its own.
const { tests, without } = PARTS[process.env.SPIKELOOM_MUTATE_PART] ?? PARTS.isa

const keepThreads = {
  name: 'keep-threads',
  configureVitest({ project }) {
    project.config.pool = 'kept'
    project.config.poolRunner = { name: 'kept', createPoolWorker: (options) => new KeptThread(options) }
  },
}

export default {
  plugins: [keepThreads],
  test: {
    include: tests,
    exclude: ['**/node_modules/**', ...without],
    // From the repository's root, where Stryker runs vitest.
    setupFiles: ['./scripts/mutate/plain-kernels.mjs'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    isolate: false,
    maxWorkers: 1,
  },
}
