import { FIELD_KINDS, FORMATS, fieldRange, OPCODE_LOW, type Field, type Format } from './formats.js'
import { INSTRUCTIONS, type InstructionSpec, type OperandField } from './instructions.js'
import { GUIDE, INTRODUCTION } from './manual-guide.js'
import { UNIT_LANES } from './row.js'
import type { Actions, ElementCount, InstructionClass } from './row.js'

/** docs/isa.md, from the instruction table. */

const CLASS_TITLES: Readonly<Record<InstructionClass, string>> = {
  control: 'Control', scalar: 'Scalar', sync: 'Synchronisation', 'spikes in': 'Spikes in: trains and weights',
  'spikes out': 'Spikes out: the encoder', messages: 'Messages', memory: 'External memory', vector: 'Vector', attention: 'Attention',
}

const COUNT_TEXT: Readonly<Record<ElementCount, string>> = {
  none: '', len: 'len', rbOrLen: 'length', positions: 'positions', 'positions*len': 'positions * len',
  'spikes*positions': 'spikes * positions', 'spikes*len': 'spikes * len', running: 'n',
}

const ACCESS_TEXT = { read: 'read', write: 'written', update: 'read and written' } as const

/** The whole manual page, Markdown. */
export function renderManual(): string {
  const sections = [INTRODUCTION, wordFormats(), costLaw()]
  const classes = [...new Set(INSTRUCTIONS.map((row) => row.class))]
  for (const name of classes) sections.push(classSection(name))
  return [...sections, GUIDE].map((section) => section.trim()).join('\n\n') + '\n'
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

function wordFormats(): string {
  const formats = Object.values(FORMATS).map((format) => (
    [format.name, fieldCells(format), reservedText(format), usersOf(format)]
  ))
  const kinds = Object.entries(FIELD_KINDS).map(([kind, { bits, meaning }]) => {
    const { min, max } = fieldRange(kind as Field['kind'])
    return [kind, String(bits), `${min}..${max}`, meaning]
  })
  return [
    '## Word formats',
    `Bits 63..${OPCODE_LOW} are the opcode. Registers come next, a nibble each; then the other fields, without gaps. `
    + 'Reserved bits, and fields that an instruction does not name, are zero; a word where they are not is an error.',
    table(['format', 'fields, in slot order', 'reserved', 'instructions'], formats),
    table(['field kind', 'bits', 'values', 'meaning'], kinds),
  ].join('\n\n')
}

function fieldCells(format: Format): string {
  return format.fields.map(({ name, low, bits }) => `${name} ${low + bits - 1}..${low}`).join(', ')
}

function reservedText({ reservedMask }: Format): string {
  return reservedMask === 0n ? 'none' : `${reservedMask.toString(2).length - 1}..0`
}

function usersOf(format: Format): string {
  return INSTRUCTIONS.filter((row) => row.format === format).map((row) => row.mnemonic).join(' ')
}

function costLaw(): string {
  return `## Cycles and actions

Cycles of an instruction, from issue to the next issue: **1 + fixed + ceil(n / lanes) * passes**, where n is the number
of elements, and lanes are those of the unit in the chip file (\`core.vectorLanes\` and so on). Where elements come in
rows, each row starts in lane 0. Waiting (for spikes, a semaphore, room in the injection queue, DRAM) comes on top.

Data SRAM has one port a bank, which reads or writes one row a cycle. An instruction that moves *w* words there takes at least
1 + ceil(ceil(w / words of a row) / \`core.dataSramBanks\`) cycles (a scalar one without the 1): a vector addition, which moves
three words an element, is bound by ports where 3 x \`vectorLanes\` words are more than the banks give. Words that arrive meanwhile
go first, an access a row, or two where they are added, and what they take that was not left over delays the instruction.

Actions are what the energy report counts and prices; every instruction also counts \`instruction\` 1. *n* is the
number of elements, *rows* are rows of the KV cache, and *packed words* of a row hold four cache integers each.
*positions* is r[ra]; *spikes* is the sum of the absolute values of the integers at r[rb].`
}

function classSection(name: InstructionClass): string {
  const rows = INSTRUCTIONS.filter((row) => row.class === name)
  const cells = rows.map((row) => [
    `\`${[row.mnemonic, operandNames(row)].join(' ').trim()}\``, row.summary, cyclesText(row), actionsText(row),
  ])
  return [
    `## ${CLASS_TITLES[name]}`,
    table(['instruction', 'meaning', 'cycles', 'actions'], cells),
    ...rows.map(detailText),
  ].join('\n\n')
}

function operandNames(row: InstructionSpec): string {
  return row.operands.map((operand) => operand.name).join(', ')
}

function cyclesText(row: InstructionSpec): string {
  if (row.cycles !== '') return row.cycles
  const terms = ['1']
  if (row.fixedCycles > 0) terms.push(String(row.fixedCycles))
  if (row.passes > 0) {
    const times = row.passes > 1 ? ` * ${row.passes}` : ''
    terms.push(`${laneSteps(row)}${times}`)
  }
  return terms.join(' + ')
}

function laneSteps(row: InstructionSpec): string {
  const lanes = (UNIT_LANES[row.unit] ?? '1')
  const count = COUNT_TEXT[row.elements]
  if (row.rowWidth === 'none') return lanes === '1' ? count : `ceil(${count} / ${lanes})`
  const rows = row.elements.split('*').find((factor) => factor !== row.rowWidth)
  return `${rows} * ceil(${row.rowWidth} / ${lanes})`
}

function actionsText(row: InstructionSpec): string {
  const groups: [string, Actions][] = [
    ['', row.fixed], ['each of n: ', row.perElement], ['each row: ', row.perRow], ['each packed word: ', row.perQuad],
    ['each of len: ', row.perLen], ['each event: ', row.perEvent],
  ]
  const texts = groups
    .filter(([, actions]) => Object.keys(actions).length > 0)
    .map(([title, actions]) => title + Object.entries(actions).map(([name, times]) => `${name} ${times}`).join(', '))
  if (row.note !== '') texts.push(row.note)
  return texts.join('; ')
}

function detailText(row: InstructionSpec): string {
  const opcode = row.opcode.toString(16).padStart(2, '0')
  const operands = row.operands.map(operandText).join('; ')
  const text = [`**${row.mnemonic}** (0x${opcode}, format ${row.format.name}, ${row.unit}).`, row.detail]
  if (operands !== '') text.push(`Operands: ${operands}.`)
  return text.filter((part) => part !== '').join(' ')
}

function operandText({ name, kind, access, content, meaning }: OperandField): string {
  const place = kind === 'addr' ? 'data ' : ''
  const how = access === 'none' ? '' : ` (${ACCESS_TEXT[access]}, ${place}${content})`
  return `\`${name}\` ${meaning}${how}`
}
