/** The veil behind a sheet closes it for a finger; keyboards and screen readers have the sheet's own button, not one without a name. */
export const VEIL: object = { role: undefined, tabindex: undefined }
