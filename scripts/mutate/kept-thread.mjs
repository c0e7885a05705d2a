import process from 'node:process'
import { clearInterval, setImmediate, setInterval } from 'node:timers'
import { ThreadsPoolWorker } from 'vitest/node'

/** Runs that a thread serves before a new one takes over: what tests leave behind does not pile up. */
const RUNS = 80

/** Processor time of a run after which its change counts as endless; the clock would tell how busy the machine is. */
const MOST_CPU_MICROSECONDS = 10e6
/** What Stryker then reports of the change. */
export const ENDLESS = 'stopped: the tests took too much processor time'

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
      this.watch()
      // The tests asked for are part of the settings, which a thread otherwise gets only when it starts.
      super.send({ ...message, context: { ...message.context, config: this.project.serializedConfig } })
    } else super.send(message)
  }

  /** Stryker's own time limit is the clock's, and ends the process: the next change would wait for another to start. */
  watch() {
    const { mode } = this.project.getProvidedContext()
    if (mode !== 'mutant') return
    const before = process.cpuUsage()
    this.watching = setInterval(() => {
      const { user, system } = process.cpuUsage(before)
      if (user + system < MOST_CPU_MICROSECONDS) return
      clearInterval(this.watching)
      this.project.vitest.state.catchError(new Error(ENDLESS), 'Unhandled Error')
      void this.thread.terminate()
    }, 250)
    this.watching.unref()
  }

  answer(type) {
    setImmediate(() => this.thread.emit('message', { type, __vitest_worker_response__: true }))
  }

  async stop() {
    clearInterval(this.watching)
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
