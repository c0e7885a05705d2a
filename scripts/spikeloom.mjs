// `npm run -s spikeloom -- ARGUMENTS`: the CLI of this checkout, built if its sources changed.
import { ensureBuilt, runCli } from './ensure.mjs'

await ensureBuilt()
await runCli(process.argv.slice(2))
