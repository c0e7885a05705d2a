/**
 * A reader of trace files that holds them to what a trace viewer needs: slices of a track nest, both ends of what is
 * asynchronous and of every arrow are there, and each arrow begins and ends in a slice.
 */

export interface TraceEvent {
  readonly ph: string
  readonly pid: number
  readonly tid?: number
  readonly id?: number
  readonly ts?: number
  readonly dur?: number
  readonly cat?: string
  readonly name: string
  readonly args?: Readonly<Record<string, number | string | null>>
}

export interface TraceFile {
  readonly otherData: {
    readonly clockMHz: number; readonly cycles: number; readonly instructions: number; readonly rows: number
    readonly leftOut: number; readonly cut: string
  }
  readonly traceEvents: readonly TraceEvent[]
}

export const eventsOf = ({ traceEvents }: TraceFile, ph: string): TraceEvent[] => traceEvents.filter((event) => event.ph === ph)

/** Slices of every track, in the order of the file. */
export function tracksOf(trace: TraceFile): Map<string, TraceEvent[]> {
  const tracks = new Map<string, TraceEvent[]>()
  for (const slice of eventsOf(trace, 'X')) {
    const key = `${slice.pid}/${slice.tid}`
    const track = tracks.get(key)
    if (track === undefined) tracks.set(key, [slice])
    else track.push(slice)
  }
  return tracks
}

/** Nanoseconds, so that sums are exact. */
const begin = ({ ts }: TraceEvent): number => Math.round(ts! * 1000)
const end = (event: TraceEvent): number => Math.round((event.ts! + event.dur!) * 1000)

/** What is wrong with a trace, a line each; nothing is. */
export function faultsOf(trace: TraceFile): string[] {
  return [...nestingFaults(trace), ...pairFaults(trace), ...arrowFaults(trace), ...nameFaults(trace)]
}

function nestingFaults(trace: TraceFile): string[] {
  const faults: string[] = []
  for (const [key, track] of tracksOf(trace)) {
    const open: TraceEvent[] = []
    let before = 0
    for (const slice of track) {
      if (begin(slice) < before) faults.push(`${key}: ${slice.name} begins before the slice ahead of it`)
      before = begin(slice)
      while (open.length > 0 && end(open.at(-1)!) <= begin(slice)) open.pop()
      if (open.length > 0 && end(slice) > end(open.at(-1)!)) faults.push(`${key}: ${slice.name} at ${slice.ts} ends after ${open.at(-1)!.name}`)
      open.push(slice)
    }
  }
  return faults
}

function pairFaults(trace: TraceFile): string[] {
  const ends = new Map(eventsOf(trace, 'e').map((event) => [`${event.pid}/${event.cat}/${event.id}`, event]))
  const begins = eventsOf(trace, 'b')
  const faults = begins.filter((event) => !(ends.get(`${event.pid}/${event.cat}/${event.id}`)!.ts! >= event.ts!)).map(({ name }) => `${name}: no end`)
  return begins.length === ends.size ? faults : [...faults, `${begins.length} begins, ${ends.size} ends`]
}

function arrowFaults(trace: TraceFile): string[] {
  const tracks = tracksOf(trace)
  const finishes = new Map(eventsOf(trace, 'f').map((event) => [event.id, event]))
  const starts = eventsOf(trace, 's')
  const within = ({ pid, tid, ts }: TraceEvent): boolean => covers(tracks.get(`${pid}/${tid}`) ?? [], Math.round(ts! * 1000))
  const faults = starts.flatMap((start) => {
    const finish = finishes.get(start.id)
    if (finish === undefined) return [`arrow ${start.id}: no end`]
    return [
      ...(finish.ts! >= start.ts! ? [] : [`arrow ${start.id}: ends before it begins`]),
      ...(within(start) ? [] : [`arrow ${start.id}: begins in no slice`]), ...(within(finish) ? [] : [`arrow ${start.id}: ends in no slice`]),
    ]
  })
  return starts.length === finishes.size ? faults : [...faults, `${starts.length} arrows begin, ${finishes.size} end`]
}

/** Whether a time lies in a slice of a track whose outermost slices are in order. */
function covers(track: readonly TraceEvent[], time: number): boolean {
  let low = 0
  let high = track.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (begin(track[middle]!) <= time) low = middle + 1
    else high = middle
  }
  for (let at = low - 1; at >= 0 && at > low - 6; at--) if (end(track[at]!) >= time) return true
  return false
}

function nameFaults(trace: TraceFile): string[] {
  const named = new Set(eventsOf(trace, 'M').filter(({ name }) => name === 'thread_name').map(({ pid, tid }) => `${pid}/${tid}`))
  return [...tracksOf(trace).keys()].filter((key) => !named.has(key)).map((key) => `track ${key} has no name`)
}
