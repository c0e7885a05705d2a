import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../cli/commands.js'
import { commandHelp } from '../../cli/parser.js'
import { spikeloom } from '../support/capture.js'

describe('spikeloom', () => {
  it('lists every command with --help, -h, and with nothing', async () => {
    for (const words of [['--help'], ['-h'], []]) {
      const { code, stdout, stderr } = await spikeloom(...words)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      for (const { usage, describe } of COMMANDS) expect(stdout).toMatch(new RegExp(`  ${usage.replace(/[[\].]/g, '\\$&')} +${describe}`))
    }
  })

  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await spikeloom('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('refuses an unknown command with exit code 2, the nearest one and the list', async () => {
    const { code, stdout, stderr } = await spikeloom('chpis')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`there is no command 'chpis'. Did you mean 'chips'? Commands: `)
    expect(stderr).toContain(`See 'spikeloom --help'.`)
  })

  it('refuses an unknown option with exit code 2, the nearest one, and where to look', async () => {
    const { code, stdout, stderr } = await spikeloom('chips', '--jsom')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      `spikeloom chips: unknown option '--jsom'. Did you mean '--json'?\nSee 'spikeloom chips --help'.\n`)
  })

  it('shows a stack only with --debug', async () => {
    expect((await spikeloom('chips', 'nope')).stderr).not.toContain('    at ')
    expect((await spikeloom('chips', 'nope', '--debug')).stderr).toContain('    at ')
  })
})

describe('the command table', () => {
  it('names each command once', () => {
    const names = COMMANDS.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it.each(COMMANDS)('$name is what its module says it is', async (row) => {
    const { command } = await row.load()
    expect(command.command).toBe(row.usage)
    expect(await commandHelp(row)).toContain(`spikeloom ${row.usage}`)
  })

  it('loads neither zod, yaml, yargs nor d3 for --help', () => {
    // Start-up: what `--help` loads is what cli.ts imports statically, directly or not.
    const packages = new Set<string>()
    const seen = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const [, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type ).*from '([^']+)'/gm)) {
        if (from!.startsWith('.')) visit(resolve(dirname(file), from!.replace(/\.js$/, '.ts')))
        else packages.add(from!)
      }
    }
    visit('cli.ts')
    expect([...seen].some((file) => file.endsWith('cli/commands.ts'))).toBe(true)
    expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual([])
  })
})
