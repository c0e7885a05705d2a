#!/usr/bin/env node
import { main } from './cli/main.js'
import { reasonOf } from './cli/file-system.js'

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that goes away (`spikeloom chips | head -1`) is no error.
    if (error.code === 'EPIPE') process.exit(0)
    if (stream === process.stdout) process.stderr.write(`spikeloom: cannot write to stdout: ${reasonOf(error)}.\n`)
    process.exit(1)
  })
}

// Not process.exit: that would cut off output still on its way into a pipe.
process.exitCode = await main(process.argv.slice(2))
