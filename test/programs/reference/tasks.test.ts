import { describe, expect, it } from 'vitest'
import { parseTasks } from '../../../cli/eval-task-file.js'
import { scoreTasks } from '../../../programs/reference/index.js'
import type { SequenceModel } from '../../../programs/reference/index.js'
import { tinyModel } from '../../support/tiny-model.js'

const { config, tokenizer } = tinyModel(1)
/** Finds the letter 'a' likely (log-odds 2) and every other token equally unlikely, whatever came before. */
const likesA: SequenceModel = {
  config, reset: () => undefined,
  forward: () => Float64Array.from({ length: config.vocabSize }, (_, id) => (id === tokenizer.encode('a')[1] ? 2 : 0)),
}

describe('multiple-choice tasks', () => {
  it('are won by the likeliest choice, and by the likeliest choice a byte', () => {
    const tasks = [
      { question: 'x', choices: ['b', 'a'], answer: 1 },
      { question: 'x', choices: ['b', 'a'], answer: 0 },
      // The short choice is likelier as a whole, the long one likelier a byte.
      { question: 'x', choices: ['b', 'aaaaaaaa'], answer: 1 },
    ]
    const scores = scoreTasks(likesA, tokenizer, tasks)
    expect(scores.questions).toBe(3)
    expect(scores.accuracyNormalised).toBeCloseTo(2 / 3, 10)
    expect(scores.accuracy).toBeCloseTo(1 / 3, 10)
  })

  it('longer than the context are cut on the left', () => {
    const question = 'b'.repeat(2 * config.contextLength)
    expect(scoreTasks(likesA, tokenizer, [{ question, choices: ['b', 'a'], answer: 1 }]).accuracyNormalised).toBe(1)
  })
})

describe('a task file', () => {
  const good = '{"question": "q", "choices": ["a", "b"], "answer": 1}'
  it('has a task a line', () => {
    expect(parseTasks(`${good}\n\n${good}\n`, 't.jsonl')).toHaveLength(2)
  })
  it('is refused by line and key', () => {
    expect(() => parseTasks(`${good}\n{`, 't.jsonl')).toThrow(/^t\.jsonl:2: not valid JSON/)
    expect(() => parseTasks('{"question": "q", "choices": ["a"], "answer": 0}', 't.jsonl')).toThrow(/^t\.jsonl:1: [^]*choices/)
    expect(() => parseTasks('{"question": "q", "choices": ["a", "b"], "answer": 2}', 't.jsonl')).toThrow(/answer is 2, but there are choices 0\.\.1/)
    expect(() => parseTasks('\n', 't.jsonl')).toThrow(/no tasks/)
  })
})
