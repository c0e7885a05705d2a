/** Words of a row of a KV cache: its scale, then a head's integers, four to a word (isa/table/attention.ts). */
export function cacheRowWords(headDim: number): number {
  return 1 + Math.ceil(headDim / 4)
}
