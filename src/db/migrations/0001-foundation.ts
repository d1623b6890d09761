import { type Kysely, sql } from 'kysely'

// Text that orders or identifies records is COLLATE "C": byte order is the protocol's order, and the index is smaller.
const statements = [
  `create extension if not exists pg_trgm`,

  `create table accounts (
    id int8 generated always as identity primary key,
    did text collate "C" unique,
    email text unique check (email = lower(email)),
    handle text,
    pds_url text,
    display_name text not null default '',
    bio text not null default '',
    avatar_cid text,
    banner_cid text,
    followers_count int4,
    following_count int4,
    repo_status text not null default 'active' check (repo_status in ('active', 'deactivated', 'suspended', 'takendown', 'deleted')),
    repo_status_at timestamptz,
    is_admin bool not null default false,
    preferences jsonb not null default '{}',
    created_at timestamptz not null default now(),
    claimed_at timestamptz,
    unlisted_at timestamptz,
    identity_checked_at timestamptz,
    profile_refreshed_at timestamptz,
    profile_due_at timestamptz default now()
  )`,
  `comment on column accounts.claimed_at is 'null: a shadow account, made for a repo seen on the network'`,
  `comment on column accounts.profile_due_at is 'when handle and profile are to be read from the network again'`,
  `create index accounts_handle on accounts (handle)`,
  `create index accounts_profile_due on accounts (profile_due_at) where did is not null`,

  `create table web_sessions (
    id_hash bytea primary key,
    account_id int8 not null references accounts on delete cascade,
    user_agent text not null default '',
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `create index web_sessions_account on web_sessions (account_id)`,

  `create table api_tokens (
    id int8 generated always as identity primary key,
    account_id int8 not null references accounts on delete cascade,
    name text not null,
    token_hash bytea not null unique,
    hint text not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at timestamptz
  )`,
  `create index api_tokens_account on api_tokens (account_id)`,

  `create table mail_codes (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    code_hash bytea not null,
    attempts int2 not null default 0,
    return_to text not null default '/',
    link_account_id int8 references accounts on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `create index mail_codes_email on mail_codes (email, created_at)`,

  // Values below are AES-256-GCM sealed; keys are not secret.
  `create table oauth_states (
    key text primary key,
    sealed bytea not null,
    created_at timestamptz not null default now()
  )`,
  `create table oauth_sessions (
    did text collate "C" primary key,
    sealed bytea,
    dpop_key text not null,
    scope text not null default '',
    state text not null default 'active' check (state in ('active', 'needs_reconnect')),
    last_error text,
    created_at timestamptz not null default now(),
    refreshed_at timestamptz not null default now(),
    expires_at timestamptz
  )`,
  `comment on column oauth_sessions.sealed is 'null: the session is over and its person must connect again'`,
  `create table oauth_client_keys (
    kid text primary key,
    sealed bytea not null,
    created_at timestamptz not null default now()
  )`,

  `create table identities (
    did text collate "C" primary key,
    handle text,
    pds_url text,
    signing_key text,
    did_doc json not null,
    resolved_at timestamptz not null default now(),
    stale_at timestamptz not null
  )`,

  // What we know of every record, ours and others': sync.md. The value is json, not jsonb: nothing of it may change.
  `create table records (
    uri text collate "C" primary key,
    did text collate "C" not null,
    collection text collate "C" not null,
    rkey text collate "C" not null,
    cid text collate "C",
    rev text collate "C",
    value json,
    deleted bool not null default false,
    origin text not null check (origin in ('network', 'here')),
    verified text not null default 'no' check (verified in ('commit', 'proof', 'no')),
    flags text[] not null default '{}',
    base json,
    writing_cid text collate "C",
    sync_status text check (sync_status in ('IN_SYNC', 'NEEDS_SYNC', 'CONFLICT', 'SYNC_FAILED', 'NEEDS_RECONNECT')),
    sync_error text,
    synced_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  )`,
  `comment on column records.value is 'raw, as on the PDS at cid; null before the first publish and after a delete'`,
  `comment on column records.base is 'the last value both sides agreed on; the base of three-way merges'`,
  `comment on column records.writing_cid is 'set before the network call: an echo that comes before the answer is known by it'`,
  `create index records_did on records (did, collection, rkey)`,
  `create index records_sync on records (sync_status) where sync_status is not null and sync_status <> 'IN_SYNC'`,

  // One row per record that waits to be written: coalesced by key, first in first out per repo.
  `create table outbox (
    uri text collate "C" primary key,
    did text collate "C" not null,
    seq int8 generated always as identity,
    action text not null check (action in ('put', 'delete')),
    version int4 not null default 1,
    due_at timestamptz not null default now(),
    attempts int4 not null default 0,
    lease uuid,
    leased_until timestamptz,
    last_error text,
    enqueued_at timestamptz not null default now()
  )`,
  `create index outbox_did on outbox (did, seq)`,
  `create index outbox_due on outbox (due_at)`,

  `create table cursors (
    source text primary key,
    cursor int8 not null,
    host text not null default '',
    updated_at timestamptz not null default now()
  )`,

  `create table dead_letters (
    id int8 generated always as identity primary key,
    uri text collate "C" not null,
    did text collate "C" not null,
    rev text collate "C" not null default '',
    op json not null,
    reason text not null,
    error text not null,
    attempts int4 not null default 1,
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    unique (uri, rev)
  )`,
  `create index dead_letters_reason on dead_letters (reason)`,

  `create table source_notices (
    id int8 generated always as identity primary key,
    source text not null,
    reason text not null,
    detail text not null,
    from_cursor int8,
    to_cursor int8,
    created_at timestamptz not null default now()
  )`,

  // Bytes of pictures uploaded here, and the re-encoded copies we show of any picture. A blob's CID names both.
  `create table blobs (
    cid text collate "C" primary key,
    bytes bytea not null,
    mime_type text not null,
    width int4 not null,
    height int4 not null,
    account_id int8 references accounts on delete set null,
    created_at timestamptz not null default now()
  )`,
  `create table image_variants (
    cid text collate "C" not null,
    variant text not null,
    bytes bytea,
    mime_type text not null default '',
    error text,
    created_at timestamptz not null default now(),
    primary key (cid, variant)
  )`,

  `create table events (
    id int8 generated always as identity primary key,
    slug text not null unique,
    owner_id int8 not null references accounts,
    uri text collate "C" unique,
    origin text not null check (origin in ('network', 'here')),
    name text not null default '',
    description text not null default '',
    starts_at timestamptz,
    ends_at timestamptz,
    all_day bool not null default false,
    timezone text,
    mode text,
    status text not null default 'scheduled',
    visibility text not null default 'public' check (visibility in ('public', 'unlisted', 'private')),
    is_draft bool not null default false,
    locations jsonb not null default '[]',
    uris jsonb not null default '[]',
    picture jsonb,
    facets jsonb,
    rsvp_expected bool not null default true,
    external_rsvp_url text,
    parent_uri text,
    capacity int4 check (capacity > 0),
    has_waitlist bool not null default false,
    needs_approval bool not null default false,
    approval_question text,
    rsvp_deadline timestamptz,
    flags text[] not null default '{}',
    hidden_reason text,
    previous_starts_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version int4 not null default 1,
    search tsvector generated always as (
      setweight(to_tsvector('simple', left(name, 2000)), 'A') || setweight(to_tsvector('simple', left(description, 20000)), 'B')
      || setweight(jsonb_to_tsvector('simple', jsonb_path_query_array(locations,
        '$[*].keyvalue() ? (@.key == "name" || @.key == "street" || @.key == "locality" || @.key == "region").value'), '["string"]'), 'C')
    ) stored
  )`,
  `comment on column events.picture is '{cid, mimeType, size, alt, width, height}: the blob that stands for the event'`,
  `comment on column events.hidden_reason is 'why nobody is shown it: account-deactivated, account-takendown, moderation …'`,
  `create index events_owner on events (owner_id, starts_at)`,
  `create index events_listed on events (starts_at, id) where visibility = 'public' and not is_draft and hidden_reason is null`,
  `create index events_long on events (ends_at) where visibility = 'public' and not is_draft and hidden_reason is null and ends_at - starts_at > interval '1 day'`,
  `create index events_search on events using gin (search)`,
  `create index events_name_trgm on events using gin (name gin_trgm_ops)`,

  // Every RSVP record that can be read, whether its event is known yet or not. A person's answer is derived from these.
  `create table rsvp_records (
    uri text collate "C" primary key,
    did text collate "C" not null,
    subject_uri text collate "C" not null,
    subject_cid text,
    status text not null check (status in ('going', 'interested', 'notgoing')),
    answered_at timestamptz not null,
    rev text collate "C" not null,
    flags text[] not null default '{}'
  )`,
  `create index rsvp_records_answer on rsvp_records (subject_uri, did, answered_at desc, rev desc)`,
  `create index rsvp_records_did on rsvp_records (did)`,

  // One person, one answer. "place" is decided here, never by the record: capacity, approval, waitlist.
  `create table rsvps (
    id int8 generated always as identity primary key,
    event_id int8 not null references events on delete cascade,
    account_id int8 not null references accounts on delete cascade,
    status text not null check (status in ('going', 'interested', 'notgoing')),
    place text not null default 'confirmed' check (place in ('confirmed', 'waitlisted', 'pending', 'declined')),
    guests int2 not null default 0 check (guests >= 0),
    answer text,
    uri text collate "C",
    origin text not null check (origin in ('network', 'here')),
    answered_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (event_id, account_id)
  )`,
  `comment on column rsvps.uri is 'the record this answer is, or will be, in its person''s repo; null while it is only here'`,
  `create index rsvps_account on rsvps (account_id)`,
  `create unique index rsvps_uri on rsvps (uri)`,

  `create table conflicts (
    id int8 generated always as identity primary key,
    uri text collate "C" not null,
    event_id int8 references events on delete cascade,
    fields text[] not null,
    base json,
    ours json not null,
    theirs json not null,
    detected_at timestamptz not null default now(),
    resolved_at timestamptz,
    resolution text,
    resolved_by int8 references accounts on delete set null
  )`,
  `create index conflicts_event on conflicts (event_id) where resolved_at is null`,

  `create table audit_log (
    id int8 generated always as identity primary key,
    at timestamptz not null default now(),
    account_id int8,
    action text not null,
    subject text not null,
    detail jsonb not null default '{}'
  )`,

  `create unlogged table rate_limits (
    key text primary key,
    points int4 not null,
    expire int8
  )`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
