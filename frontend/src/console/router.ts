/** Every address of the console. Pages load on demand; the guard sends strangers to sign-in and field people to the phone page. */
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteRecordRaw } from 'vue-router'
import { t } from '@/shared/i18n'
import { session } from '@/shared/session'
import type { ConsolePermission } from './api/types'
import { isDealer, isFieldOnly, may } from './frame/permissions'
import { reportRefusal } from './load/notices'
import HomeScreen from './screens/overview/HomeScreen.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's name in the language files. */
    title?: string
    needs?: ConsolePermission
    open?: boolean
    /** For headquarters alone: planning is nothing that a dealer reads. */
    inside?: boolean
  }
}

const overview = (): Promise<unknown> => import('./screens/overview/OverviewScreen.vue')

/** Fetches the page most people begin with while the server still says who they are. */
export const fetchFirstPage = (): void => void overview().catch(() => undefined)

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: HomeScreen },
  { path: '/sign-in', name: 'sign-in', component: () => import('./screens/signin/SignInScreen.vue'), meta: { title: 'signIn.title', open: true } },
  { path: '/phone-only', name: 'phone-only', component: () => import('./screens/signin/PhoneOnlyScreen.vue') },
  { path: '/waves', name: 'waves', component: () => import('./screens/waves/WavesScreen.vue'), meta: { title: 'nav.waves', needs: 'waves:read', inside: true } },
  { path: '/waves/:id', name: 'overview', component: overview, meta: { title: 'nav.overview', needs: 'reports:read' } },
  { path: '/waves/:id/checkpoints', name: 'checkpoints', component: () => import('./screens/checkpoints/CheckpointsScreen.vue'), meta: { title: 'nav.checkpoints', needs: 'reports:read' } },
  { path: '/waves/:id/checkpoints/:code', name: 'checkpoint', component: () => import('./screens/checkpoints/CheckpointScreen.vue'), meta: { title: 'nav.checkpoints', needs: 'reports:read' } },
  { path: '/waves/:id/heat', name: 'heat', component: () => import('./screens/heat/HeatScreen.vue'), meta: { title: 'nav.heat', needs: 'reports:read' } },
  { path: '/waves/:id/stores', name: 'stores', component: () => import('./screens/stores/StoresScreen.vue'), meta: { title: 'nav.stores', needs: 'reports:read' } },
  { path: '/waves/:id/areas', name: 'areas', component: () => import('./screens/stores/AreasScreen.vue'), meta: { title: 'nav.areas', needs: 'reports:read' } },
  { path: '/waves/:id/quality', name: 'quality', component: () => import('./screens/quality/QualityScreen.vue'), meta: { title: 'nav.quality', needs: 'integrity:read' } },
  { path: '/waves/:id/compare', name: 'compare', component: () => import('./screens/compare/CompareScreen.vue'), meta: { title: 'nav.compare', needs: 'reports:read' } },
  { path: '/waves/:id/map', name: 'map', component: () => import('./screens/map/MapScreen.vue'), meta: { title: 'nav.map', needs: 'reports:read' } },
  { path: '/waves/:id/progress', name: 'progress', component: () => import('./screens/waves/ProgressScreen.vue'), meta: { title: 'nav.progress', needs: 'waves:read', inside: true } },
  { path: '/waves/:id/assign', name: 'assign', component: () => import('./screens/waves/AssignScreen.vue'), meta: { title: 'assign.title', needs: 'visits:assign' } },
  { path: '/stores/:id', name: 'store', component: () => import('./screens/stores/StoreScreen.vue'), meta: { title: 'nav.stores', needs: 'reports:read' } },
  { path: '/visits', name: 'visits', component: () => import('./screens/visits/VisitsScreen.vue'), meta: { title: 'nav.visits', needs: 'visits:read' } },
  { path: '/review', name: 'review', component: () => import('./screens/visits/VisitsScreen.vue'), props: { queue: true }, meta: { title: 'nav.review', needs: 'visits:review' } },
  { path: '/visits/:id', name: 'visit', component: () => import('./screens/review/VisitScreen.vue'), meta: { title: 'nav.visits', needs: 'visits:read' } },
  { path: '/checklists', name: 'checklists', component: () => import('./screens/checklists/ChecklistsScreen.vue'), meta: { title: 'nav.checklists', needs: 'checklists:read' } },
  { path: '/checklists/:code/:version', name: 'checklist', component: () => import('./screens/checklists/ChecklistScreen.vue'), meta: { title: 'nav.checklists', needs: 'checklists:read' } },
  { path: '/network', name: 'network', component: () => import('./screens/network/NetworkScreen.vue'), meta: { title: 'nav.network', needs: 'network:read', inside: true } },
  { path: '/people', name: 'people', component: () => import('./screens/people/PeopleScreen.vue'), meta: { title: 'nav.people', needs: 'people:read' } },
  { path: '/exports', name: 'exports', component: () => import('./screens/exports/ExportsScreen.vue'), meta: { title: 'nav.exports', needs: 'reports:read' } },
  { path: '/messages', name: 'messages', component: () => import('./screens/messages/MessagesScreen.vue'), meta: { title: 'nav.messages' } },
  { path: '/subscriptions', name: 'subscriptions', component: () => import('./screens/subscriptions/SubscriptionsScreen.vue'), meta: { title: 'nav.subscriptions', needs: 'reports:read' } },
  { path: '/confirm-address', name: 'confirm-address', component: () => import('./screens/subscriptions/LinkScreen.vue'), props: { verb: 'confirm' }, meta: { title: 'mailLink.confirm.title', open: true } },
  { path: '/unsubscribe', name: 'unsubscribe', component: () => import('./screens/subscriptions/LinkScreen.vue'), props: { verb: 'unsubscribe' }, meta: { title: 'mailLink.unsubscribe.title', open: true } },
  { path: '/settings', name: 'settings', component: () => import('./screens/settings/SettingsScreen.vue'), meta: { title: 'nav.settings' } },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./screens/overview/MissingScreen.vue') },
]

export const router = createRouter({
  history: createWebHistory('/'),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach((to) => {
  if (to.meta.open) return true
  const known = session.status === 'known' || session.status === 'offline'
  if (!known) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (isFieldOnly() && to.name !== 'settings') return to.name === 'phone-only' ? true : { name: 'phone-only' }
  const allowed = (!to.meta.needs || may(to.meta.needs)) && !(to.meta.inside && isDealer())
  return allowed ? true : { name: 'missing', params: { rest: to.path.slice(1).split('/') } }
})

// The code of a page that does not come is asked for again by loading the page as a whole: after a new version was put in
// place its files have other names. Where that was just tried, or nothing can be reached, it is said.
const RELOADED = 'mingcha.reloaded'
const A_MINUTE = 60_000

router.onError((_error, to) => {
  const isRecent = Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) < A_MINUTE
  if (isRecent || !navigator.onLine) return reportRefusal(t('problem.offline'))
  sessionStorage.setItem(RELOADED, String(Date.now()))
  window.location.assign(to.fullPath)
})
