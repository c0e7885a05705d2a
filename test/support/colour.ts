/**
 * How far apart colours look, to all eyes and to those of dichromats: CIEDE2000 (Sharma, Wu, Dalal 2005) in CIELAB under
 * D65, after Machado, Oliveira and Fernandes 2009 (severity 1) in linear sRGB.
 */

export type Sight = 'normal' | 'protanopia' | 'deuteranopia'
type Triple = readonly [number, number, number]

const MACHADO: Readonly<Record<Sight, readonly Triple[]>> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}

const times = (rows: readonly Triple[], [a, b, c]: Triple): Triple =>
  rows.map(([x, y, z]) => x * a + y * b + z * c) as unknown as Triple

/** '#rrggbb' in linear light, 0 to 1. */
export function linear(hex: string): Triple {
  if (!/^#[0-9a-f]{6}$/.test(hex)) throw new Error(`not a colour of the form #rrggbb: ${hex}`)
  return [1, 3, 5].map((at) => {
    const v = parseInt(hex.slice(at, at + 2), 16) / 255
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  }) as unknown as Triple
}

/** CIELAB of a colour as `sight` sees it. */
export function lab(hex: string, sight: Sight = 'normal'): Triple {
  const seen = times(MACHADO[sight], linear(hex)).map((v) => Math.min(1, Math.max(0, v))) as unknown as Triple
  const [x, y, z] = times([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]], seen)
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116)
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)]
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)]
}

const degrees = (b: number, a: number): number => (Math.atan2(b, a) * 180 / Math.PI + 360) % 360
const cos = (angle: number): number => Math.cos(angle * Math.PI / 180)

/** CIEDE2000 between two points of CIELAB. */
export function ciede2000([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const mean7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7
  const g = 0.5 * (1 - Math.sqrt(mean7 / (mean7 + 25 ** 7)))
  const [x1, x2] = [a1 * (1 + g), a2 * (1 + g)]
  const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)]
  const [h1, h2] = [degrees(b1, x1), degrees(b2, x2)]
  const gray = c1 * c2 === 0
  const turn = gray ? 0 : ((h2 - h1 + 540) % 360) - 180
  const [dl, dc, dh] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * Math.sin(turn * Math.PI / 360)]
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2]
  const h = gray ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + 360) / 2 % 360
  const t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63)
  const sl = 1 + 0.015 * (l - 50) ** 2 / Math.sqrt(20 + (l - 50) ** 2)
  const [sc, sh] = [1 + 0.045 * c, 1 + 0.015 * c * t]
  const rotation = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * Math.PI / 180)
  return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh))
}

/** CIEDE2000 between two colours as `sight` sees them. */
export function deltaE(a: string, b: string, sight: Sight): number {
  return ciede2000(lab(a, sight), lab(b, sight))
}

/** Contrast ratio of WCAG 2: 1 to 21. */
export function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => times([[0.2126, 0.7152, 0.0722], [0, 0, 0], [0, 0, 0]], linear(hex))[0]
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
