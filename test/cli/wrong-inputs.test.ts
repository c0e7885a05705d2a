import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spikeloom } from '../support/capture.js'

/**
 * What someone new would try. Each is refused with exit code 2 and nothing on stdout, before any work; the message says where,
 * what is there, and what to do, in our words: none of a library's, and no stack.
 */
const folder = mkdtempSync(join(tmpdir(), 'spikeloom-wrong-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FILES: Record<string, string> = {
  'empty.json': '{}', 'list.json': '[]', 'null.json': 'null', 'result.json': '{"schemaVersion":1,"kind":"run","chip":{},"energy":{}}',
  'list.yaml': 'core: [1, 2]', 'nullgroup.yaml': 'core:', 'text.yaml': 'clockMHz: fast', 'infinite.yaml': 'clockMHz: 1e400', 'twice.yaml': 'clockMHz: 500\nclockMHz: 600\n',
  'sequence.yaml': '- 1', 'bomb.yaml': 'a: &a [x, x]\nb: &b [*a, *a]\nname: *c\n', 'two.yaml': 'name: a\n---\nname: b\n', 'stranger.yaml': 'version: 3\nservices: {}\nvolumes: {}\n',
  'number.yaml': 'name: 5', 'big.yaml': 'grid: {columns: 256, rows: 256, coresPerTile: 4}', 'price.yaml': 'name: p\nprices: { synapticad: 1 }\n',
  'hello.txt': 'hello', 'latin.txt': 'hello', 'nothing.txt': '', 'task.jsonl': '{"question":5}', 'answer.jsonl': '{"question":"a","choices":["b","c"],"answer":9}',
  'words.jsonl': 'x', 'bad.asm': 'FOO r1', 'garbage.bin': 'garbage', 'empty.csv': '', 'header.csv': 'cycle,source,destinations,flits\n',
}

beforeAll(() => {
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), content)
  writeFileSync(join(folder, 'latin.txt'), Buffer.from([0x68, 0xff, 0xfe]))
  for (const name of ['no-tokenizer', 'only-config', 'nothing']) mkdirSync(join(folder, name))
  for (const name of ['config.json', 'model.safetensors']) copyFileSync(join('models/kjv-1m', name), join(folder, 'no-tokenizer', name))
  copyFileSync('models/kjv-1m/config.json', join(folder, 'only-config', 'config.json'))
})

