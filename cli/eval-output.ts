import type { EvalResult } from './eval-run.js'
import { table } from './output.js'

const short = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))

/** The result of `spikeloom eval` for people. */
export function evalText(result: EvalResult): string {
  const bits = result.encoding === 'float' ? 'floats' : `W${result.weightBits}A${result.activationBits}, KV cache ${result.kvCacheBits} bits`
  const lines = [`${result.model}, ${result.encoding} (${bits})`]
  if (result.tokens > 0) {
    lines.push(`  perplexity ${short(result.perplexity, 3)}, bits per byte ${short(result.bitsPerByte, 4)}, ` +
      `NLL ${short(result.nllPerToken, 4)} a token; ${result.tokens} tokens, ${result.bytes} bytes`)
  }
  if (result.tasks !== null) {
    const { questions, accuracyNormalised, accuracy } = result.tasks
    lines.push(`  ${questions} questions: ${percent(accuracyNormalised)} right by log-likelihood a character, ${percent(accuracy)} by log-likelihood`)
  }
  if (result.encoding === 'float') return lines.join('\n')
  lines.push('', table([
    ['encoding', 'T', 'firing rate', 'spikes per activation', 'operations per MAC', 'paper pJ a token'],
    ...result.encodings.map((row) => [
      row.encoding === result.encoding ? `${row.encoding} *` : row.encoding, row.timeSteps.toFixed(2), row.firingRate.toFixed(4),
      row.spikesPerActivation.toFixed(3), row.operationsPerMac.toFixed(3), Math.round(row.paperPjPerToken),
    ]),
  ]))
  lines.push('', `Inputs of each operator, ${result.encoding}; histogram: share of activations with |q| = 0, 1, 2 ...`, table([
    ['operator', 'layer', 'T', 'firing rate', 'spikes per activation', 'histogram'],
    ...result.byOperator.map((row) => [
      row.operator, row.layer < 0 ? '-' : row.layer, row.timeSteps.toFixed(2), row.firingRate.toFixed(4),
      row.spikesPerActivation.toFixed(3), histogramText(row.histogram, row.activations),
    ]),
  ]))
  return lines.join('\n')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

const SHOWN = 8

function histogramText(histogram: readonly number[], activations: number): string {
  const share = (count: number): string => (activations === 0 ? '-' : (count / activations).toFixed(3))
  return histogram.slice(0, SHOWN).map(share).join(' ') + (histogram.length > SHOWN ? ' ...' : '')
}
