/** The few line drawings the app uses, as paths on a 24 px grid. */
export const ICONS = {
  back: 'M15 5l-7 7 7 7',
  forward: 'M9 5l7 7-7 7',
  down: 'M5 9l7 7 7-7',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  camera: 'M4 8h3.5l1.5-2.5h6L16.5 8H20v11H4zM12 16.5a3.2 3.2 0 100-6.4 3.2 3.2 0 000 6.4z',
  video: 'M3.5 7h11v10h-11zM14.5 11l6-3.5v9l-6-3.5',
  audio: 'M12 4a2.5 2.5 0 012.5 2.5v5a2.5 2.5 0 01-5 0v-5A2.5 2.5 0 0112 4zM6.5 11.5a5.5 5.5 0 0011 0M12 17v3.5',
  gallery: 'M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.5h.01',
  link: 'M10 14a4 4 0 005.7 0l2.8-2.8a4 4 0 00-5.7-5.7L11.5 6.8M14 10a4 4 0 00-5.7 0l-2.8 2.8a4 4 0 005.7 5.7l1.3-1.3',
  info: 'M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 11v5.5M12 7.7h.01',
  check: 'M5 12.5l4.5 4.5L19 7',
  cross: 'M6 6l12 12M18 6L6 18',
  dash: 'M6 12h12',
  circle: 'M12 5a7 7 0 100 14 7 7 0 000-14z',
  flag: 'M6 21V4h11l-2 4 2 4H6',
  phone: 'M7.5 3h9v18h-9zM11 18h2',
  save: 'M12 4v10M8 10.5l4 4 4-4M5 19.5h14',
  clock: 'M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 7.5V12l3 2',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17.3h.01',
  retry: 'M19 12a7 7 0 11-2-5M19 3.5V8h-4.5',
  torch: 'M13 3L6 13.5h5.5L10.5 21 18 10.5h-5.5z',
  trash: 'M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7',
} as const

export type IconName = keyof typeof ICONS
