#!/usr/bin/env node
import { main } from './cli/main.js'

// A reader that goes away (`spikeloom chips | head -1`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

// Not process.exit: that would cut off output still on its way into a pipe.
process.exitCode = await main(process.argv.slice(2))
