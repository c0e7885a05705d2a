import { describe, expect, it } from 'vitest'
import { compareResults } from '../../reports/compare.js'
import { comparisonHtml } from '../../reports/compare-html.js'
import { html, scriptJson } from '../../reports/markup.js'
import { htmlReport } from '../../reports/html.js'
import { SECTIONS } from '../../reports/sections.js'
import type { RunResult } from '../../sim/result/schema.js'
import { exampleResult } from '../support/example-result.js'
import { parseHtml, unbalancedTag } from '../support/markup.js'

const HOSTILE = '</script><script>alert(1)</script><img src="http://evil.test/x" onerror=alert(2)>\u2028&amp;"\'\u0000'

function hostileResult(): RunResult {
  const result = exampleResult({ chip: { name: HOSTILE, description: HOSTILE } })
  result.model.name = HOSTILE
  result.model.provenance = HOSTILE
  result.prompt.text = HOSTILE
  result.text = HOSTILE
  result.encoding.name = HOSTILE
  result.fidelity.statement = HOSTILE
  result.spikeloomVersion = HOSTILE
  result.notes = [HOSTILE]
  result.mapping.notes = [HOSTILE]
  result.cores.forEach((core) => { core.roles = [HOSTILE] })
  result.constants.forEach((row) => { row.source = HOSTILE })
  result.energy.byOperator.forEach((row) => { row.operator = HOSTILE })
  result.activity.byOperator.forEach((row) => { row.operator = HOSTILE })
  return result
}

/** Everything in a page that could make a browser ask for something. */
function requests(page: string): string[] {
  const document = parseHtml(page)
  const links = ['src', 'href', 'action', 'data', 'poster', 'srcset', 'xlink\\:href'].flatMap((name) =>
    Array.from(document.querySelectorAll(`[${name}]`)).map((node) => node.getAttribute(name.replace('\\', ''))!))
  const rules = Array.from(document.querySelectorAll('style')).map((node) => node.textContent!)
  const inline = Array.from(document.querySelectorAll('[style]')).map((node) => node.getAttribute('style')!)
  const styles = [...rules, ...inline].flatMap((css) => css.match(/url\([^)]*\)|@import/g) ?? [])
  return [...links.filter((url) => url !== 'data:,'), ...styles]
}

