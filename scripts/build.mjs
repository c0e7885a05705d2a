// `npm run build`: compiles the sources into dist/, whether or not they changed, with declarations of the library's types.
import { build, ensureInstalled } from './ensure.mjs'

ensureInstalled()
await build({ types: true })
