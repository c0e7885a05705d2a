import type { Network } from './network.js'
import { VC_ACTIVE, VC_BRANCHING, VC_IDLE, VC_WAITING } from './state.js'
import { FIRST_LOCAL_PORT, LINK_CHIP } from './topology.js'

const PORT_NAMES = ['east', 'west', 'south', 'north']

/** Name of a port for people: a direction, or the endpoint on it. */
export function portName(network: Network, portId: number): string {
  const { topology, portMask } = network.state
  const port = portId & portMask
  if (port < FIRST_LOCAL_PORT) return PORT_NAMES[port]!
  return `endpoint ${topology.portEndpoint[portId]}`
}

/** What a packet that holds an output VC waits for: 'credit', 'link', 'receiver' or 'switch'. */
export function switchWait(network: Network, out: number, ovc: number): 'credit' | 'link' | 'receiver' | 'switch' {
  const s = network.state
  if (s.credits[ovc] === 0) return 'credit'
  if (s.slowLinks && s.topology.kind[out] === LINK_CHIP && s.linkBusyUntil[out]! > s.now) return 'link'
  const endpoint = s.topology.portEndpoint[out]!
  if (s.finiteReceive && endpoint >= 0 && s.receiveFree[endpoint] === 0) return 'receiver'
  return 'switch'
}

function requestedOutputs(network: Network, ivc: number): number[] {
  const s = network.state
  const inPort = ivc >> s.vcShift
  const router = inPort >> s.portShift
  const outs: number[] = []
  for (let output = 0; output <= s.portMask; output++) {
    const out = (router << s.portShift) | output
    const requests = s.vaRequests[(out << s.portShift) | (inPort & s.portMask)]!
    if (((requests >> (ivc & s.vcMask)) & 1) === 1) outs.push(out)
  }
  return outs
}

function describeChannel(network: Network, ivc: number): string[] {
  const s = network.state
  const { topology, config } = network.state
  const inPort = ivc >> s.vcShift
  const router = inPort >> s.portShift
  const flit = s.buffer[(ivc << s.ringShift) + s.bufferHead[ivc]!]!
  const packet = network.worms.packet[flit >> 2]!
  const where = `packet ${packet} in router ${router} (column ${topology.columnOf[router]}, row ` +
    `${topology.rowOf[router]}), input ${portName(network, inPort)}, VC ${ivc & s.vcMask}`
  const lines: string[] = []
  for (const out of requestedOutputs(network, ivc)) {
    lines.push(`${where}: waits for a virtual channel of output ${portName(network, out)}`)
  }
  const held: number[] = []
  if (s.vcState[ivc] === VC_ACTIVE) held.push(s.heldOvc[ivc]!)
  if (s.vcState[ivc] === VC_BRANCHING) {
    for (let port = 0; port < s.topology.ports; port++) {
      const ovc = s.branchOvc[(ivc << s.portShift) | port]!
      if (((s.branchOpen[ivc]! >> port) & 1) === 1 && ovc >= 0) held.push(ovc)
    }
  }
  for (const ovc of held) {
    const out = ovc >> s.vcShift
    const reason = switchWait(network, out, ovc)
    const detail = reason === 'credit' ? ` of VC ${ovc & s.vcMask} (${config.bufferFlits} flits, all in use)` : ''
    lines.push(`${where}: waits for ${reason === 'switch' ? 'the switch' : `a ${reason}`}${detail} at output ${portName(network, out)}`)
  }
  if (s.vcState[ivc] === VC_WAITING && lines.length === 0) lines.push(`${where}: waits for its route`)
  return lines
}

/** One line per packet that waits in a buffer or at the head of a source queue. */
export function describeStuck(network: Network): string[] {
  const s = network.state
  const lines: string[] = []
  for (let ivc = 0; ivc < s.vcState.length; ivc++) {
    if (s.vcState[ivc] === VC_IDLE || s.bufferCount[ivc] === 0) continue
    lines.push(...describeChannel(network, ivc))
  }
  for (let source = 0; source < network.endpoints; source++) {
    const worm = network.sourceHead(source)
    if (worm < 0) continue
    lines.push(
      `packet ${network.worms.packet[worm]} at source endpoint ${source}: waits to enter its router ` +
      `(${network.queuedFlits(source)} flits queued)`)
  }
  return lines
}
