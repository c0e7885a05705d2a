// `npm run build`: compiles the sources into dist/, whether or not they changed.
import { build, ensureInstalled } from './ensure.mjs'

ensureInstalled()
await build()
