/** What the signed-in person may do here, and whether the console is their place at all. */
import type { RoleName } from '@/shared/api/types'
import { can, session } from '@/shared/session'
import type { ConsolePermission } from '../api/types'

type Known = Parameters<typeof can>[0]

/** True when the person may do this; the server decides again. */
export const may = (permission: ConsolePermission): boolean => can(permission as Known)

const FIELD: readonly RoleName[] = ['shopper', 'auditor']
const HEADQUARTERS: readonly RoleName[] = ['planner', 'reviewer', 'analyst']

/** True for those who only visit stores: their work is on the phone. */
export const isFieldOnly = (roles: readonly { role: RoleName }[] = session.roles): boolean =>
  roles.length > 0 && roles.every(({ role }) => FIELD.includes(role))

/** True for regional, group and store managers who are nothing at headquarters: they read what is published, of their own stores. */
export const isDealer = (roles: readonly { role: RoleName }[] = session.roles): boolean =>
  !isFieldOnly(roles) && roles.length > 0 && !roles.some(({ role }) => HEADQUARTERS.includes(role))

/** The one store that a store manager is responsible for; null for whoever reads more, or other, than one. */
export function onlyStore(roles: readonly { role: RoleName; scope_id: string | null }[] = session.roles): string | null {
  const desk = roles.filter(({ role }) => !FIELD.includes(role))
  return desk.length === 1 && desk[0]!.role === 'store_manager' ? desk[0]!.scope_id : null
}
