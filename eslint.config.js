import js from '@eslint/js'
import tseslint from 'typescript-eslint'

const library = ['isa/**', 'sim/**', 'programs/**', 'reports/**', 'index.ts', 'simulate/**', 'sweep/**']

export default tseslint.config(
  { ignores: ['dist/**', '*.tmp/**', 'node_modules/**', 'out/**', 'coverage/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      // House size limits; see CONTRIBUTING.md. A longer file states its reason at the top and disables the rule there.
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-params': ['error', 7],
      eqeqeq: ['error', 'always'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Runs are seeded: take a Random from sim/random.ts.' },
      ],
    },
  },
  {
    files: library,
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Only cli.ts and cli/ touch the process; take a parameter instead.' },
        { name: 'console', message: 'Only cli.ts and cli/ print; return a value or throw an error instead.' },
      ],
    },
  },
  {
    // Where the bits of a logit are made: the language leaves the last bits of these functions open.
    // And where results are made of them. Pages and pictures (sweep/page, reports) may use what their browser has.
    files: ['isa/**', 'sim/**', 'programs/**', 'simulate/**', 'sweep/**', 'verdict/**', 'cli/**'],
    ignores: ['sweep/page/**', 'sim/network/router/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name="Math"][property.name=/^(exp|expm1|log|log2|log10|log1p|pow|sin|cos|tan'
            + '|sinh|cosh|tanh|asin|acos|atan|atan2|cbrt|hypot)$/]',
          message: 'Its last bits may differ between machines; use sim/numerics.ts.',
        },
        {
          selector: 'BinaryExpression[operator="**"]:not([left.value=2]):not([left.value=10]):not([right.type="Literal"])',
          message: 'Its last bits may differ between machines; use powerExact of sim/numerics.ts.',
        },
      ],
    },
  },
  {
    // 120 is what we write to; texts, which cannot always be cut, do not count.
    files: [...library, 'sweep/**', 'verdict/**', 'cli/**', 'cli.ts'],
    ignores: ['sweep/page/**'],
    rules: {
      'max-len': ['error', { code: 150, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true }],
    },
  },
  {
    // Loops over one channel, and the emission of one step: each parameter is a number of its own, none a group.
    files: ['programs/quantize/weights.ts', 'programs/compile/emit/encode.ts'],
    rules: { 'max-params': ['error', 9] },
  },
  {
    files: ['test/**', 'scripts/**', 'bench/**'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['scripts/*.mjs', '*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly', module: 'readonly' } },
  },
)
