/** The shapes written by hand in types.ts name nothing that the server's own document does not answer or take. */
import { expectTypeOf, test } from 'vitest'
import type { components } from './schema'
import type * as ours from './types'

type Schemas = components['schemas']

/** Fields of ours that the document does not know. */
type Unknown<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs>

test('answers', () => {
  expectTypeOf<Unknown<ours.Session, Schemas['SessionAnswer']>>().toBeNever()
  expectTypeOf<Unknown<ours.VisitRow, Schemas['VisitLine']>>().toBeNever()
  expectTypeOf<Unknown<ours.Visit, Schemas['VisitAnswer']>>().toBeNever()
  expectTypeOf<Unknown<ours.VisitWave, Schemas['VisitWaveAnswer']>>().toBeNever()
  expectTypeOf<Unknown<ours.VisitStore, Schemas['VisitStoreAnswer']>>().toBeNever()
  expectTypeOf<Unknown<ours.Evidence, Schemas['EvidenceAnswer']>>().toBeNever()
  expectTypeOf<Unknown<ours.FileSums, Schemas['FilesAnswer']>>().toBeNever()
  expectTypeOf<Unknown<ours.FileLine, Schemas['FileLine']>>().toBeNever()
  expectTypeOf<Unknown<ours.Draft, Schemas['DraftAnswer']>>().toBeNever()
})

test('bodies', () => {
  expectTypeOf<Unknown<ours.Submission, Schemas['SubmissionBody']>>().toBeNever()
  expectTypeOf<Unknown<ours.EvidenceDeclaration, Schemas['EvidenceBody']>>().toBeNever()
  expectTypeOf<Unknown<ours.Answer, Schemas['AnswerBody']>>().toBeNever()
})
