import { describe, expect, it } from 'vitest'
import { COMPONENTS } from '../../isa/actions.js'
import { DARK, LIGHT, type Palette } from '../../reports/colours.js'
import { COMPONENT_LOOK } from '../../reports/components.js'
import { ciede2000, contrast, deltaE, lab, type Sight } from '../support/colour.js'

const SIGHTS: readonly Sight[] = ['normal', 'protanopia', 'deuteranopia']

describe('the measure of difference', () => {
  // Pairs of the supplementary data of Sharma, Wu and Dalal 2005.
  it.each([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425], [[50, -1, 2], [50, 0, 0], 2.3669],
    [[50, 2.5, 0], [73, 25, -18], 27.1492], [[50, 2.5, 0], [58, 24, 15], 19.4535],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644], [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
    [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
  ] as const)('%j to %j is %d', (a, b, expected) => expect(ciede2000(a, b)).toBeCloseTo(expected, 4))

  it('sees red and green as near each other as dichromats do', () => {
    expect(deltaE('#c00000', '#5a5a00', 'protanopia')).toBeLessThan(deltaE('#c00000', '#5a5a00', 'normal') / 2)
    expect(lab('#ffffff', 'protanopia')[0]).toBeCloseTo(100, 1)
  })
})

describe('the colours of components', () => {
  it.each(SIGHTS)('are at least 10 apart, each from each, with %s sight', (sight) => {
    for (const a of COMPONENTS) {
      for (const b of COMPONENTS) {
        if (a >= b) continue
        const apart = deltaE(COMPONENT_LOOK[a].colour, COMPONENT_LOOK[b].colour, sight)
        expect(apart, `${a} and ${b}`).toBeGreaterThanOrEqual(10)
      }
    }
  })

  it('can be seen on a light and on a dark page', () => {
    for (const component of COMPONENTS) {
      expect(contrast(COMPONENT_LOOK[component].colour, LIGHT.surface), component).toBeGreaterThan(1.25)
      expect(contrast(COMPONENT_LOOK[component].colour, DARK.surface), component).toBeGreaterThan(1.7)
    }
  })

  it('mean one thing: no other colour of a page is one of them', () => {
    const own = new Set<string>(COMPONENTS.map((component) => COMPONENT_LOOK[component].colour))
    for (const palette of [LIGHT, DARK]) {
      for (const colour of [...Object.values(palette).flat()]) expect(own.has(colour), colour).toBe(false)
    }
  })
})

describe.each<[string, Palette, 1 | -1]>([['light', LIGHT, -1], ['dark', DARK, 1]])('the shades of heat on a %s page', (_, palette, direction) => {
  it.each(SIGHTS)('go one way in lightness, none hardly off the page, with %s sight', (sight) => {
    const lightness = palette.heat.map((shade) => lab(shade, sight)[0])
    for (let at = 1; at < lightness.length; at++) expect((lightness[at]! - lightness[at - 1]!) * direction, String(at)).toBeGreaterThan(2)
    expect(deltaE(palette.heat[0]!, palette.surface, sight)).toBeLessThan(6)
    expect(deltaE(palette.heat.at(-1)!, palette.surface, sight)).toBeGreaterThan(40)
  })

  it('are cold where little happens: no more red than blue up to a tenth', () => {
    for (const shade of palette.heat.slice(0, 5)) {
      const [red, , blue] = [1, 3, 5].map((at) => parseInt(shade.slice(at, at + 2), 16)) as [number, number, number]
      expect(blue, shade).toBeGreaterThan(red)
    }
  })

  it('carry ink that can be read', () => {
    palette.heat.forEach((shade, at) => expect(contrast(shade, palette.onHeat[at]!), String(at)).toBeGreaterThan(4))
  })
})
