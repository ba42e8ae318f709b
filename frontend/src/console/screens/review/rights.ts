/** Which visits a reviewer can still decide, and which can only be made void. */
import type { DeskVisit } from '../../api/types'
import { may } from '../../frame/permissions'

type Stated = Pick<DeskVisit, 'state'>

/** Waiting for approval or return. */
export const isReviewable = (visit: Stated): boolean => visit.state === 'submitted' || visit.state === 'in_review'

/** Decided already, but not locked: it can still be made void. */
export const isVoidable = (visit: Stated): boolean => visit.state === 'approved' || visit.state === 'published'

/** True when the person may decide something about this visit now. */
export const canDecide = (visit: Stated): boolean => may('visits:review') && (isReviewable(visit) || isVoidable(visit))
