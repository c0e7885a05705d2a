import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { clearInterval, setImmediate, setInterval } from 'node:timers'
import { ThreadsPoolWorker } from 'vitest/node'
import { ENDLESS } from './parts.mjs'

/** Runs that a thread serves before a new one takes over: what tests leave behind does not pile up. */
const RUNS = 80

/**
 * Processor time after which a change counts as endless: seconds of its own, and twice what its test files took before
 * anything was changed. The clock would tell how busy the machine is.
 */
const OWN_CPU_SECONDS = 4
const CPU_FACTOR = 2

/** Where the times are kept, for the process that takes over when one had to be stopped. */
const CPU_FILE = 'stryker-cpu-seconds.json'

let idle
let runs = 0

/**
 * A thread of vitest that outlives its run. Vitest starts one for every run, and so for every change, which then costs
 * a second to start up and milliseconds to test. Stryker turns a change on while modules stay loaded; only changes of
 * what a module computes when it is loaded ('static') get a new thread.
 */
export class KeptThread extends ThreadsPoolWorker {
  name = 'kept'

  constructor(options) {
    super(options)
    this.project = options.project
  }

  async start() {
    const { mode, mutantActivation } = this.project.getProvidedContext()
    this.keep = mode === 'mutant' && mutantActivation !== 'static'
    if (this.keep && idle !== undefined) {
      this._thread = idle
      this.reused = true
      idle = undefined
      this._thread.ref()
    }
    await super.start()
  }

  send(message) {
    if (message.type === 'start' && this.reused) this.answer('started')
    else if (message.type === 'stop' && this.keep) {
      this.stopping = true
      this.answer('stopped')
    } else if (message.type === 'run') {
      this.watch(message.context.files)
      // The tests asked for are part of the settings, which a thread otherwise gets only when it starts.
      super.send({ ...message, context: { ...message.context, config: this.project.serializedConfig } })
    } else super.send(message)
  }

  /** Stryker's own time limit is the clock's, and ends the process: the next change would wait for another to start. */
  watch(files) {
    const { mode } = this.project.getProvidedContext()
    const before = process.cpuUsage()
    this.cpuSeconds = () => {
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1e6
    }
    this.isDryRun = mode !== 'mutant'
    if (this.isDryRun) return
    const usual = JSON.parse(readFileSync(CPU_FILE, 'utf8'))
    const most = OWN_CPU_SECONDS + CPU_FACTOR * files.reduce((sum, { filepath }) => sum + (usual[filepath] ?? 0), 0)
    this.watching = setInterval(() => {
      if (this.cpuSeconds() < most) return
      clearInterval(this.watching)
      this.project.vitest.state.catchError(new Error(ENDLESS), 'Unhandled Error')
      void this.thread.terminate()
    }, 250)
    this.watching.unref()
  }

  /** Shares the processor time of the run without changes among its files, as their durations lie. */
  keepUsualTimes() {
    const files = this.project.vitest.state.getFiles().map(({ filepath, result, collectDuration = 0 }) => (
      [filepath, (result?.duration ?? 0) + collectDuration]
    ))
    const total = files.reduce((sum, [, duration]) => sum + duration, 0)
    const seconds = this.cpuSeconds()
    writeFileSync(CPU_FILE, JSON.stringify(Object.fromEntries(files.map(([file, duration]) => [file, (seconds * duration) / total]))))
  }

  answer(type) {
    setImmediate(() => this.thread.emit('message', { type, __vitest_worker_response__: true }))
  }

  async stop() {
    clearInterval(this.watching)
    if (this.isDryRun) this.keepUsualTimes()
    if (this.stopping && ++runs % RUNS !== 0) {
      const thread = this.thread
      for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event)
      thread.stdout.unpipe(this.stdout)
      thread.stderr.unpipe(this.stderr)
      thread.unref()
      idle = thread
      this._thread = undefined
    } else await super.stop()
  }
}
