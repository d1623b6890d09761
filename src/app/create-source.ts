import { createFirehoseSource } from '../atproto/firehose.ts'
import { createJetstreamSource } from '../atproto/jetstream.ts'
import { createJetstreamV2Source, jetstreamV2Path } from '../atproto/jetstream-v2.ts'
import type { Source } from '../atproto/record-op.ts'
import { createTapSource } from '../atproto/tap.ts'
import type { VerifyBatch } from '../atproto/verify-batch.ts'
import type { Config } from '../base/config.ts'
import { invalid } from '../base/errors.ts'

type SourceConfig = Pick<Config, 'source' | 'jetstreamUrls' | 'firehoseUrl' | 'tapUrl' | 'tapPassword'>

/** What SOURCE and its addresses name; undefined with SOURCE=none. `verify`: see FirehoseOptions. Throws AppError. */
export function createSource(
  { source, jetstreamUrls, firehoseUrl, tapUrl = '', tapPassword }: SourceConfig,
  verify?: VerifyBatch,
): Source | undefined {
  switch (source) {
    case 'jetstream':
      return createJetstream(jetstreamUrls)
    case 'firehose':
      return createFirehoseSource({ url: firehoseUrl, ...(verify && { verify }) })
    case 'tap':
      return createTapSource({ url: tapUrl, password: tapPassword })
    case 'none':
      return undefined
  }
}

/** The version is in the addresses: those of v2 end in its path. */
function createJetstream(urls: readonly string[]): Source {
  const isV2 = (url: string) => new URL(url).pathname === jetstreamV2Path
  if (!urls.some(isV2)) return createJetstreamSource({ urls })
  if (urls.every(isV2)) return createJetstreamV2Source({ urls })
  throw invalid({ field: 'JETSTREAM_URLS', message: `either all of them end in ${jetstreamV2Path}, or none does` })
}
