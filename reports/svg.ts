import type { BaseType, Selection } from 'd3'
import type { D3Node } from 'd3-node'
import { printable } from './format.js'
import { STANDALONE_STYLE } from './theme.js'

export type Svg = Selection<BaseType, unknown, null, undefined>

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
}

/** The document that all drawings are made in, one after the other: making one takes longer than drawing. */
let shared: D3Node | undefined

/**
 * Draws an SVG without a browser and returns its XML. The library behind it takes 0.4 s to load, so it is loaded on
 * the first call. Serialised as XML, because HTML serialisation writes entities that XML does not know.
 * @param width drawing units; the SVG scales to its container
 */
export async function renderSvg(width: number, height: number, draw: (svg: Svg) => void): Promise<string> {
  const { D3Node } = await import('d3-node')
  const node = shared ??= new D3Node()
  const svg = node.createSVG(width, height).attr('viewBox', `0 0 ${width} ${height}`).attr('class', 'chart')
  try {
    draw(svg)
    // Names may hold characters that XML forbids; the serialiser lets them through.
    return printable(new node.window.XMLSerializer().serializeToString(svg.node()))
  } finally {
    svg.remove()
  }
}

/**
 * Draws a chart with its title and description for screen readers.
 * @param standalone true: the colours are inside, for a file of its own; false: the page's style sheet has them
 */
export async function renderChart(chart: Chart, standalone: boolean): Promise<string> {
  return renderSvg(chart.width, chart.height, (svg) => {
    if (!standalone) svg.attr('style', `max-width:${chart.width}px`)
    svg.attr('role', 'img').attr('aria-labelledby', `${chart.name}-title ${chart.name}-desc`)
    svg.append('title').attr('id', `${chart.name}-title`).text(chart.title)
    svg.append('desc').attr('id', `${chart.name}-desc`).text(chart.description)
    if (standalone) {
      svg.append('style').text(STANDALONE_STYLE)
      svg.append('rect').attr('class', 'surface').attr('width', chart.width).attr('height', chart.height)
    }
    chart.draw(svg)
  })
}
