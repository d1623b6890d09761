/** `not-found`: the directory says so. `invalid`: an answer that is no document. `unavailable`: try again later; it says nothing against the DID. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError'
  readonly kind: 'not-found' | 'invalid' | 'unavailable'

  constructor(kind: IdentityError['kind'], message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }

  shouldRetry(): boolean {
    return this.kind === 'unavailable'
  }
}
