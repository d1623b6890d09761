/** The text with the passwords in its URLs masked. */
export function maskUrls(text: string): string {
  return text.replace(/(\/\/[^\s:/@]*:)[^\s/@]+@/g, '$1***@')
}
