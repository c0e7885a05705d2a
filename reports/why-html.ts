import type { RunResult } from '../sim/result/schema.js'
import { grouped, percent } from './format.js'
import { html, type Markup } from './markup.js'
import { lastTokenByOperator, lastTokenByPart, pathByOperator, pathByPart, waitsByCulprit, waitsByReason } from './why.js'

/** The last token beside the run: a token to come will take as long. */
function lastToken(result: RunResult): Markup {
  const [part] = lastTokenByPart(result)
  const [operator] = lastTokenByOperator(result)
  const { lastToken: token, timeline } = result.latency
  if (part === undefined || operator === undefined || timeline.length < 2) return html``
  return html` The last token by itself took ${grouped(token!.cycles)} cycles: ${percent(part.share)} for ${part.name}, ${percent(operator.share)} for ${operator.name}.`
}

/** What holds the run up, in a sentence or two; what is not in the result is not spoken of. */
export function whyMarkup(result: RunResult): Markup {
  const [part] = pathByPart(result)
  const [operator] = pathByOperator(result)
  const [reason] = waitsByReason(result)
  const [culprit] = waitsByCulprit(result)
  const path = part === undefined || operator === undefined ? '' : html`<p>Backwards from the last event, <b>${percent(part.share)}</b> of
the time went to ${part.name}; the longest operator is ${operator.name} with ${percent(operator.share)}. Only what lies on this path
makes the run shorter.${lastToken(result)}</p>`
  const waiting = reason === undefined ? '' : html`<p>Cores waited mostly for ${reason.name}: ${percent(reason.share)} of all waiting${
    culprit === undefined ? '' : html`, most often on ${culprit.name}`}.</p>`
  return html`${path}${waiting}`
}
