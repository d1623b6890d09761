import { type Kysely, sql } from 'kysely'

const statements = [
  // Versions that came unsigned are proved afterwards, by the author's PDS: sync.md, Verification.
  `alter table records
    add proof_due_at timestamptz not null default now(),
    add proof_attempts int4 not null default 0,
    add proof_error text`,
  `comment on column records.proof_error is 'why this version could not be proved when it was last tried'`,
  `create index records_unproved on records (proof_due_at) where verified = 'no' and not deleted`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