describe('the page of a run', () => {
  it('is well-formed, has every section, and leads with both accounts and their ratio', async () => {
    const result = exampleResult()
    const page = await htmlReport(result)
    expect(unbalancedTag(page)).toBeUndefined()
    const document = parseHtml(page)
    const titles = Array.from(document.querySelectorAll('section h2')).map((node) => node.textContent)
    expect(titles).toEqual(SECTIONS.map(({ title }) => title))
    const claim = document.querySelector('.claim')!.textContent!.replace(/\s+/g, ' ')
    const lead = document.querySelector('.lead')!.textContent!.replace(/\s+/g, ' ')
    expect(`${claim} ${lead}`).toBe('A token costs this chip 1.45 µJ. The literature’s additions alone come to 77 nJ: the chip pays 18.8× that. ' +
      'With the multiply-accumulates that stay it comes to 83.9 nJ: 17.2×.')
    expect(result.energy.perTokenPj / 1e6).toBeCloseTo(1.45, 2)
    expect(result.energy.paper.perTokenPj / 1e3).toBeCloseTo(83.9, 1)
    expect(result.energy.paper.additionsPj / 11 / 1e3).toBeCloseTo(77, 0)
    expect(document.querySelectorAll('tr.error').length).toBe(0)
  })

  it('asks for nothing from outside and runs no script', async () => {
    const page = await htmlReport(exampleResult())
    expect(requests(page)).toEqual([])
    const urls = [...page.matchAll(/https?:\/\/[^"\s<]*/g)].map(([url]) => url)
    expect(urls.filter((url) => url !== 'http://www.w3.org/2000/svg')).toEqual([])
    const scripts = Array.from(parseHtml(page).querySelectorAll('script'))
    expect(scripts.map((node) => node.getAttribute('type'))).toEqual(['application/json'])
  })

  it('holds the whole result as JSON', async () => {
    const result = exampleResult()
    const json = parseHtml(await htmlReport(result)).querySelector('#result')!.textContent!
    expect(JSON.parse(json)).toEqual(result)
  })

  it('shows hostile names as text', async () => {
    const page = await htmlReport(hostileResult())
    expect(unbalancedTag(page)).toBeUndefined()
    const document = parseHtml(page)
    expect(document.querySelectorAll('script').length).toBe(1)
    expect(document.querySelectorAll('img').length).toBe(0)
    expect(document.querySelectorAll('[onerror]').length).toBe(0)
    expect(document.querySelector('h1')!.textContent).toContain('<script>alert(1)</script>')
    expect((JSON.parse(document.querySelector('#result')!.textContent!) as RunResult).model.name).toBe(HOSTILE)
    expect(page).not.toContain('\u0000')
  })

  it('turns a section that fails into an error row and keeps the others', async () => {
    const failing = { id: 'bad', title: 'Bad', body: () => { throw new Error('no <such> thing') } }
    const page = await htmlReport(exampleResult(), [SECTIONS[0]!, failing, SECTIONS.find(({ id }) => id === 'text')!])
    const document = parseHtml(page)
    expect(document.querySelectorAll('section').length).toBe(3)
    expect(document.querySelector('#bad tr.error')!.textContent).toContain('no <such> thing')
    expect(document.querySelector('#text blockquote')!.textContent).toContain('God created')
  })

  it('says what holds the run up, who was waited for, and what was tried', async () => {
    const result = exampleResult()
    const { cycles } = result.latency
    result.latency.criticalPath = [
      { core: 1, operator: 'gateUp', part: 'adders', cycles: 0.7 * cycles }, { core: -1, operator: 'o', part: 'network', cycles: 0.3 * cycles },
    ]
    result.latency.byLayer = [{ layer: 0, operator: 'q', cycles: 5 }]
    result.cores[3]!.waits = [{ reason: 'semaphore', cycles: 90, culpritCore: 7, culpritOperator: 'down' }, { reason: 'spikes', cycles: 10 }]
    const row = { set: 'core.lanes=128', line: 'core: { lanes: 128 }', energyRatio: 0.9, latencyRatio: 0.5, areaRatio: 1.1, why: 'adders' }
    const page = await htmlReport(result, SECTIONS, { advice: { advice: [row], together: null } })
    const text = parseHtml(page).querySelector('main')!.textContent!.replace(/\s+/g, ' ')
    expect(text).toContain('70.0 % of the time went to adders; the longest operator is gateUp with 70.0 %')
    expect(text).toContain('Cores waited mostly for semaphore: 90.0 % of all waiting, most often on core 7, down.')
    expect(parseHtml(page).querySelector('#change table')!.textContent).toMatch(/lanes: 128.*−10\.0.*−50\.0.*\+10\.0/)
    expect(text).toContain('Who let them wait')
    expect(await htmlReport(exampleResult())).not.toMatch(/Backwards from the last event|Who let them wait/)
  })

  it('stays below 1 MB for a system of thousands of cores', async () => {
    const result = exampleResult({ chip: { system: { chipColumns: 8, chipRows: 10 } } })
    result.cores.forEach((core) => {
      core.roles = [`gateUp of layer ${core.core % 32} [0..4096) x [0..352)`]
      core.utilisation = (core.core % 97) / 100
    })
    expect(result.cores.length).toBe(5120)
    const page = await htmlReport(result)
    expect(page.length).toBeLessThan(1_000_000)
    expect(page).toContain('Cores, links and routers are left out of it')
  })

  it('survives a result with parts missing from it: each broken section says so', async () => {
    const broken = { ...exampleResult(), links: undefined, mapping: undefined } as unknown as RunResult
    const document = parseHtml(await htmlReport(broken))
    expect(document.querySelectorAll('section').length).toBe(SECTIONS.length)
    expect(document.querySelectorAll('tr.error').length).toBeGreaterThanOrEqual(2)
    expect(document.querySelectorAll('#energy tr.error').length).toBe(0)
  })

  it('says when weights are statistical, when nothing was compared, and where a comparison failed', async () => {
    const result = exampleResult()
    result.weights = 'statistical'
    result.verification = { bitExact: false, logitsCompared: 0, firstMismatch: null }
    const page = await htmlReport(result)
    expect(page).toMatch(/weights are statistical/)
    expect(page).toMatch(/was not compared with the reference/)
    const firstMismatch = { position: 4, index: 17, chip: 1.5, reference: 1.25 }
    result.verification = { bitExact: false, logitsCompared: 512, firstMismatch }
    expect(await htmlReport(result)).toMatch(/position 4, logit 17: chip 1\.5, reference 1\.25/)
  })
})

describe('the page of a comparison', () => {
  it('is well-formed, self-contained and takes hostile names', async () => {
    const other = exampleResult({ chip: { core: { lanes: 256 } } })
    const comparison = compareResults([{ label: HOSTILE, result: hostileResult() }, { label: 'b', result: other }])
    const page = await comparisonHtml(comparison, '0.1.0')
    expect(unbalancedTag(page)).toBeUndefined()
    const document = parseHtml(page)
    expect(document.querySelectorAll('script').length).toBe(1)
    expect(document.querySelectorAll('img').length).toBe(0)
    expect(requests(page)).toEqual([])
    expect(document.querySelector('code')!.textContent).toBe('core.lanes')
  })
})

describe('markup', () => {
  it('escapes strings, joins lists, keeps markup', () => {
    expect(html`<p>${'<&"\''}${[1, html`<b>${'x'}</b>`]}</p>`.text).toBe('<p>&#60;&#38;&#34;&#39;1<b>x</b></p>')
  })

  it('writes JSON that cannot leave its script element', () => {
    const { text } = scriptJson({ a: '</script><!--\u2028' })
    expect(text).not.toMatch(/[<>\u2028]/)
    expect(JSON.parse(text)).toEqual({ a: '</script><!--\u2028' })
  })
})
