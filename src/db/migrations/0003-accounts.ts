import { type Kysely, sql } from 'kysely'

const statements = [
  // Links that were made to a name lead to the person who had it, as long as nobody else has taken it.
  `create table former_handles (
    handle text not null,
    account_id int8 not null references accounts on delete cascade,
    left_at timestamptz not null default now(),
    primary key (handle, account_id)
  )`,
  `create index former_handles_account on former_handles (account_id)`,

  // Sessions are renewed long before their end, each at a moment of its own.
  `alter table oauth_sessions add refresh_due_at timestamptz not null default now()`,
  `update oauth_sessions set refresh_due_at = now() + random() * (coalesce(expires_at, now()) - now()) / 2`,
  `create index oauth_sessions_due on oauth_sessions (refresh_due_at) where state = 'active'`,

  // An administrator's order to renew all sessions; an item per session says how far it has come.
  `create table session_runs (
    id int8 generated always as identity primary key,
    started_by int8 references accounts on delete set null,
    started_at timestamptz not null default now(),
    finished_at timestamptz
  )`,
  `create unique index session_runs_open on session_runs ((true)) where finished_at is null`,
  `create table session_run_items (
    run_id int8 not null references session_runs on delete cascade,
    did text collate "C" not null,
    outcome text check (outcome in ('renewed', 'reconnect', 'unavailable')),
    error text,
    primary key (run_id, did)
  )`,
  `comment on column session_run_items.outcome is 'null: its turn has not come'`,
  `create index session_run_items_waiting on session_run_items (run_id, did) where outcome is null`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
