import { type Kysely, sql } from 'kysely'

const statements = [
  `alter table events add column publish_unlisted bool not null default false`,
  `comment on column events.publish_unlisted is 'unlisted, and yet on the network, with preferences.showInDiscovery false'`,
  `update events set publish_unlisted = true where origin = 'network' and visibility = 'unlisted'`,

  // Of a whole repo: what its server said holds for all that waits for it. One record's own failure delays that record.
  `create table outbox_pauses (
    did text collate "C" primary key,
    reason text not null check (reason in ('host', 'rate-limit', 'away')),
    until timestamptz not null,
    error text not null
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
