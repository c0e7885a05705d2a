/** Writes the declarations of the library's entry points, and of what they name, into a folder. */
export function writeDeclarations(root: string, out: string): void
