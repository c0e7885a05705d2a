import { setImmediate } from 'node:timers'
import { ThreadsPoolWorker } from 'vitest/node'

/** Runs that a thread serves before a new one takes over: what tests leave behind does not pile up. */
const RUNS = 80

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
      // The tests asked for are part of the settings, which a thread otherwise gets only when it starts.
      super.send({ ...message, context: { ...message.context, config: this.project.serializedConfig } })
    } else super.send(message)
  }

  answer(type) {
    setImmediate(() => this.thread.emit('message', { type, __vitest_worker_response__: true }))
  }

  async stop() {
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
