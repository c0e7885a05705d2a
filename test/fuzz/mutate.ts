import type { Random } from '../../sim/random.js'

/** Ways to spoil an input that is right, each drawn from a seed. */

/** Numbers that readers trip over: signs, fractions, ends of ranges, and what JSON can spell and nobody means. */
export const NASTY_NUMBERS: readonly number[] = [
  0, -0, 1, -1, 2, 1.5, -5, 255, 256, 65535, 65536, 999999, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53,
  2 ** 53 + 2, 2 ** 63, 1e-9, 1e9, 1e18, 1e308, -1e308, 5e-324,
]
export const NASTY_TEXTS: readonly string[] = [
  '', ' ', '0', '-1', 'NaN', 'Infinity', '1e309', 'constructor', '__proto__', 'toString', 'null', '\u0000', '\uFEFF', '\u202e', '\ud800',
  '../..', '/dev/zero', '.', '(a+)+$', '<s>', '\n', '\r', '#', ',', ':', ';', '{', '[', '"', '\\', '%s', 'é', '中', '😀', 'x'.repeat(300),
]

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)]!
}

function nastyValue(random: Random): unknown {
  switch (random.below(9)) {
    case 0: return null
    case 1: return random.below(2) === 0
    case 2: return pick(random, NASTY_TEXTS)
    case 3: return []
    case 4: return {}
    case 5: return Array.from({ length: random.below(4) }, () => pick(random, NASTY_NUMBERS))
    case 6: return JSON.parse('['.repeat(70) + ']'.repeat(70))
    default: return pick(random, NASTY_NUMBERS)
  }
}

type Container = Record<string, unknown>

/** Every object and list of a value. */
function containers(value: unknown, found: Container[] = []): Container[] {
  if (typeof value !== 'object' || value === null) return found
  found.push(value as Container)
  for (const inner of Object.values(value)) containers(inner, found)
  return found
}

function spoilContainer(random: Random, container: Container): void {
  const keys = Object.keys(container)
  const key = keys.length === 0 ? 'a' : pick(random, keys)
  switch (random.below(6)) {
    case 0: delete container[key]; break
    case 1: container[pick(random, NASTY_TEXTS)] = container[key]; break
    case 2:
      if (Array.isArray(container)) Array.prototype.push.call(container, container[0])
      else container[`${key}x`] = container[key]
      break
    case 3: {
      const other = keys.length === 0 ? key : pick(random, keys);
      [container[key], container[other]] = [container[other], container[key]]
      break
    }
    default: container[key] = nastyValue(random)
  }
}

/** A copy of a JSON value with up to three of its parts changed. */
export function spoilJson(random: Random, value: unknown): unknown {
  const root = { root: structuredClone(value) }
  for (let n = 1 + random.below(3); n > 0; n--) spoilContainer(random, pick(random, containers(root)))
  return root.root
}

/** JSON as text, sometimes with the text itself spoilt. */
export function jsonText(random: Random, value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return random.below(4) === 0 ? spoilText(random, text) : text
}

const DELIMITERS = new Set(' \t\n\r\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff,:;{}[]"()')
const IS_DELIMITER = Uint8Array.from({ length: 65536 }, (_, code) => (DELIMITERS.has(String.fromCharCode(code)) ? 1 : 0))

let starts = new Int32Array(1 << 16)

/** Where the tokens of a text begin, and its end: a delimiter is a token, and so is what stands between two. */
function tokenStarts(text: string): Int32Array {
  if (starts.length < text.length + 2) starts = new Int32Array(2 * text.length + 2)
  let count = 0
  let isBehind = 1
  for (let at = 0; at < text.length; at++) {
    const isDelimiter = IS_DELIMITER[text.charCodeAt(at)]!
    if ((isDelimiter | isBehind) === 1) starts[count++] = at
    isBehind = isDelimiter
  }
  if (count === 0) starts[count++] = 0
  starts[count++] = text.length
  return starts.subarray(0, count)
}

/** A text with a few of its tokens replaced, doubled, dropped or exchanged. */
export function spoilText(random: Random, text: string): string {
  let result = text
  for (let n = 1 + random.below(3); n > 0; n--) {
    const begins = tokenStarts(result)
    const tokens = begins.length - 1
    const at = random.below(tokens)
    const [before, token, behind] = [result.slice(0, begins[at]), result.slice(begins[at], begins[at + 1]), result.slice(begins[at + 1])]
    switch (random.below(7)) {
      case 0: result = before + behind; break
      case 1: result = before + token + token + behind; break
      case 2: result = before + String(pick(random, NASTY_NUMBERS)) + behind; break
      case 3: result = before + pick(random, NASTY_TEXTS) + token + behind; break
      case 4: result = before; break
      case 5: {
        const from = random.below(tokens)
        result = before + result.slice(begins[from], begins[Math.min(tokens, from + 20)]) + token + behind
        break
      }
      default: result = before + pick(random, NASTY_TEXTS) + behind
    }
    if (result.length > 200_000) result = result.slice(0, 200_000)
  }
  return result
}

const NASTY_WORDS: readonly bigint[] = [
  0n, 1n, 2n, 3n, 8n, 9n, 12n, 255n, 256n, 0x7fffn, 0xffffn, 0x7e00n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x7fc00000n, 0x7f800000n,
  1n << 32n, (1n << 53n) + 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, 2_900_000_000n,
]

function spoilBytesOnce(random: Random, bytes: Buffer, head: number): Buffer {
  if (bytes.length === 0) return Buffer.from([random.below(256)])
  const at = random.below(random.below(4) === 0 ? bytes.length : Math.min(head, bytes.length))
  switch (random.below(7)) {
    case 0: bytes[at]! ^= 1 << random.below(8); return bytes
    case 1: bytes[at] = pick(random, [0, 1, 0x7f, 0x80, 0xff, random.below(256)]); return bytes
    case 2: return bytes.subarray(0, at)
    case 3: {
      const length = random.below(64)
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length)).subarray(0, length), bytes.subarray(at)])
    }
    case 4: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))])
    default: {
      const size = pick(random, [2, 4, 8])
      if (at + size > bytes.length) return bytes
      const word = Buffer.alloc(8)
      word.writeBigUInt64LE(pick(random, NASTY_WORDS))
      word.copy(bytes, at, 0, size)
      return bytes
    }
  }
}

/** Bytes with up to three places changed, most of them among the first `head`. */
export function spoilBytes(random: Random, bytes: Uint8Array, head = bytes.length): Buffer {
  let result: Buffer = Buffer.from(bytes)
  for (let n = 1 + random.below(3); n > 0; n--) result = spoilBytesOnce(random, result, head)
  return result
}
