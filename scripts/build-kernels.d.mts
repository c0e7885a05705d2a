/** The text of sim/kernels/rows-wasm.ts, compiled from rows.as. @throws Error with the compiler's messages */
export function compileKernels(): Promise<string>
