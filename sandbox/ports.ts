import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A port that is needed is in use: told to the person in one line. */
export class PortTakenError extends Error {
  constructor(variable: string, port: number, cause?: unknown) {
    super(`${variable}=${port} is in use by another program. Stop it, or set ${variable} to a free port.`, { cause })
    this.name = 'PortTakenError'
  }
}

export function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

export async function findFreePort(): Promise<number> {
  return tryPort(0)
}

/** Throws `PortTakenError`. `variable` is what sets the port. */
export async function assertPortFree(variable: string, port: number): Promise<void> {
  await tryPort(port).catch((error: unknown) => {
    throw isPortTaken(error) ? new PortTakenError(variable, port, error) : error
  })
}

async function tryPort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
