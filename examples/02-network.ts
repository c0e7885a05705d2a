import { Network } from '../index.js'

/** The network by itself: unloaded latency is hopCycles * routers + 2; multicast branches in the routers. */
const config = {
  columns: 8, rows: 8, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 4, bufferFlits: 8, hopCycles: 3,
} as const

function deliver(multicast: 'tree' | 'unicast', destinations: readonly number[]): { cycles: number; flitHops: number } {
  const network = new Network({ ...config, multicast }, 1)
  network.enqueue(0, network.destinations(0, destinations), 1, 0)
  let last = 0
  while (network.busy) {
    const cycle = network.cycle
    network.step()
    if (network.deliveredCount > 0) last = cycle
  }
  return { cycles: last, flitHops: network.flitHops }
}

console.log(`corner to corner, 15 routers: ${deliver('tree', [63]).cycles} cycles (3 * 15 + 2)`)
const sixteen = Array.from({ length: 16 }, (_, at) => 3 + 4 * at)
const [tree, copies] = [deliver('tree', sixteen), deliver('unicast', sixteen)]
console.log(`to 16 cores: ${tree.flitHops} flit-hops in ${tree.cycles} cycles as a tree, ${copies.flitHops} in ${copies.cycles} as 16 packets`)
