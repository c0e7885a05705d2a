import { COMPONENTS } from '../isa/actions.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import type { Cell, ChartTable } from './csv.js'
import type { TableName } from './table-names.js'

/** A result as flat tables, units in the names of columns; null where a result does not say. */

const key = (row: { readonly operator: string; readonly layer: number }): string => `${row.layer} ${row.operator}`

function layers({ energy, activity, latency }: RunResult): ChartTable {
  const spikes = new Map(activity.byOperator.map((row) => [key(row), row]))
  const joules = new Map(energy.byOperator.map((row) => [key(row), row]))
  const cycles = new Map<string, number>()
  for (const row of latency.byLayer ?? []) cycles.set(key(row), (cycles.get(key(row)) ?? 0) + row.cycles)
  const rows = [...new Map([...energy.byOperator, ...activity.byOperator, ...latency.byLayer ?? []].map((row) => [key(row), row])).values()]
  return {
    columns: [
      'layer', 'operator', 'cycles', 'dynamic_pJ', ...COMPONENTS.map((component) => `${component}_pJ`), 'activations', 'spikes',
      'spikes_per_activation', 'firing_rate', 'time_steps', 'synaptic_additions',
    ],
    rows: rows.map((row): Cell[] => {
      const [fired, paid] = [spikes.get(key(row)), joules.get(key(row))]
      return [
        row.layer, row.operator, cycles.get(key(row)) ?? null, paid?.totalPj ?? null,
        ...COMPONENTS.map((component) => paid?.byComponent[component] ?? null),
        fired?.activations ?? null, fired?.spikes ?? null, fired?.spikesPerActivation ?? null, fired?.firingRate ?? null,
        fired?.timeSteps ?? null, fired?.synapticAdditions ?? null,
      ]
    }),
  }
}

function cores(result: RunResult): ChartTable {
  return {
    columns: [
      'core', 'column', 'row', 'roles', 'utilisation', 'adders_cycles', 'vector_cycles', 'encoder_cycles', 'packetiser_cycles',
      'control_cycles', 'waiting_cycles', 'spikes_consumed',
    ],
    rows: result.cores.map((core) => {
      const { adders, vector, encoder, packetiser, control, waiting } = core.busyCycles
      return [
        core.core, core.column, core.row, core.roles.join('; '), core.utilisation, adders, vector, encoder, packetiser, control,
        waiting, core.spikesConsumed,
      ]
    }),
  }
}

function waits(result: RunResult): ChartTable {
  return {
    columns: ['core', 'reason', 'cycles', 'culprit_core', 'culprit_operator'],
    rows: result.cores.flatMap((core) => (core.waits ?? []).map((wait) => (
      [core.core, wait.reason, wait.cycles, wait.culpritCore ?? null, wait.culpritOperator ?? null]
    ))),
  }
}

function links(result: RunResult): ChartTable {
  return {
    columns: ['from_column', 'from_row', 'to_column', 'to_row', 'flits', 'utilisation'],
    rows: result.links.map(({ from, to, flits, utilisation }) => [from.column, from.row, to.column, to.row, flits, utilisation]),
  }
}

function routers(result: RunResult): ChartTable {
  return { columns: ['column', 'row', 'flit_hops'], rows: result.routers.map(({ column, row, flitHops }) => [column, row, flitHops]) }
}

function prices(result: RunResult): ChartTable {
  return {
    columns: [
      'name', 'kind', 'component', 'value', 'unit', 'count', 'energy_pJ', 'technology_nm', 'supply_V', 'mark', 'overridden', 'formula',
      'source',
    ],
    rows: result.constants.map((row) => [
      row.name, row.kind, row.component, row.value, row.unit, row.count, row.energyPj, row.technologyNm, row.supplyVolts, row.mark,
      row.overridden ? 1 : 0, row.formula, row.source,
    ]),
  }
}

function timeline({ latency }: RunResult): ChartTable {
  const secondsPerCycle = latency.cycles > 0 ? latency.seconds / latency.cycles : 0
  return {
    columns: ['index', 'sequence', 'position', 'phase', 'text', 'start_cycle', 'end_cycle', 'start_s', 'end_s'],
    rows: latency.timeline.map((token) => [
      token.index, token.sequence, token.position, token.phase, token.text, token.startCycle, token.endCycle,
      token.startCycle * secondsPerCycle, token.endCycle * secondsPerCycle,
    ]),
  }
}

function path({ latency }: RunResult): ChartTable {
  return {
    columns: ['core', 'operator', 'part', 'cycles'],
    rows: (latency.criticalPath ?? []).map(({ core, operator, part, cycles }) => [core, operator, part, cycles]),
  }
}

function power({ power: drawn }: RunResult): ChartTable {
  return {
    columns: ['start_s', 'watts'],
    rows: (drawn?.watts ?? []).map((watts, bin) => [bin * drawn!.binSeconds, watts]),
  }
}

const TABLES: Readonly<Record<TableName, (result: RunResult) => ChartTable>> = {
  layers, cores, waits, links, routers, prices, timeline, path, power,
}

/**
 * A table of a result.
 * @throws InputError for a table of which the result has nothing
 */
export function resultTable(result: RunResult, name: TableName): ChartTable {
  const table = TABLES[name](result)
  if (table.rows.length > 0) return table
  throw new InputError(`this result has nothing for the table '${name}': it was written without, or by an older Spikeloom.`)
}
