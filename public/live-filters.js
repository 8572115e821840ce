// Shows what the filters find while they change, in place of a new page: the same page is asked for, and its parts are put
// here. The address stays in step, and the number of doctors is said politely. Without scripts the form's button does it.
// The page loads this file as ui/live_filters.rs says.
const form = document.querySelector('.filters form');
const parts = ['found-head', 'filter-count', 'found'];
let timer;
let request;

const show = async (focus) => {
  clearTimeout(timer);
  request?.abort();
  request = new AbortController();
  const set = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
  const address = form.getAttribute('action') + (set && `?${set}`);
  document.getElementById('found').setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(address, { headers: { accept: 'text/html' }, signal: request.signal });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (!parts.every((id) => page.getElementById(id))) return location.assign(address);
    for (const id of parts) document.getElementById(id).replaceWith(page.getElementById(id));
    document.title = page.title;
    history.replaceState(history.state, '', address);
    const heading = document.querySelector('#found-head h1');
    document.getElementById('status').textContent = heading.textContent;
    if (focus) heading.focus();
  } catch (error) {
    // the next change asks again, and the button is there
    if (error.name !== 'AbortError') document.getElementById('found').removeAttribute('aria-busy');
  }
};

form?.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(show, 250);
});
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  show(true);
});
