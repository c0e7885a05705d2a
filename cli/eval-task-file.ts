import { z } from 'zod'
import type { ChoiceTask } from '../programs/reference/index.js'
import { jsonProblems } from '../sim/config/json-problems.js'
import { InputError } from '../sim/errors.js'

const line = z.object({
  question: z.string().min(1),
  choices: z.array(z.string().min(1)).min(2),
  answer: z.number().int().min(0),
})

/**
 * Multiple-choice tasks, one JSON object a line: question, choices, answer (index of the right choice, from 0).
 * @throws InputError naming file, line and key
 */
export function parseTasks(text: string, file: string): ChoiceTask[] {
  const tasks = text.split('\n').flatMap((source, index): ChoiceTask[] => {
    if (source.trim() === '') return []
    const where = `${file}:${index + 1}`
    let value: unknown
    try {
      value = JSON.parse(source)
    } catch {
      throw new InputError(`${where}: not valid JSON; expected one object {question, choices, answer} a line.`)
    }
    const parsed = line.safeParse(value)
    if (!parsed.success) {
      throw new InputError(`${where}: expected {question, choices, answer}:\n${jsonProblems(parsed.error.issues, value)}`)
    }
    const { answer, choices } = parsed.data
    if (answer >= choices.length) {
      throw new InputError(`${where}: answer is ${answer}, but there are choices 0..${choices.length - 1}.`)
    }
    return [parsed.data]
  })
  if (tasks.length === 0) throw new InputError(`${file}: no tasks.`)
  return tasks
}
