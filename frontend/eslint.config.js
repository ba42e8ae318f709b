/** House rules for the front-end: typed code, no raw text in templates, imports that only go downward. */
import vueI18n from '@intlify/eslint-plugin-vue-i18n'
import vue from 'eslint-plugin-vue'
import globals from 'globals'
import ts from 'typescript-eslint'

/** Refuses imports of the given folders, whether written with the alias or as a relative path; the API's types are free to all. */
const noImportsOf = (...folders) => [
  'error',
  { patterns: folders.map((folder) => ({ regex: `(^@/|/)${folder}(/(?!types$)|$)`, message: `${folder} may not be imported here.` })) },
]

export default ts.config(
  { ignores: ['dist', 'dev-dist', 'node_modules', '**/*.json', 'src/shared/api/schema.d.ts'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...vueI18n.configs['flat/recommended'],
  {
    languageOptions: { globals: { ...globals.browser, __APP_VERSION__: 'readonly' } },
    settings: { 'vue-i18n': { localeDir: { pattern: './src/*/i18n/*.json', localeKey: 'file' }, messageSyntaxVersion: '^11.0.0' } },
  },
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 45, skipComments: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Layout of templates is the formatter's business.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/multi-word-component-names': 'off',
      // Props are destructured; what has no default may be undefined, and the types say so.
      'vue/require-default-prop': 'off',
      // User-written text never reaches the page as HTML.
      'vue/no-v-html': 'error',
      '@intlify/vue-i18n/no-raw-text': [
        'error',
        {
          // Signs and separators are not words; everything else comes from the language files.
          ignorePattern: '^[-#:()&/·…×+%,.，。：、！？｜|‹›<>✓✕○●▲▼→←–—\\s\\d]*$',
          attributes: { '/.+/': ['title', 'placeholder', 'alt', 'aria-label', 'label'] },
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "VariableDeclarator[init.callee.name='useI18n'] Property[key.name!=/^(t|locale)$/]",
          message: 'petite-vue-i18n declares more than it has; `has` is in shared/i18n.',
        },
      ],
      // src/shared/i18n/locales.test.ts checks keys over all language files; the plugin cannot merge folders.
      '@intlify/vue-i18n/no-missing-keys': 'off',
    },
  },
  { files: ['src/shared/**'], rules: { 'no-restricted-imports': noImportsOf('phone', 'console') } },
  { files: ['src/console/**'], rules: { 'no-restricted-imports': noImportsOf('phone') } },
  { files: ['src/phone/domain/**'], rules: { 'no-restricted-imports': noImportsOf('console', 'screens', 'outbox', 'store', 'api') } },
  { files: ['src/phone/ui/**'], rules: { 'no-restricted-imports': noImportsOf('console', 'screens', 'outbox', 'store', 'api') } },
  { files: ['src/phone/store/**'], rules: { 'no-restricted-imports': noImportsOf('console', 'screens', 'outbox') } },
  { files: ['src/phone/{inbox,capture}/**'], rules: { 'no-restricted-imports': noImportsOf('console', 'screens', 'outbox', 'ui') } },
  { files: ['src/phone/outbox/**'], rules: { 'no-restricted-imports': noImportsOf('console', 'screens', 'ui') } },
  { files: ['**/*.test.ts', 'src/shared/testing.ts'], rules: { 'max-lines-per-function': 'off' } },
)
