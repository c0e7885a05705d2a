/**
 * The arrows of docs/architecture.md as rules. A forbidden import fails `npm run arrows` and CI; the comment says why
 * the arrow is worth keeping, so that whoever meets it can judge whether the rule or the import is wrong.
 */

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** What of sim/ a program generator may know: what a chip is, not how it is simulated. */
const SIM_LEAVES = '^sim/(config/|fabric/|numerics\\.ts$|errors\\.ts$|random\\.ts$|visible\\.ts$|image(/|\\.ts$))'
/** Everything but the command line: the six folders, and the entry points beside them. */
const LIBRARY = '^(isa|sim|programs|simulate|sweep|reports)/|^(?!cli\\.ts$|vitest)[a-z.]+\\.ts$'
const FILE_SYSTEM = '^(node:)?(fs|fs/promises)$'
const OUTSIDE_WORLD = '^(node:)?(process|readline|readline/promises|tty|child_process|http|https|net|dgram)$'

module.exports = {
  forbidden: [
    forbid('no-circular',
      'Two files that need each other at run time are one idea in two places, and load in an order nobody chose: move '
      + 'the shared part into a third. (Types alone may refer to each other.)',
      {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    forbid('isa-imports-nothing',
      'The instruction set is the contract between compiler and machine: it must be readable, and usable by other '
      + 'tools, without either.',
      { path: '^isa/' }, { pathNot: '^isa/' }),
    forbid('sim-imports-isa-only',
      'The machine runs images; if it knew models, programs or reports, a result could depend on more than the image '
      + 'and the chip.',
      { path: '^sim/' }, { path: '^(programs|simulate|sweep|reports|cli|bench|scripts|verdict)/|^[a-z]+\\.ts$' }),
    forbid('config-is-a-leaf',
      'Everything derives from the chip specification, so it may know nothing of what derives from it; its names of '
      + 'actions come from isa. The loader alone asks physics whether the chip could be built, before anybody uses it.',
      { path: '^sim/config/', pathNot: '^sim/config/load-chip\\.ts$' }, { path: '^sim/', pathNot: '^sim/(config/|fabric/|errors\\.ts$)' }),
    forbid('fabric-is-a-leaf',
      'How routers are joined and packets find their way is asked by chip files, placement, network and reports alike: it '
      + 'may know none of them, and holds no state of a run.',
      { path: '^sim/fabric/' }, { path: '^(sim|isa)/', pathNot: '^sim/(fabric/|random\\.ts$)' }),
    forbid('programs-see-config-not-engine',
      'The reference interpreter is only a check on the machine while it shares nothing with the machine but the '
      + 'specification and the exact arithmetic.',
      { path: '^programs/' }, { path: '^sim/', pathNot: SIM_LEAVES }),
    forbid('programs-do-not-report',
      'Compiling does not depend on how results are shown.',
      { path: '^programs/' }, { path: '^(simulate|sweep|reports|cli|bench|scripts|verdict)/|^[a-z]+\\.ts$' }),
    forbid('reference-does-not-see-the-compiler',
      'The interpreter that judges the chip must not know tiles, cores or packets.',
      { path: '^programs/reference/' }, { path: '^programs/(compiler|compile)/|^isa/|^sim/image' }),
    forbid('threads-know-no-task',
      'The pool runs whatever a task kind names, and a thread loads what its tasks need and no more: a kind stands with '
      + 'the function it runs, and the pool imports none.',
      { path: '^simulate/threads/' }, { pathNot: '^simulate/threads/|^sim/errors\\.ts$|^(node:)?worker_threads$' }),
    forbid('threads-only-outside-the-machine',
      'A chip and a network are one thread of events in one order; whoever runs several of them shares them out from '
      + 'outside, so that no result can depend on threads.',
      { path: '^(isa|sim|programs|reports)/' }, { path: '^simulate/threads/|^(node:)?worker_threads$' }),
    forbid('reports-read-results-only',
      'A report made from the result file alone can be made again, years later, from that file alone.',
      { path: '^reports/' },
      { path: '^(sim|programs|simulate|sweep|isa|cli|bench|scripts|verdict)/|^[a-z]+\\.ts$',
        pathNot: '^sim/(result(/|\\.ts$)|config/|errors\\.ts$|visible\\.ts$)|^isa/actions\\.ts$' }),
    forbid('sweeps-see-runs-as-tasks',
      'A sweep knows chips by their keys and runs by their results: whatever pool runs the points, and however they are '
      + 'run, the search and the store are the same.',
      { path: '^sweep/' },
      { path: '^(isa|programs|simulate|cli|bench|scripts|verdict)/|^sim/|^[a-z]+\\.ts$',
        pathNot: '^sim/(result/|config/|errors\\.ts$|random\\.ts$|numerics\\.ts$)|^simulate/threads/(kind|sent-error)\\.ts$' }),
    forbid('runs-know-no-sweep',
      'A run is the same whether it is one of many or alone.',
      { path: '^simulate/' }, { path: '^sweep/' }),
    forbid('nothing-imports-cli-or-test',
      'The library must work where there is no command line, and must not carry tests. (scripts/ writes the documents of '
      + 'the command line.)',
      { pathNot: '^(cli|test|scripts)/|^cli\\.ts$' }, { path: '^(cli|test)/|^cli\\.ts$' }),
    forbid('fs-only-in-cli-and-loaders',
      'Everything else is a function from values to values: testable without files, usable in a browser.',
      { path: LIBRARY, pathNot: '^programs/models/' }, { path: FILE_SYSTEM }),
    forbid('outside-world-only-in-cli',
      'Only the command line talks to the process, the terminal or the network; a library that does surprises its user.',
      { path: LIBRARY }, { path: OUTSIDE_WORLD }),
    forbid('d3-only-in-reports',
      'Charts are drawn from results; nothing that simulates needs a scale or a curve.',
      { pathNot: '^(reports|test|sweep/page)/' }, { path: 'node_modules/(d3|d3-[a-z-]+)/' }),
    forbid('no-document-model',
      'A document model takes longer to load than a small run takes to simulate: charts are written as text (reports/svg.ts).',
      { pathNot: '^(test|sweep/page/client)/' }, { path: 'node_modules/(jsdom|linkedom|d3-node|d3-selection)/' }),
    forbid('yargs-only-in-cli',
      'The command line is a thin shell over the library; its parser stays in it.',
      { pathNot: '^(cli|test)/|^cli\\.ts$' }, { path: 'node_modules/(@types/)?(yargs|cli-progress)/' }),
    forbid('no-dev-dependency-in-product',
      'What ships must run after an install without development dependencies.',
      { path: '^(isa|sim|programs|simulate|sweep|reports|cli)/|^[a-z]+\\.ts$', pathNot: '^sweep/page/client/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' }),
    forbid('not-to-unresolvable',
      'An import that resolves to nothing fails at run time.',
      {}, { couldNotResolve: true }),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|out)/|^vitest\\.config\\.ts$' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'], conditionNames: ['node', 'import', 'types', 'default'], exportsFields: ['exports'],
    },
  },
}
