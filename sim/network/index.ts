export { Network } from './network.js'
export { type NetworkConfig, type ResolvedConfig, resolveConfig } from './config.js'
