/** What the reporter needs of vitest's test modules. */
interface ReportedModule {
  errors(): readonly unknown[]
  readonly children: {
    allSuites(): Iterable<{ errors(): readonly unknown[] }>
    allTests(): Iterable<{ result(): { readonly state: string } }>
  }
}

export default class ClosingLineReporter {
  onTestRunEnd(modules: readonly ReportedModule[], unhandledErrors: readonly unknown[]): void
}
