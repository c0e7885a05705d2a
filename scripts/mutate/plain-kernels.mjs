// Routers and adder arrays run as WebAssembly compiled before the text was changed: without WebAssembly they run the
// text itself, as `SPIKELOOM_KERNELS=plain` does on the command line.
delete globalThis.WebAssembly
