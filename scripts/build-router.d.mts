/** The AssemblyScript that the stages of the routers are, once their class is peeled off. */
export function routerSource(): string
/** The text of sim/network/router/router-wasm.ts, compiled from it. @throws Error with the compiler's messages */
export function compileRouter(): Promise<string>
