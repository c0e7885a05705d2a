import type { Network } from './network.js'
import { LAYOUT } from './layout.js'

const {
  B_FIRST, B_OPEN, B_OVC, I_COUNT, I_HEAD, I_HELD, I_KEY, I_PORT, I_RING, I_STATE, O_CREDITS, O_KEY, O_PORT,
  P_ENDPOINT, P_IN, P_NUMBER, P_PAIR, P_ROUTER, R_INDEX, VC_ACTIVE, VC_BRANCHING, VC_IDLE,
} = LAYOUT

/** What a head or a flit behind it waits for. */
export type WaitReason = 'route' | 'vc' | 'credit' | 'link' | 'receiver' | 'switch'

/** One wait: a packet in an input VC of a router, and the output it wants (absent while it is routed). */
export interface Wait {
  readonly packet: number
  readonly worm: number
  readonly router: number
  readonly inputPort: number
  readonly inputVc: number
  readonly outputPort: number
  /** Output VC held, -1 when it waits for one. */
  readonly outputVc: number
  readonly reason: WaitReason
}

function switchWait(network: Network, out: number, ovc: number): WaitReason {
  const { routers } = network
  const { m, finiteReceive, receiveFree } = routers
  if (m[ovc + O_CREDITS] === 0) return 'credit'
  if (routers.linkBusy(out)) return 'link'
  const endpoint = m[out + P_ENDPOINT]!
  return finiteReceive && endpoint >= 0 && m[receiveFree + endpoint]! <= 0 ? 'receiver' : 'switch'
}

/** The waits of one input VC (address `ivc`) that holds a flit; several when its packet branches. */
export function waitsOfChannel(network: Network, ivc: number): Wait[] {
  const { m, wiring } = network.routers
  const inPort = m[ivc + I_PORT]!
  const router = m[m[inPort + P_ROUTER]! + R_INDEX]!
  const worm = m[ivc + I_RING + m[ivc + I_HEAD]!]! >> 2
  const base = {
    packet: network.worms.packet[worm]!, worm, router, inputPort: m[inPort + P_NUMBER]!, inputVc: m[ivc + I_KEY]! & 15,
  }
  const waits: Wait[] = []
  const holds = (ovc: number): void => {
    const out = m[ovc + O_PORT]!
    waits.push({
      ...base, outputPort: m[out + P_NUMBER]!, outputVc: m[ovc + O_KEY]! & 15, reason: switchWait(network, out, ovc),
    })
  }
  for (let port = 0; port < wiring.ports; port++) {
    const pair = m[network.routers.portAt(router, port) + P_PAIR + base.inputPort]!
    if (((pair >> base.inputVc) & 1) === 1) waits.push({ ...base, outputPort: port, outputVc: -1, reason: 'vc' })
  }
  if (m[ivc + I_STATE] === VC_ACTIVE) holds(m[ivc + I_HELD]!)
  if (m[ivc + I_STATE] === VC_BRANCHING) {
    const record = m[ivc + I_HELD]!
    for (let port = 0; port < wiring.ports; port++) {
      const ovc = m[record + B_FIRST + 4 * port + B_OVC]!
      if (((m[record + B_OPEN]! >> port) & 1) === 1 && ovc >= 0) holds(ovc)
    }
  }
  if (waits.length === 0) waits.push({ ...base, outputPort: -1, outputVc: -1, reason: 'route' })
  return waits
}

/** Every wait in the routers, in router, port and VC order. */
export function waits(network: Network): Wait[] {
  const { routers, config } = network
  const found: Wait[] = []
  for (let router = 0; router < routers.wiring.routers; router++) {
    for (let port = 0; port < routers.wiring.ports; port++) {
      const first = routers.m[routers.portAt(router, port) + P_IN]!
      for (let vc = 0; vc < config.virtualChannels; vc++) {
        const ivc = first + vc * routers.ivcSize
        if (routers.m[ivc + I_STATE] === VC_IDLE || routers.m[ivc + I_COUNT] === 0) continue
        found.push(...waitsOfChannel(network, ivc))
      }
    }
  }
  return found
}

function describe(network: Network, wait: Wait): string {
  const { wiring, fabric } = network.routers
  const { router } = wait
  const where = `packet ${wait.packet} in router ${router} (column ${wiring.columnOf[router]}, row ` +
    `${wiring.rowOf[router]}), input ${fabric.portName(router, wait.inputPort)}, VC ${wait.inputVc}`
  const output = wait.outputPort < 0 ? '' : `output ${fabric.portName(router, wait.outputPort)}`
  switch (wait.reason) {
    case 'route': return `${where}: waits for its route`
    case 'vc': return `${where}: waits for a virtual channel of ${output}`
    case 'credit':
      return `${where}: waits for a credit of VC ${wait.outputVc} of ${output} ` +
        `(the ${network.config.bufferFlits} flits of the buffer behind it are taken)`
    case 'link': return `${where}: waits for the link of ${output}`
    case 'receiver': return `${where}: waits for room in the receive buffer of ${output.slice('output '.length)}`
    case 'switch': return `${where}: waits for the switch to ${output}`
  }
}

/** One line per packet that waits in a buffer or at the head of a source queue. */
export function describeStuck(network: Network): string[] {
  const lines = waits(network).map((wait) => describe(network, wait))
  for (let source = 0; source < network.endpoints; source++) {
    const worm = network.sourceHead(source)
    if (worm < 0) continue
    lines.push(
      `packet ${network.worms.packet[worm]} at source endpoint ${source}: waits to enter its router ` +
      `(${network.queuedFlits(source)} flits queued)`)
  }
  return lines
}
