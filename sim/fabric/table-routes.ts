import type { FabricTable } from './description.js'

/** No way from a router to another, or none is needed. */
export const NO_ROUTE = -1

/** A link as one router sees it. */
export interface Arc {
  readonly to: number
  readonly cycles: number
}

/** The working links of every router, in the order of the table. */
export function arcsOf(routers: number, { links, dead }: FabricTable): Arc[][] {
  const arcs: Arc[][] = Array.from({ length: routers }, () => [])
  for (const { from, to, cycles } of links) {
    if (dead.includes(from) || dead.includes(to)) continue
    arcs[from]!.push({ to, cycles })
    arcs[to]!.push({ to: from, cycles })
  }
  return arcs
}

/** Cycles from every router to `target` over some of the arcs (Dijkstra, in its plain form); Infinity where no way leads. */
function cyclesTo(arcs: readonly (readonly Arc[])[], target: number, hopCycles: number): Float64Array {
  const cycles = new Float64Array(arcs.length).fill(Infinity)
  cycles[target] = 0
  const open = new Set([target])
  while (open.size > 0) {
    let nearest = -1
    for (const router of open) if (nearest < 0 || cycles[router]! < cycles[nearest]!) nearest = router
    open.delete(nearest)
    for (const arc of arcs[nearest]!) {
      const through = cycles[nearest]! + arc.cycles + hopCycles
      if (through >= cycles[arc.to]!) continue
      cycles[arc.to] = through
      open.add(arc.to)
    }
  }
  return cycles
}

/** What a router costs beside its link, for choosing between short and many links. */
const ROUTER_CYCLES = 2

/** Of the arcs of a router the one on a cheapest way, the lowest router number first; NO_ROUTE when none leads there. */
function cheapest(arcs: readonly Arc[], cyclesFrom: Float64Array): number {
  let best = NO_ROUTE
  let bestCycles = Infinity
  for (const { to, cycles } of arcs) {
    const through = cycles + ROUTER_CYCLES + cyclesFrom[to]!
    if (through > bestCycles || through === Infinity || (through === bestCycles && to > best)) continue
    best = to
    bestCycles = through
  }
  return best
}

/** Next router of each router (row) towards each router (column), fewest cycles. */
export function shortestRoutes(arcs: readonly (readonly Arc[])[]): Int32Array {
  const routers = arcs.length
  const next = new Int32Array(routers * routers).fill(NO_ROUTE)
  for (let target = 0; target < routers; target++) {
    const cycles = cyclesTo(arcs, target, ROUTER_CYCLES)
    for (let router = 0; router < routers; router++) {
      if (router !== target) next[router * routers + target] = cheapest(arcs[router]!, cycles)
    }
  }
  return next
}

/** Order of routers in a breadth-first tree from the first one that works; routers apart from it come last. */
function treeOrder(arcs: readonly (readonly Arc[])[]): Int32Array {
  const order = new Int32Array(arcs.length).fill(-1)
  let count = 0
  for (let root = 0; root < arcs.length; root++) {
    if (order[root]! >= 0) continue
    const queue = [root]
    order[root] = count++
    for (let at = 0; at < queue.length; at++) {
      for (const { to } of [...arcs[queue[at]!]!].sort((a, b) => a.to - b.to)) {
        if (order[to]! >= 0) continue
        order[to] = count++
        queue.push(to)
      }
    }
  }
  return order
}

/**
 * Up*\/down* routes (Schroeder and others, Autonet, 1991): every link has an upper end, the one nearer to the root of a
 * breadth-first tree; a packet goes up first, then down, so no cycle of links waits for itself. Here the next router
 * depends on where a packet is and goes, not on where it comes from: who can reach the target by going down only does,
 * which holds for all routers after it, and everybody else goes up.
 */
export function upDownRoutes(arcs: readonly (readonly Arc[])[]): Int32Array {
  const routers = arcs.length
  const order = treeOrder(arcs)
  const isUp = (from: number, to: number): boolean => order[to]! < order[from]!
  const up = arcs.map((list, from) => list.filter(({ to }) => isUp(from, to)))
  const down = arcs.map((list, from) => list.filter(({ to }) => !isUp(from, to)))
  const next = new Int32Array(routers * routers).fill(NO_ROUTE)
  const byOrder = Array.from(order.keys()).sort((a, b) => order[a]! - order[b]!)
  for (let target = 0; target < routers; target++) {
    // Going down to the target is going up from it: the arcs of `up` read backwards.
    const downCycles = cyclesTo(up, target, ROUTER_CYCLES)
    const cycles = downCycles.slice()
    for (const router of byOrder) {
      if (router === target) continue
      const goesDown = downCycles[router] !== Infinity
      next[router * routers + target] = cheapest(goesDown ? down[router]! : up[router]!, goesDown ? downCycles : cycles)
      if (goesDown) continue
      for (const arc of up[router]!) cycles[router] = Math.min(cycles[router]!, arc.cycles + ROUTER_CYCLES + cycles[arc.to]!)
    }
  }
  return next
}

/** The routes a table asks for. */
export function routesOf(routers: number, table: FabricTable): Int32Array {
  const arcs = arcsOf(routers, table)
  if (table.routes === 'shortest') return shortestRoutes(arcs)
  if (table.routes === 'up-down') return upDownRoutes(arcs)
  return Int32Array.from(table.routes.flat())
}
