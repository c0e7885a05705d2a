import { completeChip, loadModel, quantizeModel, simulate } from '../index.js'

/** The shipped model on two chips: the mapping changes what it costs, never what it writes. */
const model = quantizeModel(loadModel('models/kjv-1m'))
const chips = [completeChip({ name: 'default' }), completeChip({ name: 'narrow', grid: { columns: 6, rows: 6 }, core: { lanes: 16 } })]
for (const chip of chips) {
  const { text, verification, latency, energy } = simulate({ model, chip, prompt: 'In the beginning', tokens: 8 })
  const exact = verification.bitExact ? 'bit-exact' : 'NOT bit-exact'
  console.log(`${chip.name}: '${text}' ${exact}, ${Math.round(latency.cyclesPerToken)} cycles and ${(energy.perTokenPj / 1e6).toFixed(2)} uJ a token`)
}
