/** Reads from a definition file, before it is sent, which checklist and version it says it is. The server reads the rest. */
import type { DefinitionMedia } from '../../api/checklists'

export interface Named {
  code: string
  version: string
}

export const mediaOf = (fileName: string): DefinitionMedia => (/\.json$/i.test(fileName) ? 'json' : 'yaml')

const unquoted = (text: string): string => text.replace(/\s+#.*$/, '').trim().replace(/^(['"])(.*)\1$/, '$2')
const yamlValue = (text: string, key: string): string => unquoted(new RegExp(`^${key}:[ \\t]*(.+)$`, 'm').exec(text)?.[1] ?? '')

function fromJSON(text: string): Named {
  try {
    const { code, version } = JSON.parse(text) as Partial<Record<keyof Named, unknown>>
    return { code: String(code ?? ''), version: String(version ?? '') }
  } catch {
    return { code: '', version: '' }
  }
}

/** Code and version at the top of the file; empty where they cannot be found. */
export const namedIn = (text: string, media: DefinitionMedia): Named =>
  media === 'json' ? fromJSON(text) : { code: yamlValue(text, 'code'), version: yamlValue(text, 'version') }
