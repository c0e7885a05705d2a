/** Short names of what a core holds, from the roles that the compiler wrote. */

const LAYER = /^(.*?)(?:\[| of layer (\d+))/

/** 'qkv of layer 3 [0..128) x [0..256)' is 'qkv 3'; of several, the first and how many more. */
export function shortRole(roles: readonly string[]): string {
  const [first] = roles
  if (first === undefined) return ''
  const [, name = first, layer = ''] = LAYER.exec(first) ?? []
  const more = roles.length > 1 ? ` +${roles.length - 1}` : ''
  return `${name.trim()} ${layer}`.trim() + more
}

/** Hubs hold the residual vector of a layer, and what all its parts wait for. */
export function isHub(roles: readonly string[]): boolean {
  return roles.some((role) => /\bhub\b/.test(role))
}
