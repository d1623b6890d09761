/** Results go to stdout, for programs as JSON; what is for people only, such as progress, goes to stderr. */
export type Output = {
  /** One document, or one of several lines; `people` is how a person is told the same. */
  result(value: unknown, people: string): void
  /** Replaces itself on a terminal; elsewhere it is said now and then. */
  progress(text: string): void
  note(text: string): void
}

type Stream = { write(text: string): unknown; isTTY?: boolean }

const quietMs = 5_000

export function createOutput(isJson: boolean, { stdout, stderr }: { stdout: Stream; stderr: Stream }): Output {
  let said = 0
  let isOpen = false
  const close = () => {
    if (isOpen) stderr.write('\n')
    isOpen = false
  }
  return {
    result(value, people) {
      close()
      stdout.write(isJson ? `${JSON.stringify(value)}\n` : `${people}\n`)
    },
    progress(text) {
      if (stderr.isTTY) {
        isOpen = true
        stderr.write(`\r\x1b[K${text}`)
      } else if (Date.now() - said > quietMs) {
        said = Date.now()
        stderr.write(`${text}\n`)
      }
    },
    note(text) {
      close()
      stderr.write(`${text}\n`)
    },
  }
}
