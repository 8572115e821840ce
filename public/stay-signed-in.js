// Keeps a doctor or member of staff signed in while they work on a page, and warns two minutes before their session ends
// for want of use. Nothing that was typed is lost: the page stays as it is. Without scripts a session that is over shows
// when the next form is sent. The page loads this file as ui/stay_signed_in.rs says.
(() => {
  const WARNING = 120_000;
  const BETWEEN = 60_000;
  const base = document.documentElement.dataset.base ?? '';
  const tabs = new BroadcastChannel('docslot-session');
  let ends = Date.now() + Number(document.currentScript.dataset.seconds) * 1000;
  let asked = Date.now();
  let worked = false;
  let over = false;

  const element = (name, attributes, ...children) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  };
  const title = element('h2', { id: 'stay-title' });
  const text = element('p', { id: 'stay-text' });
  const keep = element('button', { type: 'button', className: 'btn' });
  const leave = element('button', { type: 'submit', className: 'btn btn-quiet', textContent: 'Sign out' });
  const form = element('form', { method: 'post', action: `${base}/fn/sign_out` }, leave);
  const again = element('a', { href: `${base}/sign-in`, target: '_blank', className: 'btn', textContent: 'Sign in (opens a new tab)' });
  const buttons = element('div', { className: 'btns' }, keep);
  const dialog = element('dialog', { className: 'stay' }, title, text, buttons);
  dialog.setAttribute('role', 'alertdialog');
  dialog.setAttribute('aria-labelledby', 'stay-title');
  dialog.setAttribute('aria-describedby', 'stay-text');
  document.body.append(dialog);

  const say = (isOver) => {
    over = isOver;
    title.textContent = isOver ? 'You are signed out' : 'Do you want to stay signed in?';
    text.textContent = isOver
      ? 'You did nothing here for a while. What you typed is still on this page. Sign in in a new tab, then come back and go on.'
      : 'You have done nothing here for a while. Within two minutes we sign you out, so that nobody else can use your account.';
    keep.textContent = isOver ? 'Go on' : 'Stay signed in';
    keep.className = isOver ? 'btn btn-quiet' : 'btn';
    buttons.replaceChildren(...(isOver ? [again, keep] : [keep, form]));
    if (!dialog.open) dialog.showModal();
    buttons.firstElementChild.focus();
  };
  const goOn = (until) => {
    ends = until;
    over = false;
    if (dialog.open) dialog.close();
  };
  const stay = async () => {
    worked = false;
    asked = Date.now();
    try {
      const answer = await fetch(`${base}/fn/account/stay`, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      });
      if (answer.status === 401) say(true);
      if (!answer.ok) return;
      goOn(asked + Number(await answer.json()) * 1000);
      tabs.postMessage(ends);
    } catch {
      // without a connection nothing is known; the next look asks again
    }
  };
  const look = () => {
    const left = ends - Date.now();
    if (over) return;
    if (worked && !dialog.open && Date.now() - asked >= BETWEEN) stay();
    else if (left <= 0) say(true);
    else if (left <= WARNING && !worked && !dialog.open) say(false);
  };

  for (const kind of ['pointerdown', 'keydown', 'input']) {
    addEventListener(kind, (event) => { worked ||= !dialog.contains(event.target); }, { passive: true });
  }
  keep.addEventListener('click', stay);
  // the key Escape asks to stay, as the first button does
  dialog.addEventListener('cancel', (event) => { event.preventDefault(); stay(); });
  tabs.addEventListener('message', (event) => goOn(event.data));
  setInterval(look, 10_000);
})();
