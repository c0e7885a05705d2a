import type { Model } from './model.js'
import { spoken } from './model.js'

/** One choice a key that has few values. */
export function filters(model: Model, root: HTMLElement): void {
  for (const axis of model.keyAxes) {
    if (axis.levels === undefined || axis.levels.length < 2) continue
    const { levels } = axis
    const label = document.createElement('label')
    const choice = document.createElement('select')
    choice.name = axis.name
    choice.add(new Option('all', ''))
    for (const level of levels) choice.add(new Option(spoken(level), String(level)))
    choice.addEventListener('change', () => model.want(axis, choice.selectedIndex === 0 ? undefined : levels[choice.selectedIndex - 1]))
    label.append(axis.name, choice)
    root.append(label)
  }
}
