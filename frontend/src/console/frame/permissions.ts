/** What the signed-in person may do here, and whether the console is their place at all. */
import type { RoleName } from '@/shared/api/types'
import { can, session } from '@/shared/session'
import type { ConsolePermission } from '../api/types'

type Known = Parameters<typeof can>[0]

/** True when the person may do this; the server decides again. */
export const may = (permission: ConsolePermission): boolean => can(permission as Known)

const FIELD: readonly RoleName[] = ['shopper', 'auditor']

/** True for those who only visit stores: their work is on the phone. */
export const isFieldOnly = (roles: readonly { role: RoleName }[] = session.roles): boolean =>
  roles.length > 0 && roles.every(({ role }) => FIELD.includes(role))
