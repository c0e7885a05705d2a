/**
 * Shortest way round a ring of `size` routers: 0 for increasing, 1 for decreasing coordinates.
 * @param tie the answer when both ways are equally long
 */
export function ringDirection(from: number, to: number, size: number, tie: number): number {
  const balance = size - 2 * ((to - from + size) % size)
  if (balance === 0) return tie
  return balance > 0 ? 0 : 1
}

/** Whether the way from `from` to `to` in a direction crosses the wrap-around link: 1 or 0. */
export function ringWraps(from: number, to: number, direction: number): number {
  return direction === 0 ? (from > to ? 1 : 0) : (from < to ? 1 : 0)
}

/**
 * VC class on a ring: packets that wrap and packets that do not use different classes for the whole ring, which
 * breaks the cycle (no packet that wraps passes the middle of the ring). Which class is which depends on the
 * direction, as in BookSim2's dim_order_torus.
 */
export function ringClass(wraps: number, direction: number): number {
  return wraps ^ direction
}
