import { enhanceForms } from './enhance-forms.ts'
import { enhanceFields } from './enhance-fields.ts'
import { followTopic } from './follow-topic.ts'
import { enhanceMenus } from './enhance-menus.ts'
import { rememberZone, tellTimes } from './tell-times.ts'

/** Runs after the page was parsed. Listeners sit on the document, so parts that are swapped in need nothing. */
document.documentElement.classList.add('scripted')
rememberZone()
enhanceMenus()
enhanceForms()
enhanceFields()
onPage()
document.addEventListener('page:swapped', onPage)
setInterval(tellTimes, 30_000)

/** What each new page needs, however it came. */
function onPage(): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-copy][hidden]')) button.hidden = false
  tellTimes()
  followTopic(document.body.dataset['liveTopic'])
}
