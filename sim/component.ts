import type { TraceSink } from './core/trace.js'

/**
 * What stands on a chip, whatever it does inside: the run loop (sim/chip/chip.ts) and the network know no more of it.
 * Cores, the host and memory ports are components. The loop steps a component when its cycle has come, hands it every
 * flit that arrives at its endpoint, and asks it what it waits for when nothing can happen any more.
 *
 * Laws:
 *   - A component acts only in `step` and `receive`, and reaches others only by packets; what it sends in a cycle enters the
 *     network in that cycle. So the order of components within a cycle, that of their numbers, is the only order there is.
 *   - It schedules itself (ports.schedule) for later cycles. It may be stepped in a cycle for which it no longer has work.
 *   - `settle` brings what can be read of it up to a cycle, for components that do not step through every change.
 */
export interface Component {
  /** Its number: who is stepped first in a cycle, and, of cores, the endpoint on the network. */
  readonly id: number
  /** Does what is due in this cycle. */
  step(): void
  /**
   * Takes one flit of a packet. True if its place in the receive buffer is free again at once; otherwise the component
   * releases it (ports.releaseFlit) when it has room.
   * @param flit index within the packet; the tail is the last
   */
  receive(packet: number, flit: number, isTail: boolean): boolean
  /** Flits of its have left its injection queue. */
  injected(): void
  /** Catches up with the end of a cycle. Returns the last cycle in which it did something, -1 if that changed nothing. */
  settle(cycle: number): number
  /** Reports what it does to a sink from this cycle on. */
  traceTo(sink: TraceSink): void
  /** True if it may stay as it is for ever. */
  isDone(): boolean
  /** In words, what it waits for; undefined when it is done. @param senders who could increment a semaphore of its */
  waitingFor(senders: (semaphore: number) => string): string | undefined
}

/** A component that takes part in the global time step. */
export interface BarrierMember extends Component {
  readonly isAtBarrier: boolean
  /**
   * The barrier is passed: it goes on when it is stepped next.
   * @param flits of the wave, which the first of the members books
   */
  passBarrier(flits: number): void
}
