import { t } from '../messages.ts'
import { Field } from '../ui/field.tsx'
import { Butterfly, Icon } from '../ui/icons.tsx'
import { Layout } from '../ui/layout.tsx'
import type { MailCodePageView, SignInPageView } from '../view/sign-in-view.ts'
import type { Shell } from '../view/shell.ts'

/** Two ways in: the account one has on the network, or just an address. */
export function SignInPage({ shell, view }: { shell: Shell; view: SignInPageView }) {
  const { signIn } = t.settings
  return (
    <Layout shell={shell} title={t.shell.signIn} isPrivate class="narrow">
      <div class="card dialog sign-in">
        <header>
          <h1>{signIn.title}</h1>
          <p class="muted">{leadOf(view)}</p>
        </header>
        <form method="post" action="/sign-in" data-full noValidate>
          <input type="hidden" name="return_to" value={view.returnTo} />
          <Field
            name="identifier"
            label={signIn.identifier}
            value={view.identifier}
            errors={view.errors}
            hint={signIn.identifierHint}
            placeholder={signIn.identifierPlaceholder}
            autocomplete="username"
            autofocus={view.errors.every((error) => error.field !== 'email')}
          />
          <button class="btn primary wide" type="submit">
            <Butterfly />
            {signIn.continue}
          </button>
        </form>
        {view.hasMail && <MailForm view={view} />}
      </div>
      {view.demoHandles.length > 0 && <DemoPeople view={view} />}
    </Layout>
  )
}

/** What signing in is for, above all where it does more than sign in. */
function leadOf({ willAnswer, reason }: SignInPageView): string {
  const { signIn } = t.settings
  if (willAnswer) return signIn.willAnswer[willAnswer]
  return reason ? signIn.reason[reason] : signIn.lead
}

function MailForm({ view }: { view: SignInPageView }) {
  const { signIn } = t.settings
  return (
    <>
      <p class="or">
        <span>{signIn.or}</span>
      </p>
      <form method="post" action="/sign-in/mail" noValidate>
        <input type="hidden" name="return_to" value={view.returnTo} />
        <Field
          name="email"
          label={signIn.email}
          type="email"
          value={view.email}
          errors={view.errors}
          placeholder={signIn.emailPlaceholder}
          autocomplete="email"
        />
        <button class="btn wide" type="submit">
          <Icon name="mail" />
          {signIn.send}
        </button>
      </form>
    </>
  )
}

function DemoPeople({ view }: { view: SignInPageView }) {
  return (
    <section class="demo-people" aria-labelledby="demo-people">
      <h2 id="demo-people">{t.settings.signIn.demo}</h2>
      <form method="post" action="/sign-in" data-full class="actions">
        <input type="hidden" name="return_to" value={view.returnTo} />
        {view.demoHandles.map((handle) => (
          <button key={handle} class="btn small" type="submit" name="identifier" value={handle}>
            @{handle}
          </button>
        ))}
      </form>
    </section>
  )
}

export function MailCodePage({ shell, view }: { shell: Shell; view: MailCodePageView }) {
  const { code } = t.settings
  return (
    <Layout shell={shell} title={code.title} isPrivate class="narrow">
      <form method="post" action="/sign-in/code" class="card dialog sign-in" data-full noValidate>
        <header>
          <h1>{code.title}</h1>
          <p class="muted">{code.lead(view.email)}</p>
        </header>
        <div class="code-field">
          <Field
            name="code"
            label={code.code}
            value=""
            errors={view.errors}
            inputMode="numeric"
            autocomplete="one-time-code"
            pattern="[0-9 ]*"
            maxLength={9}
            autofocus
          />
        </div>
        <button class="btn primary wide" type="submit">
          {code.continue}
        </button>
        <p class="actions">
          <a class="link" href="/sign-in">
            {code.again}
          </a>
          {view.mailboxUrl && (
            <a class="link" href={view.mailboxUrl}>
              {code.mailbox}
            </a>
          )}
        </p>
      </form>
    </Layout>
  )
}
