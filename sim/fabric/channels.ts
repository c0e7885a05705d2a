/**
 * The channel dependency graph of destination-based routes (Dally and Seitz, 1987): its nodes are the directed links; a
 * link depends on the one that some packet needs next while it holds the first. Without a cycle nothing can deadlock.
 */

/**
 * A cycle of links that wait for each other, as the routers along it (the first one again at the end); undefined when there is none.
 * @param next next router of each router (row) towards each router (column), negative where there is no way
 */
export function cycleOfChannels(next: Int32Array, routers: number): number[] | undefined {
  const dependsOn = new Map<number, Set<number>>()
  for (let target = 0; target < routers; target++) {
    for (let router = 0; router < routers; router++) {
      const second = router === target ? -1 : next[router * routers + target]!
      if (second < 0 || second === target) continue
      const third = next[second * routers + target]!
      if (third < 0) continue
      const channel = router * routers + second
      const known = dependsOn.get(channel) ?? new Set()
      dependsOn.set(channel, known.add(second * routers + third))
    }
  }
  const found = findCycle(dependsOn)
  return found && [...found, found[0]!].map((channel) => Math.floor(channel / routers))
}

/** Depth first without recursion: a cycle of the graph, or undefined. */
function findCycle(graph: ReadonlyMap<number, ReadonlySet<number>>): number[] | undefined {
  const finished = new Set<number>()
  for (const start of graph.keys()) {
    if (finished.has(start)) continue
    const path = [start]
    const onPath = new Set(path)
    const ahead = [[...graph.get(start)!]]
    while (path.length > 0) {
      const node = ahead.at(-1)!.pop()
      if (node === undefined) {
        finished.add(path.at(-1)!)
        onPath.delete(path.pop()!)
        ahead.pop()
      } else if (onPath.has(node)) return path.slice(path.indexOf(node))
      else if (!finished.has(node)) {
        path.push(node)
        onPath.add(node)
        ahead.push([...graph.get(node) ?? []])
      }
    }
  }
  return undefined
}
