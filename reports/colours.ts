/**
 * Colours of pages and charts: each means one thing. Charts carry them as literal attributes, which every renderer and paper
 * understands; on a page a style sheet replaces them where the reader's screen is dark.
 */

export interface Palette {
  readonly ink: string
  readonly soft: string
  readonly faint: string
  readonly surface: string
  readonly page: string
  readonly accent: string
  readonly good: string
  readonly bad: string
  /** How much of something: index 0 is none at all, and looks cold; the last is all there is. */
  readonly heat: readonly string[]
  /** Ink on each of them. */
  readonly onHeat: readonly string[]
}

export const LIGHT: Palette = {
  ink: '#1b1e23', soft: '#5c6470', faint: '#e3e6ea', surface: '#ffffff', page: '#f6f7f8', accent: '#1c55b8', good: '#1f7a43',
  bad: '#b3261e',
  heat: ['#eef2f6', '#d9e6f3', '#b5d0e9', '#8db3da', '#7d8ec6', '#8d62a8', '#a83a76', '#8f0f2e'],
  onHeat: ['#5c6470', '#1b1e23', '#1b1e23', '#1b1e23', '#000000', '#ffffff', '#ffffff', '#ffffff'],
}

export const DARK: Palette = {
  ink: '#e6e8eb', soft: '#9aa3ae', faint: '#2e343c', surface: '#181b20', page: '#101216', accent: '#7aa8f5', good: '#62c48a',
  bad: '#ff8a80',
  heat: ['#1c2127', '#20303f', '#28486a', '#3b6797', '#6b79b6', '#a97cc0', '#e48aa6', '#ffb59a'],
  onHeat: ['#9aa3ae', '#e6e8eb', '#e6e8eb', '#ffffff', '#ffffff', '#000000', '#000000', '#000000'],
}

/** How a class of chart elements is painted: attribute and the colour's key, or a value of its own. */
export interface Look {
  readonly fill?: keyof Palette | 'none'
  readonly stroke?: keyof Palette
  readonly extra?: Readonly<Record<string, string | number>>
}

export const LOOKS: Readonly<Record<string, Look>> = {
  ink: { fill: 'ink' },
  soft: { fill: 'soft' },
  strong: { extra: { 'font-weight': 'bold' } },
  grid: { stroke: 'faint', fill: 'none' },
  curve: { stroke: 'ink', fill: 'none', extra: { 'stroke-width': 1.5 } },
  band: { fill: 'faint' },
  bar: { fill: 'soft' },
  paper: { fill: 'ink' },
  prefill: { fill: 'surface', stroke: 'soft' },
  decode: { fill: 'ink' },
  cell: { fill: 'none', stroke: 'faint' },
  chip: { fill: 'none', stroke: 'soft', extra: { 'stroke-dasharray': '4 3' } },
  hub: { fill: 'none', stroke: 'ink', extra: { 'stroke-width': 1.5 } },
  node: { fill: 'surface', stroke: 'soft' },
  gap: { stroke: 'surface', extra: { 'stroke-width': 0.75 } },
  surface: { fill: 'surface' },
}

/** Shades of heat, none included. */
export const SHADES = LIGHT.heat.length

const SHADE = /^(heat|line|on)(\d)$/

/** The literal attributes of a class: 'heat3' fills with a shade, 'line3' strokes with it, 'on3' is ink upon it. */
export function lookOf(name: string, palette: Palette = LIGHT): Readonly<Record<string, string | number>> {
  const shade = SHADE.exec(name)
  if (shade) {
    const index = Number(shade[2])
    if (shade[1] === 'on') return { fill: palette.onHeat[index]! }
    return shade[1] === 'heat' ? { fill: palette.heat[index]! } : { fill: 'none', stroke: palette.heat[index]! }
  }
  const look = LOOKS[name]
  if (look === undefined) return {}
  const colour = (key: keyof Palette | 'none'): string => (key === 'none' ? 'none' : palette[key] as string)
  return {
    ...(look.fill === undefined ? {} : { fill: colour(look.fill) }),
    ...(look.stroke === undefined ? {} : { stroke: colour(look.stroke) }), ...look.extra,
  }
}

/** Every class with a look, for style sheets. */
export function lookNames(): string[] {
  const shades = Array.from({ length: SHADES }, (_, at) => [`heat${at}`, `line${at}`, `on${at}`]).flat()
  return [...Object.keys(LOOKS), ...shades]
}
