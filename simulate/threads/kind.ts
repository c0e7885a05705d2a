/** Tells how much of a task is done, in the task's own unit. */
export type TellProgress = (done: number) => void

/**
 * A kind of task: a function from plain data to plain data, and where another thread finds it. Functions do not cross
 * threads, so a kind stands in the module that exports its function:
 *
 *   export function double(task: number): number { return 2 * task }
 *   export const DOUBLE: TaskKind<number, number> = { module: import.meta.url, name: 'double', run: double }
 *
 * A thread loads that module, and what it imports, with the first task of the kind.
 */
export interface TaskKind<Task, Result> {
  /** `import.meta.url` of the module that exports the function. */
  readonly module: string
  /** The name it is exported by. */
  readonly name: string
  /** The function: must be the same for the same task in every thread, so it may depend on nothing else that changes. */
  readonly run: (task: Task, tell: TellProgress) => Result | Promise<Result>
}

/**
 * Where tasks run: the threads of this process, or workers elsewhere that a queue reaches. Whoever shares out tasks knows
 * no more of it than this, so that every command that takes `--workers` takes a queue as well.
 */
export interface TaskPool {
  /** Tasks that it makes sense to have under way at once. */
  readonly workers: number
  /** Runs one task. An error that it throws comes back with its class (InputError, SimulationError) and message. */
  run<Task, Result>(kind: TaskKind<Task, Result>, task: Task, tell?: TellProgress): Promise<Result>
  /** Runs tasks; results come in the order of the tasks, and of several errors that of the first task in order. */
  runAll<Task, Result>(kind: TaskKind<Task, Result>, tasks: readonly Task[], onDone?: (done: number) => void): Promise<Result[]>
  close(): Promise<void>
}
