import { type Kysely, sql } from 'kysely'

const statements = [
  // What may be missing here, and what became of it: sync.md, Gaps.
  `create table gaps (
    id int8 generated always as identity primary key,
    source text not null,
    reason text not null,
    did text collate "C",
    detail text not null default '',
    from_cursor int8,
    to_cursor int8,
    state text not null default 'open' check (state in ('open', 'healing', 'healed', 'failed')),
    times int4 not null default 1,
    attempts int4 not null default 0,
    repaired int4 not null default 0,
    found_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    closed_at timestamptz
  )`,
  `comment on column gaps.did is 'null: any repo may be concerned'`,
  `comment on column gaps.times is 'how often it was found again before anybody began to heal it'`,
  `create unique index gaps_open on gaps (reason, coalesce(did, '')) where state = 'open'`,
  `create index gaps_due on gaps (due_at) where state <> 'healed'`,

  // A pass over many repos; a row per repo says how far it has come.
  `create table repo_runs (
    id int8 generated always as identity primary key,
    kind text not null check (kind in ('backfill', 'reconcile', 'heal')),
    gap_id int8 references gaps on delete set null,
    dry_run bool not null default false,
    state text not null default 'listing' check (state in ('listing', 'reading', 'done')),
    error text,
    started_at timestamptz not null default now(),
    finished_at timestamptz
  )`,
  `comment on column repo_runs.error is 'why the list of its repos may not be complete'`,
  `create index repo_runs_open on repo_runs (id) where state <> 'done'`,
  `create table repo_reads (
    run_id int8 not null references repo_runs on delete cascade,
    did text collate "C" not null,
    collections text[],
    state text not null default 'waiting' check (state in ('waiting', 'read', 'unchanged', 'away', 'failed')),
    attempts int4 not null default 0,
    due_at timestamptz not null default now(),
    lease uuid,
    leased_until timestamptz,
    missing_here int4 not null default 0,
    stale int4 not null default 0,
    missing_there int4 not null default 0,
    applied int4 not null default 0,
    error text,
    primary key (run_id, did)
  )`,
  `comment on column repo_reads.collections is 'null: all of ours'`,
  `create index repo_reads_due on repo_reads (run_id, due_at) where state = 'waiting'`,

  // What is known of a repo as a whole: at this rev all of its calendar was read here.
  `create table repos (
    did text collate "C" primary key,
    rev text collate "C" not null,
    read_at timestamptz not null default now()
  )`,

  // How reading went, minute by minute, for a day.
  `create table ingest_minutes (
    source text not null,
    minute timestamptz not null,
    host text not null default '',
    ops int4 not null default 0,
    applied int4 not null default 0,
    dead_lettered int4 not null default 0,
    lag_ms int8,
    written_at timestamptz not null default now(),
    primary key (source, minute)
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
