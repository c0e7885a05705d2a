/**
 * Results in, pages out. What is exported here loads quickly; pages and charts, which need d3 and a document model
 * (0.4 s), come from ./html.js, ./compare-html.js and ./svg.js, loaded when asked for.
 */
export { textReport, type TextOptions } from './text.js'
export { type Compared, type Comparison, compareResults, distinctLabels } from './compare.js'
export { comparisonText } from './compare-text.js'
export { sensitivityText } from './sensitivity-text.js'
export { tokensThrough } from './view.js'
