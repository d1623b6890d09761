import type { Config } from '../../base/config.ts'
import { maskUrls } from '../../base/mask-urls.ts'
import { errorText } from '../../base/errors.ts'
import { type Check, type CheckContext, checks } from './doctor-checks.ts'
import { type Command, FailedCheck } from './command.ts'

type Finding = { check: string; ok: boolean; detail: string; mend: string | null }

export const doctorCommand: Command = {
  words: 'doctor',
  usage: '',
  summary: 'check what the platform needs, and say what to do',
  async run({ config, log, output }) {
    const findings: Finding[] = []
    for (const check of checks) {
      output.progress(`checking ${check.name} …`)
      findings.push(await runCheck(check, { config, log }))
    }
    const settings = describeSettings(config)
    const people = [
      ...findings.map(
        ({ ok, check, detail, mend }) => `${ok ? '✓' : '✗'} ${check}: ${detail}${mend ? `\n    → ${mend}` : ''}`,
      ),
      '',
      ...Object.entries(settings).map(([name, value]) => `  ${name.padEnd(22)} ${value}`),
    ].join('\n')
    output.result({ ok: findings.every(({ ok }) => ok), findings, settings }, people)
    if (findings.some(({ ok }) => !ok)) throw new FailedCheck()
  },
}

async function runCheck({ name, run, mend }: Check, context: CheckContext): Promise<Finding> {
  try {
    return { check: name, ok: true, detail: await run(context), mend: null }
  } catch (error) {
    return { check: name, ok: false, detail: maskUrls(errorText(error)), mend }
  }
}

/** The effective values; secrets are told by their presence only. */
function describeSettings(config: Config): Record<string, string> {
  const { secretKey, previousSecretKeys, tapPassword, ...open } = config
  const shown = Object.entries(open).map(([name, value]) => [name, toText(value)] as const)
  return {
    ...Object.fromEntries(shown),
    secretKey: secretKey === undefined ? `in ${config.dataDir}` : '[set]',
    previousSecretKeys: `${previousSecretKeys.length} kept`,
    tapPassword: tapPassword === undefined ? 'not set' : '[set]',
  }
}

function toText(value: Config[keyof Config]): string {
  if (value === undefined) return 'not set'
  return maskUrls(Array.isArray(value) ? value.join(' ') : String(value))
}
