/** The phone's addresses, all under /m/. The two screens that open first come with the app, the others when first needed. */
import { showToast } from 'vant/es/toast'
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteLocationNormalized } from 'vue-router'
import { t } from '@/shared/i18n'
import { session } from '@/shared/session'
import HomeScreen from './screens/home/HomeScreen.vue'
import SignInScreen from './screens/SignInScreen.vue'

export const router = createRouter({
  history: createWebHistory('/m/'),
  routes: [
    { path: '/', name: 'home', component: HomeScreen },
    { path: '/signin', name: 'signin', component: SignInScreen, meta: { open: true } },
    { path: '/history', name: 'history', component: () => import('./screens/home/HistoryScreen.vue') },
    { path: '/outbox', name: 'outbox', component: () => import('./screens/outbox/OutboxScreen.vue') },
    { path: '/settings', name: 'settings', component: () => import('./screens/settings/SettingsScreen.vue') },
    { path: '/here', name: 'here', component: () => import('./screens/visit/HereScreen.vue') },
    { path: '/visits/:id', name: 'visit', component: () => import('./screens/visit/VisitScreen.vue'), props: true },
    { path: '/visits/:id/fill', name: 'fill', component: () => import('./screens/fill/FillScreen.vue'), props: true, meta: { hasCover: true } },
    { path: '/visits/:id/times', name: 'times', component: () => import('./screens/fill/TimesScreen.vue'), props: true, meta: { hasCover: true } },
    { path: '/visits/:id/files', name: 'ledger', component: () => import('./screens/ledger/LedgerScreen.vue'), props: true },
    { path: '/visits/:id/device', name: 'deviceCheck', component: () => import('./screens/visit/DeviceCheckScreen.vue'), props: true },
    { path: '/visits/:id/sheet', name: 'auditSheet', component: () => import('./screens/visit/AuditSheetScreen.vue'), props: true },
    { path: '/visits/:id/sign-off', name: 'signOff', component: () => import('./screens/visit/SignOffScreen.vue'), props: true },
    { path: '/visits/:id/submit', name: 'submit', component: () => import('./screens/submit/SubmitScreen.vue'), props: true },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  // Coming back from behind the neutral page changes nothing: then the page scrolls itself to where it was.
  scrollBehavior: (to, from, saved) => (to.fullPath === from.fullPath ? false : (saved ?? { top: 0 })),
})

router.beforeEach((to: RouteLocationNormalized) => {
  if (typeof to.query.link === 'string' && to.name !== 'signin') return { name: 'signin', query: { link: to.query.link } }
  if (session.person || to.meta.open) return true
  return { name: 'signin', query: to.path === '/' ? {} : { to: to.fullPath } }
})

// A screen whose code is not on the phone yet cannot open without network; the person stays where they are, and is told.
router.onError(() => void showToast(t('problem.offline')))
