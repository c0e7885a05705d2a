import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'vitest'

/** Numbers to three decimals, one element a line: what does not show in a picture does not show in a diff. */
export function normaliseSvg(svg: string): string {
  const rounded = svg.replace(/-?\d+\.\d{4,}/g, (digits) => String(Number(Number(digits).toFixed(3))))
  return `${rounded.replace(/></g, '>\n<')}\n`
}

/**
 * Compares an SVG with the committed one. On a difference the new one is written beside it, NAME-changed.svg, to look
 * at; UPDATE=1 accepts it.
 */
export function expectGoldenSvg(svg: string, file: string): void {
  const actual = normaliseSvg(svg)
  const changed = file.replace(/\.svg$/, '-changed.svg')
  if (process.env['UPDATE'] === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, actual)
    rmSync(changed, { force: true })
    return
  }
  const same = existsSync(file) && readFileSync(file, 'utf8') === actual
  if (same) rmSync(changed, { force: true })
  else writeFileSync(changed, actual)
  expect(same, `${file} differs: look at ${changed}; accept it with UPDATE=1`).toBe(true)
}
