import { approve, createAccount, startPds, startPlc } from '../sandbox/net.ts'
import { findFreePort } from '../sandbox/ports.ts'

export type Approval = NonNullable<Parameters<typeof approve>[2]>

/** A PLC directory and a PDS on loopback, and people who have accounts there. */
export type Sandbox = AsyncDisposable & {
  plcUrl: string
  pdsUrl: string
  newPerson(): Promise<{ did: string; handle: string }>
  /** What a person does at their PDS between our redirect and its redirect back, whose address this answers. */
  approve(authorizeUrl: string, handle: string, approval?: Approval): Promise<string>
}

export async function openSandbox(): Promise<Sandbox> {
  await using stack = new AsyncDisposableStack()
  const plc = await startPlc()
  stack.defer(() => plc.close())
  const pds = await startPds(plc.url, await findFreePort())
  stack.defer(() => pds.close())
  let count = 0
  const owned = stack.move()
  return {
    plcUrl: plc.url,
    pdsUrl: pds.url,
    async newPerson() {
      const { did, handle } = await createAccount(pds.url, `person${++count}.test`)
      return { did, handle }
    },
    approve,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
