import { benchCommits } from './ingest-commits.ts'
import { benchReading } from './ingest-reading.ts'
import { benchStoring } from './ingest-storing.ts'
import { benchProof, benchRepo } from './ingest-verifying.ts'

/** What ingest costs: reading the stream, checking signatures, reading whole repos, storing ops. `--full`: up to a million rows. */
export async function runIngest(): Promise<void> {
  await benchReading()
  await benchCommits()
  await benchProof()
  await benchRepo()
  await benchStoring(process.argv.includes('--full') ? [10_000, 100_000, 1_000_000] : [10_000, 100_000])
}
