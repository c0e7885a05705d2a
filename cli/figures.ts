import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Chart } from '../reports/svg.js'
import type { FigureKind } from './figure-kinds.js'
import type { OutputFolder } from './outputs.js'

/** Charts as files: SVG, what is made from SVG, and the numbers. */

/** Pixels of a PNG for each drawing unit: 300 dots an inch in a column of 86 mm. */
const PNG_SCALE = 2

/** The font that charts name first, as files: the same pixels on every machine, and embedded in a PDF. */
function fontFiles(): { readonly regular: string; readonly bold: string } {
  const folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')
  return { regular: join(folder, 'DejaVuSans.ttf'), bold: join(folder, 'DejaVuSans-Bold.ttf') }
}

/** The picture as PNG. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const { regular, bold } = fontFiles()
  return new Resvg(svg, {
    fitTo: { mode: 'zoom', value: PNG_SCALE },
    font: { fontFiles: [regular, bold], loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  }).render().asPng()
}

/** The picture as a PDF of its size, text as text in an embedded font; the same bytes each time. */
export async function pdfOf(svg: string, { width, height, title }: Pick<Chart, 'width' | 'height' | 'title'>): Promise<Uint8Array> {
  const [{ default: PDFDocument }, { default: drawSvg }] = await Promise.all([import('pdfkit'), import('svg-to-pdfkit')])
  const { regular, bold } = fontFiles()
  const document = new PDFDocument({
    size: [width, height], margin: 0, font: regular,
    info: { Title: title, Creator: 'Spikeloom', Producer: 'Spikeloom', CreationDate: new Date(0) },
  })
  const chunks: Uint8Array[] = []
  const finished = new Promise((resolve, reject) => document.on('end', resolve).on('error', reject))
  document.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  drawSvg(document, svg, 0, 0, { assumePt: true, fontCallback: (_family, isBold) => (isBold ? bold : regular) })
  document.end()
  await finished
  return Buffer.concat(chunks)
}

/**
 * Writes charts into a folder, in each of the kinds asked for.
 * @returns the files written
 */
export async function writeFigures(charts: readonly Chart[], out: OutputFolder, kinds: readonly FigureKind[]): Promise<string[]> {
  const [{ renderChart }, { csvOf }] = await Promise.all([import('../reports/svg.js'), import('../reports/csv.js')])
  const files: string[] = []
  const write = async (name: string, data: string | Uint8Array): Promise<void> => {
    files.push(await out.write(name, data))
  }
  for (const chart of charts) {
    const path = `charts/${chart.name}`
    const svg = `${await renderChart(chart, true)}\n`
    if (kinds.includes('svg')) await write(`${path}.svg`, svg)
    if (kinds.includes('png')) await write(`${path}.png`, await pngOf(svg))
    if (kinds.includes('pdf')) await write(`${path}.pdf`, await pdfOf(svg, chart))
    if (kinds.includes('csv') && chart.table !== undefined) await write(`${path}.csv`, csvOf(chart.table))
  }
  return files
}
