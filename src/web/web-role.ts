import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { AppError, errorText } from '../base/errors.ts'
import type { Route } from './kernel/route.ts'
import { createWebApp } from './kernel/web-app.ts'
import type { WebServices } from './web-services.ts'

export type WebRole = AsyncDisposable & { url: string; port: number }

/** How long requests that are being answered may take once the process is asked to end. */
const graceMs = 5000

/** Serves the site until it is disposed; `port` 0 is any that is free. Throws AppError where the port cannot be had. */
export async function startWeb(
  services: WebServices,
  routes: readonly Route[],
  { host, port }: { host: string; port: number },
): Promise<WebRole> {
  await using stack = new AsyncDisposableStack()
  const app = createWebApp(services, routes)
  const { hub, database, log } = services
  const onNotice = (topic: string) => hub.publish(topic)
  stack.use(await database.listen('live', { onNotice, onGap: () => hub.publishAll() }))
  const server = createAdaptorServer({
    fetch: (request, env) => app.fetch(request, env),
    overrideGlobalObjects: false,
  }) as Server
  // Longer than a proxy keeps its connections: the one that closes first must be the proxy.
  server.keepAliveTimeout = 65_000
  const address = await listen(server, host, port)
  server.on('error', (error) => log.error('the server met an error', { error }))
  stack.defer(() => close(server))
  stack.use(hub)
  const owned = stack.move()
  return {
    url: `http://${toUrlHost(address)}:${address.port}`,
    port: address.port,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  await promise.catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('unavailable', portProblem(cause, host, port), { cause })
  })
  server.off('error', reject)
  return server.address() as AddressInfo
}

function portProblem(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE')
    return `Port ${port} of ${host} is in use: end the program that uses it, or choose another with PORT.`
  if (error.code === 'EACCES')
    return `Port ${port} of ${host} may not be used by this user: choose one above 1023 with PORT.`
  return `Port ${port} of ${host} cannot be used: ${errorText(error)}. Check HOST and PORT.`
}

function toUrlHost({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1'
  return family === 'IPv6' ? `[${address}]` : address
}

/** Takes nothing new, lets what is under way be answered, and then closes what is left. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // Connections that browsers keep open count as idle only once their last answer is out.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const end = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(end)
}
