import type { PageData } from '../data.js'
import { details } from './details.js'
import { effects } from './effects.js'
import { filters } from './filters.js'
import { Model } from './model.js'
import { parallel } from './parallel.js'
import { scatter } from './scatter.js'
import { table } from './table.js'

/** Asks a running sweep, where there is a server, how far it is, and loads the page anew when there is more to show. */
function followServer(data: PageData): void {
  if (data.reports !== 'all') return
  const live = document.getElementById('live')!
  const ask = async (): Promise<void> => {
    const { done, failed, points } = await (await fetch('status.json')).json() as PageData['counts']
    const finished = done + failed
    live.textContent = finished < points ? `running: ${finished} of ${points} points` : ''
    // A reader in the middle of something is not disturbed: the page says that there is more.
    if (finished > data.counts.done + data.counts.failed) {
      const link = document.createElement('a')
      link.href = ''
      link.textContent = 'show the new points'
      live.append(' · ', link)
    }
  }
  const again = (): void => { ask().catch(() => { live.textContent = 'the server is gone' }).finally(() => setTimeout(again, 2000)) }
  again()
}

const data = JSON.parse(document.getElementById('result')!.textContent!) as PageData
const model = new Model(data)
const part = (id: string): HTMLElement => document.getElementById(id)!
if (model.count > 0) {
  filters(model, part('filters'))
  scatter(model, part('scatter'))
  parallel(model, part('parallel'))
  effects(model, part('effects'))
  table(model, part('table'))
  details(model, part('details'))
}
followServer(data)
