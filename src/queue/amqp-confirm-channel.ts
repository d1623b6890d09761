import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { Channel, Connection, Envelope } from 'rabbitmq-client'

/** A channel on which a message is published when the broker says so. */
export class ConfirmChannel {
  readonly #channel: Channel
  /** Ids of messages that came back because no queue was there for them. */
  readonly #returned = new Set<string>()
  /** The client's own promise never settles where the channel ends just after a message was written. */
  readonly #pending = new Set<(error: Error) => void>()
  #count = 0

  static async open(connection: Connection): Promise<ConfirmChannel> {
    const channel = await connection.acquire()
    await channel.confirmSelect()
    return new ConfirmChannel(channel)
  }

  private constructor(channel: Channel) {
    this.#channel = channel
    channel.on('basic.return', ({ messageId }) => this.#returned.add(messageId ?? ''))
    channel.on('close', () => {
      for (const fail of this.#pending) fail(new Error('the channel ended before the message was confirmed'))
    })
  }

  get isOpen(): boolean {
    return this.#channel.active
  }

  /** Rejects where the broker refused it, where no queue took it, and where the channel ended before it said anything. */
  async publish(envelope: Envelope, body: Buffer): Promise<void> {
    const messageId = String(++this.#count)
    await this.#untilConfirmed(this.#channel.basicPublish({ ...envelope, mandatory: true, messageId }, body))
    // A message that no queue was there for is confirmed all the same; that it came back is told one turn later.
    await nextTurn()
    if (this.#returned.delete(messageId)) throw new UnroutableError('there was no queue for it')
  }

  async close(): Promise<void> {
    await Promise.race([this.#channel.close().catch(() => {}), wait(1_000, undefined, { ref: false })])
  }

  #untilConfirmed(published: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      published.then(resolve, reject).finally(() => this.#pending.delete(reject))
    })
  }
}

export class UnroutableError extends Error {
  override readonly name = 'UnroutableError'
}
