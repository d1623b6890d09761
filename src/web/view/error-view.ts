/** A failure, for people. `detail` is what the thrower said; everything else follows from the status. */
export type ErrorPageView = {
  status: number
  detail: string | null
  requestId: string
  retryAfterSeconds: number | null
}