const CASES: readonly (readonly [string, RegExp])[] = [
  ['rnu', /no command 'rnu'\. Did you mean 'run'\?/],
  ['--chip loom-64 run', /the command comes first, its options after it: spikeloom run --chip loom-64/],
  ['run extra', /unexpected argument 'extra'/],
  ['run --chpi loom-64', /unknown option '--chpi'\. Did you mean '--chip'/],
  ['run --chip', /--chip needs a value/],
  ['run --chip loom-65', /no chip 'loom-65'\. Did you mean 'loom-64'/],
  ['run --chip @absent.yaml', /absent\.yaml' does not exist/],
  ['run --chip @list.yaml', /list\.yaml:1:7: core is a list, but must be a group of keys \(keys: (kind, )?lanes,/],
  ['run --chip @nullgroup.yaml', /nullgroup\.yaml:1:\d+: core is empty\. Leave it out, or give it keys/],
  ['run --chip @text.yaml', /text\.yaml:1:11: clockMHz is 'fast', but must be a number/],
  ['run --chip @infinite.yaml', /clockMHz is Infinity/],
  ['run --chip @twice.yaml', /twice\.yaml:2:1: not valid YAML/],
  ['run --chip @sequence.yaml', /a chip file is a list of 'key: value' lines/],
  ['run --chip @bomb.yaml', /bomb\.yaml:\d+:\d+: not valid YAML/],
  ['run --chip @two.yaml', /two\.yaml:2:1: a second document begins here/],
  ['run --chip @stranger.yaml', /this is not a chip file: none of its keys \(version, services, volumes/],
  ['run --chip @result.json', /result\.json: this is a result file, not a chip file\. Its chip stands in it under chip\.spec\.$/m],
  ['run --chip @number.yaml', /name is 5, but must be a string/],
  ['run --chip @hello.txt', /hello\.txt:1:1: a chip file is/],
  ['run --chip @big.yaml', /262144 cores, which take about .* GB to simulate/],
  ['chips @price.yaml', /price\.yaml:2:\d+: 'prices\.synapticad' names no action or static draw\. Did you mean 'synapticAdd'/],
  ['compile --chip @price.yaml', /price\.yaml:2:\d+: 'prices\.synapticad'/],
  ['chips loom-16 --set core.lane=7', /--set core\.lane=7: unknown key 'core\.lane'\. Did you mean 'lanes'/],
  ['chips loom-16 --set lanes=7', /--set lanes=7: unknown key 'lanes'\. It belongs under 'core'/],
  ['chips --set core.lanes=0', /--set core\.lanes=0: core\.lanes is 0, below the least/],
  ['chips --set lanes', /--set lanes: expected KEY=VALUE/],
  ['run --set core.lanes=[', /--set core\.lanes=\[: the value is not valid YAML/],
  ['chips loom-16 --set __proto__.x=1', /unknown key '__proto__'/],
  ['run --model nothere', /no model 'nothere'/],
  ['run --model ./nothere', /model '\.\/nothere' does not exist/],
  ['run --model @no-tokenizer', /has weights but no tokenizer\.json, which says what its tokens are/],
  ['run --model @only-config', /is a shape without weights, so it runs on statistics: .*Give --spikes-per-activation/],
  ['run --model @nothing', /not a known format; expected a Hugging Face folder/],
  ['run --model @hello.txt', /not a known format/],
  ['run --model llama-2-7b', /llama-2-7b is a shape without weights/],
  ['run --model llama-2-7b --mode functional', /is a shape without weights/],
  ['run --model llama-2-7b --spikes-per-activation 9', /9, expected more than 0 and less than 6\.65/],
  ['run --model llama-2-7b --spikes @list.json', /expected the output of spikeloom eval --json.*\n +the file is a list, but must be an object/],
  ['run --model llama-2-7b --spikes @empty.json', /'byOperator' is missing/],
  ['run --calibration @null.json', /expected a file of spikeloom calibrate:\n +the file is null/],
  ['run --calibration @empty.json', /'calibrationVersion' is missing/],
  ['run --tokens five', /--tokens needs a number/],
  ['run --tokens 3 --tokens 4', /--tokens was given more than once/],
  ['run --tokens 100000', /context of 256 tokens\. At most 251/],
  ['run --encoding terary', /'terary' is not one of .*Did you mean 'ternary'/],
  ['run --verify=maybe', /--verify takes no value: 'maybe'/],
  ['run --mode statistical', /statistics mode needs spike counts/],
  ['run --workers 4', /would have nothing to share/],
  ['compare loom-64', /needs two results or more/],
  ['compare', /an argument is missing/],
  ['compare @list.json @list.json', /holds one JSON object, not a list/],
  ['compare @empty.json @empty.json', /'schemaVersion' is missing: this is no Spikeloom result file/],
  ['report @hello.txt', /hello\.txt:1:1: result file is not valid JSON/],
  ['report docs/chip.schema.json', /this is no Spikeloom result file/],
  ['eval', /needs a text/],
  ['eval --text @nothing.txt', /is empty/],
  ['eval --text @latin.txt', /latin\.txt: byte 1 \(0xff\) is no UTF-8/],
  ['eval --tasks @task.jsonl', /task\.jsonl:1: .*\n +'question' is 5, but must be a text\n/],
  ['eval --tasks @answer.jsonl', /answer is 9, but there are choices 0\.\.1/],
  ['eval --tasks @words.jsonl', /words\.jsonl:1: not valid JSON/],
  ['calibrate', /required and missing: --text/],
  ['calibrate --text @hello.txt --range quantil:5', /range is 'quantil:5', expected search/],
  ['noc --traffic unform', /Did you mean 'uniform'/],
  ['noc --trace @empty.csv', /has no packets/],
  ['noc --trace @header.csv', /has no packets/],
  ['noc --trace @hello.txt', /hello\.txt:1: no trace column 'hello'/],
  ['asm @bad.asm', /bad\.asm:1:1: no instruction 'FOO'/],
  ['asm @absent.asm', /does not exist/],
  ['disasm @garbage.bin', /is not a program file/],
  ['chips foo', /no chip 'foo'/],
  ['bench foo', /no benchmark 'foo'/],
  ['paper --model foo', /no model 'foo'/],
  ['models extra', /unexpected argument 'extra'/],
]

describe('wrong input', () => {
  it.each(CASES)('spikeloom %s', async (line, message) => {
    const words = line.split(' ').map((word) => (word.startsWith('@') ? join(folder, word.slice(1)) : word))
    const { code, stdout, stderr } = await spikeloom(...words)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).not.toMatch(/Invalid input|received|internal error|is not a function|undefined|^ +at /m)
  })
})
