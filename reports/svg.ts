import { printable } from './format.js'
import { LIGHT, lookOf } from './colours.js'
import type { ChartTable } from './csv.js'

/**
 * SVG without a document model: elements are a small tree that is written out as XML. Colours and fonts are literal attributes,
 * because var(), currentColor and style sheets are black or nothing in rsvg-convert, Inkscape and LaTeX.
 */

const NAME = /^[a-zA-Z][a-zA-Z:-]*$/

function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** One element; its methods are named as those of a d3 selection, and chain as they do. */
export class Svg {
  private readonly name: string
  private readonly attributes = new Map<string, string | number>()
  private readonly children: (Svg | string)[] = []

  constructor(name: string) {
    if (!NAME.test(name)) throw new Error(`not the name of an element: ${name}`)
    this.name = name
  }

  /** Adds a child and returns it. */
  append(name: string): Svg {
    const child = new Svg(name)
    this.children.push(child)
    return child
  }

  attr(name: string, value: string | number): this {
    this.attributes.set(name, value)
    return this
  }

  /** Adds text, escaped. */
  text(content: string | number): this {
    this.children.push(String(content))
    return this
  }

  /** The element as XML: what its classes look like is written into it, unless it says otherwise itself. */
  xml(): string {
    const looks = this.name === 'text' ? { fill: LIGHT.ink } : {}
    const classes = String(this.attributes.get('class') ?? '').split(' ')
    const all = new Map<string, string | number>(Object.entries(Object.assign(looks, ...classes.map((name) => lookOf(name)))))
    for (const [name, value] of this.attributes) all.set(name, value)
    const attributes = [...all].map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`).join('')
    if (this.children.length === 0) return `<${this.name}${attributes}/>`
    const inside = this.children.map((child) => (typeof child === 'string' ? escapeXml(child) : child.xml())).join('')
    return `<${this.name}${attributes}>${inside}</${this.name}>`
  }
}

/** A chart: its frame, and how to draw it into an empty <svg>. */
export interface Chart {
  /** File name without extension, and id in the page. */
  readonly name: string
  readonly title: string
  /** One sentence that says what the chart shows, for those who do not see it. */
  readonly description: string
  readonly width: number
  readonly height: number
  readonly draw: (svg: Svg) => void
  /** The numbers that are drawn. */
  readonly table?: ChartTable
}

/** First a font that is there on any Linux, and as a package; then what other systems have. */
export const CHART_FONT = '"DejaVu Sans", Arial, sans-serif'

/**
 * Draws a chart with its title and description for screen readers.
 * @param standalone true: with a background, for a file of its own; false: for a page, whose style sheet knows dark screens
 */
export async function renderChart(chart: Chart, standalone: boolean): Promise<string> {
  const { name, width, height } = chart
  const svg = new Svg('svg').attr('xmlns', 'http://www.w3.org/2000/svg').attr('width', width).attr('height', height)
    .attr('viewBox', `0 0 ${width} ${height}`).attr('class', 'chart').attr('font-family', CHART_FONT.replaceAll('"', '\''))
    .attr('font-size', 12)
  if (!standalone) svg.attr('style', `max-width:${width}px`)
  svg.attr('role', 'img').attr('aria-labelledby', `${name}-title ${name}-desc`)
  svg.append('title').attr('id', `${name}-title`).text(chart.title)
  svg.append('desc').attr('id', `${name}-desc`).text(chart.description)
  if (standalone) svg.append('rect').attr('class', 'surface').attr('width', width).attr('height', height)
  chart.draw(svg)
  return svg.xml()
}
