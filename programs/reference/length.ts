/**
 * Refuses a token beyond the length that rotary frequencies were settled for: it would be computed with wrong ones.
 * @param longest tokens of the sequence, as `reset` was told
 */
export function checkLength(position: number, longest: number): void {
  if (position < longest) return
  throw new Error(`token ${position + 1} of a sequence of ${longest}: this model's frequencies depend on the length; tell reset() how long it is`)
}
