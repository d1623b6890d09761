import { t } from '../messages.ts'
import type { AnswerView, EventPageView, MyAnswer } from '../view/event-view.ts'
import { stamp } from '../view/format-time.ts'
import { safeHref } from '../view/safe-href.ts'
import type { Shell } from '../view/shell.ts'
import type { RsvpStatus } from '../../rsvps/rsvp.ts'
import { Face } from './face.tsx'
import { typedText } from './field.tsx'
import { Icon } from './icons.tsx'
import { zoneOf } from './time-text.tsx'

type Props = { view: EventPageView; shell: Shell }

/** Who comes, and the viewer's own answer: given, changed and taken back in one place. */
export function RsvpCard({ view, shell }: Props) {
  const { answer } = view
  const counts = t.event.rsvp.counts(answer.counts.going, answer.counts.interested)
  return (
    <section id="rsvp" class="card rsvp" aria-labelledby="rsvp-title" data-live>
      <header>
        <h2 id="rsvp-title">
          {answer.mine?.status === 'going' && answer.mine.place === 'confirmed' && <Icon name="check" />}
          {titleOf(answer)}
        </h2>
        {counts && (
          <a href={`${view.path}/guests`} data-say>
            {counts}
          </a>
        )}
      </header>
      <div class="body">
        <Faces view={view} />
        <PlaceNotes view={view} shell={shell} />
        {answer.state === 'open' && answer.mine?.status === 'going' && (
          <GuestsForm view={view} guests={answer.mine.guests} />
        )}
        {answer.state === 'open' ? <AnswerForm view={view} shell={shell} /> : <Closed answer={answer} />}
        {answer.mine && <Withdraw view={view} />}
      </div>
    </section>
  )
}

function titleOf({ mine, state }: AnswerView): string {
  if (!mine) return t.event.rsvp.title
  if (state === 'past') return t.event.rsvp.titleMinePast[mine.status] ?? ''
  return t.event.rsvp.titleMine[mine.status === 'going' && mine.place !== 'confirmed' ? mine.place : mine.status]
}

function Faces({ view }: { view: EventPageView }) {
  const { faces, counts } = view.answer
  if (counts.going === 0 && view.answer.state !== 'open') return null
  if (faces.length === 0) return counts.going === 0 ? <p class="note">{t.event.rsvp.nobody}</p> : null
  const names = faces.slice(0, 2).map((person) => person.name)
  return (
    <a class="faces" href={`${view.path}/guests`} title={t.event.rsvp.seeAll}>
      <span class="stack">
        {faces.slice(0, 6).map((person) => (
          <Face key={person.path} person={person} />
        ))}
      </span>
      <span>{t.event.rsvp.people(names, Math.max(0, counts.going - names.length))}</span>
    </a>
  )
}

/** Places left, the viewer's place in line, the host's rules. */
function PlaceNotes({ view, shell }: Props) {
  const { answer } = view
  const notes = [
    placeOf(answer),
    capacityNote(answer),
    answer.needsApproval && !answer.mine ? t.event.rsvp.approval : '',
    deadlineNote(view, shell),
  ]
  const shown = notes.filter((note) => note !== '')
  return shown.length > 0 ? <p class="note strong">{shown.join(' ')}</p> : null
}

function placeOf({ mine, state }: AnswerView): string {
  if (!mine || state !== 'open') return ''
  if (mine.place === 'waitlisted') return mine.waitlistPosition ? t.event.rsvp.position(mine.waitlistPosition) : ''
  return mine.place === 'pending' ? t.event.rsvp.pending : ''
}

function capacityNote({ left, hasWaitlist, state, mine }: AnswerView): string {
  if (left === null || state !== 'open' || mine?.place === 'waitlisted') return ''
  if (left > 0) return `${t.event.rsvp.left(left)}.`
  return hasWaitlist ? t.event.rsvp.fullWaitlist : ''
}

function deadlineNote({ answer, when }: EventPageView, shell: Shell): string {
  return answer.deadline && answer.state === 'open'
    ? t.event.rsvp.deadline(stamp(answer.deadline, zoneOf(when), shell.locale))
    : ''
}

function AnswerForm({ view, shell }: Props) {
  const { answer } = view
  return (
    <form class="answer" method="post" action={`${view.path}/rsvp`} aria-label={t.event.rsvp.label}>
      {answer.needsApproval && answer.question && <Question answer={answer} />}
      <div class="choices">
        <Choice status="going" label={goingLabel(answer)} mine={answer.mine} />
        <Choice status="interested" label={t.event.rsvp.interested} mine={answer.mine} />
        <Choice status="notgoing" label={t.event.rsvp.notgoing} mine={answer.mine} />
      </div>
      <p class="note">
        {!shell.viewer ? t.event.rsvp.signIn : answer.willPublish ? t.event.rsvp.published : t.event.rsvp.local}
      </p>
    </form>
  )
}

function goingLabel({ mine, left, hasWaitlist, needsApproval }: AnswerView): string {
  if (mine?.status === 'going') return t.event.rsvp.going
  if (left === 0 && hasWaitlist) return t.event.rsvp.joinWaitlist
  return needsApproval ? t.event.rsvp.askToCome : t.event.rsvp.going
}

function Choice({ status, label, mine }: { status: RsvpStatus; label: string; mine: MyAnswer | null }) {
  return (
    <button
      class={`btn ${status === 'going' ? 'primary' : ''}`}
      type="submit"
      name="status"
      value={status}
      aria-pressed={mine?.status === status}
    >
      {mine?.status === status && <Icon name="check" />}
      {label}
    </button>
  )
}

function Question({ answer }: { answer: AnswerView }) {
  return (
    <p class="field">
      <label for="answer">{answer.question}</label>
      <textarea
        id="answer"
        name="answer"
        rows={2}
        maxLength={1000}
        aria-describedby="answer-hint"
        dangerouslySetInnerHTML={typedText(answer.mine?.answer ?? '')}
      />
      <small id="answer-hint">{t.event.rsvp.questionHint}</small>
    </p>
  )
}

/** A form of its own: it changes the number and nothing else. */
function GuestsForm({ view, guests }: { view: EventPageView; guests: number }) {
  return (
    <form class="inline-field" method="post" action={`${view.path}/rsvp`}>
      <input type="hidden" name="status" value="going" />
      <label for="guests">{t.event.rsvp.guests}</label>
      <select id="guests" name="guests" data-submit>
        {[0, 1, 2, 3, 4, 5].map((n) => (
          <option key={n} value={n} selected={n === guests}>
            {t.event.rsvp.guestsOption(n)}
          </option>
        ))}
      </select>
      <button class="btn small no-script" type="submit">
        {t.event.rsvp.save}
      </button>
    </form>
  )
}

function Closed({ answer }: { answer: AnswerView }) {
  const href = answer.state === 'external' && answer.externalUrl ? safeHref(answer.externalUrl) : undefined
  return (
    <>
      <p class="note">{t.event.rsvp.state[answer.state]}</p>
      {href && (
        <a class="btn primary" href={href} rel="nofollow ugc noopener">
          {t.event.rsvp.answerElsewhere}
          <Icon name="arrow" />
        </a>
      )}
    </>
  )
}

function Withdraw({ view }: { view: EventPageView }) {
  if (view.answer.state === 'past') return null
  return (
    <form class="withdraw" method="post" action={`${view.path}/withdraw`}>
      <button class="link" type="submit">
        {t.event.rsvp.withdraw}
      </button>
    </form>
  )
}
