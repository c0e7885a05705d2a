/** Sources of sim/kernels, without their ending. */
export const KERNELS: readonly string[]
/** The text of sim/kernels/NAME-wasm.ts, compiled from NAME.as. @throws Error with the compiler's messages */
export function compileKernels(name: string): Promise<string>
