/** The version that result files carry; a test keeps it equal to package.json's. */
export const SPIKELOOM_VERSION = '0.1.0'
