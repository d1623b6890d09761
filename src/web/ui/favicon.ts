/** The logo as a file: two circles that meet, readable on light and dark tabs. */
export const faviconSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="8.500" cy="12" r="7.500" fill="#4f46c8"/><circle cx="15.500" cy="12" r="7.500" fill="#3b8af5" fill-opacity=".75"/></svg>`
