/** Roles on parts of the network: which scope a role can have, and which parts are complete. */
import type { Role, RoleName } from '@/shared/api/types'

export type ScopeKind = 'all' | 'brand' | 'region' | 'group' | 'store'

export interface Membership {
  role: RoleName
  scope_kind: ScopeKind
  scope_id: string | null
}

const OWN_SCOPE: Partial<Record<RoleName, ScopeKind>> = { regional_manager: 'region', group_manager: 'group', store_manager: 'store' }

/** The kinds of scope to offer: a manager has the kind of the name, field people go anywhere they are sent. */
export function scopeKinds(role: RoleName): ScopeKind[] {
  const own = OWN_SCOPE[role]
  if (own) return [own]
  return role === 'shopper' || role === 'auditor' ? ['all'] : ['all', 'brand', 'region', 'group', 'store']
}

/** A new role with the first scope it can have. */
export const membershipFor = (role: RoleName): Membership => ({ role, scope_kind: scopeKinds(role)[0]!, scope_id: null })

/** True when each role names its part of the network, or needs none. */
export const areComplete = (roles: readonly Membership[]): boolean => roles.every((one) => one.scope_kind === 'all' || Boolean(one.scope_id))

/** The roles of a person as the form edits them. */
export const membershipsOf = (roles: readonly Role[]): Membership[] =>
  roles.map(({ role, scope_kind, scope_id }) => ({ role, scope_kind: (scope_kind ?? 'all') as ScopeKind, scope_id }))
