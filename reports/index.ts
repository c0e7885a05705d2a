import type { RunResult } from '../sim/result/schema.js'

/**
 * Results in, pages out. What is exported here loads quickly; what draws charts, which needs d3 and a document model
 * (0.4 s), is loaded when a page is asked for.
 */
export { textReport, type TextOptions } from './text.js'
export { type Compared, type Comparison, compareResults } from './compare.js'
export { distinctLabels, refuseIncomparable } from './comparable.js'
export { comparisonText } from './compare-text.js'
export { sensitivityText } from './sensitivity-text.js'
export { tokensThrough } from './view.js'

/** The report of one run: a page in one file, readable offline. */
export async function htmlReport(result: RunResult): Promise<string> {
  return (await import('./html.js')).htmlReport(result)
}
