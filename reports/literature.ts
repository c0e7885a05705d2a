import type { RunResult } from '../sim/result/schema.js'
import { constant, energy, ratio } from './format.js'
import { headline } from './view.js'

/**
 * How the literature's two accounts of one token relate, in one sentence: additions alone, and additions with the
 * multiply-accumulates that attention keeps where it does not spike. Printed wherever a ratio to either is.
 */
export function accountsSentence(result: RunResult): string {
  const { paper } = result.energy
  const view = headline(result)
  if (paper.macs === 0) {
    return `The literature's account has additions only: ${energy(view.additionsPj)} a token, ${constant(paper.additionPj)} pJ each.`
  }
  return `The literature's account of a token is ${energy(view.additionsPj)} for additions alone (${constant(paper.additionPj)} pJ each), ` +
    `and ${energy(view.paperPj)} with ${energy(view.macsPj)} of the multiply-accumulates that stay in attention ` +
    `(${constant(paper.macPj)} pJ each).`
}

/** 'the chip pays 66× the additions, 53× both'. */
export function chipPays(result: RunResult): string {
  const view = headline(result)
  const additions = `${ratio(view.chipOverAdditions)} the additions alone`
  return result.energy.paper.macs === 0 ? additions : `${additions}, ${ratio(view.chipOverPaper)} both together`
}
