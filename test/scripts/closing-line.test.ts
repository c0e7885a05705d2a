import { expect, it, vi } from 'vitest'
import ClosingLineReporter from '../../scripts/closing-line-reporter.mjs'

function closingLine(states: string[], loadErrors: unknown[], unhandled: unknown[]): string {
  const lines: string[] = []
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  const file = {
    errors: () => loadErrors,
    children: {
      allSuites: () => [{ errors: () => [] }],
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
    },
  }
  new ClosingLineReporter().onTestRunEnd([file], unhandled)
  spy.mockRestore()
  return lines.join('')
}

it('counts tests by outcome', () => {
  expect(closingLine(['passed', 'failed', 'passed', 'skipped', 'pending'], [], [])).toBe('2 passed, 1 failed, 2 skipped\n')
})

it('counts a file that does not load, and an unhandled error, as failures', () => {
  expect(closingLine(['passed'], [new Error('syntax')], [new Error('late')])).toBe('1 passed, 2 failed, 0 skipped\n')
})
