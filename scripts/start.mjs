// `npm start [-- OPTIONS]`: the main job, from a fresh clone: install, build, `spikeloom run OPTIONS`.
import { ensureBuilt, runCli } from './ensure.mjs'

await ensureBuilt()
await runCli(['run', ...process.argv.slice(2)])
