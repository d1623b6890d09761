import type { WebSocket } from 'ws'

/** A stream a client asks for: refused before the upgrade, or served on its socket. */
export type OpenedStream = { refusal: { status: number; error: string; message: string } } | { serve: Serve }
type Serve = (socket: WebSocket) => void

/** A reader that leaves more than this unread is cut off. */
const maxUnreadBytes = 128 * 1024 * 1024

export function refuse(error: string, message: string, status = 400): OpenedStream {
  return { refusal: { status, error, message } }
}

export function sendOrCut(socket: WebSocket, data: string | Buffer): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount > maxUnreadBytes) socket.terminate()
  else socket.send(data)
}

/** A whole number of a query, undefined where there is none, NaN where it is something else. */
export function wholeNumber(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  return /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
}
