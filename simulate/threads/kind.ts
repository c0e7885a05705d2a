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
