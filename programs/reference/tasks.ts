import type { Tokenizer } from '../models/types.js'
import type { SequenceModel } from './evaluate.js'
import { negativeLogLikelihood } from './evaluate.js'

/** A multiple-choice question. */
export interface ChoiceTask {
  readonly question: string
  readonly choices: readonly string[]
  /** Index of the right choice. */
  readonly answer: number
}

export interface TaskScores {
  readonly questions: number
  /** Share of questions whose right choice has the largest log-likelihood a character: 'acc_norm' of lm-evaluation-harness. */
  readonly accuracyNormalised: number
  /** The same by UTF-8 bytes: 'acc_bytes'. */
  readonly accuracyByBytes: number
  /** Share whose right choice has the largest log-likelihood: 'acc'. */
  readonly accuracy: number
}

/**
 * Log-likelihood of a choice behind a question, nats, as lm-evaluation-harness forms it: blanks that end the question begin the
 * choice; what is scored are the tokens of both behind as many as the question alone has; the question is cut on the left
 * if both exceed the context.
 */
function choiceLogLikelihood(model: SequenceModel, tokenizer: Tokenizer, question: string, choice: string): number {
  const context = tokenizer.encode(question.trimEnd())
  const whole = tokenizer.encode(`${question} ${choice}`)
  const cut = Math.max(0, whole.length - 1 - model.config.contextLength)
  model.reset(whole.length - cut)
  let sum = 0
  for (let i = cut; i + 1 < whole.length; i++) {
    const logits = model.forward(whole[i]!)
    if (i + 1 >= context.length) sum -= negativeLogLikelihood(logits, whole[i + 1]!)
  }
  return sum
}

function indexOfMax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values))
}

/**
 * Scores multiple-choice tasks zero-shot, as the five tasks of arXiv 2604.16475 are scored: the choice of the largest
 * log-likelihood, by itself, a character, or a byte of the choice.
 * @param onTask called after each question
 */
export function scoreTasks(
  model: SequenceModel, tokenizer: Tokenizer, tasks: readonly ChoiceTask[], onTask: (done: number) => void = () => undefined,
): TaskScores {
  let normalised = 0
  let byBytes = 0
  let plain = 0
  tasks.forEach(({ question, choices, answer }, done) => {
    const scores = choices.map((choice) => choiceLogLikelihood(model, tokenizer, question, choice))
    const bytes = choices.map((choice) => new TextEncoder().encode(choice).length)
    const characters = choices.map((choice) => Array.from(choice).length)
    if (indexOfMax(scores) === answer) plain++
    if (indexOfMax(scores.map((score, i) => score / characters[i]!)) === answer) normalised++
    if (indexOfMax(scores.map((score, i) => score / bytes[i]!)) === answer) byBytes++
    onTask(done + 1)
  })
  const share = (right: number): number => right / tasks.length
  return {
    questions: tasks.length, accuracyNormalised: share(normalised), accuracyByBytes: share(byBytes), accuracy: share(plain),
  }
}
