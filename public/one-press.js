// One press on a button sends its form once, and the button shows that it is under way. Without scripts a form can be
// sent twice, which the server answers as it did the first time. Every page loads this file, as ui/one_press.rs says.
let sent;
const again = () => {
  sent = undefined;
  for (const button of document.querySelectorAll('button[aria-busy]')) button.removeAttribute('aria-busy');
};
addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post' || form.target) return;
  if (sent === form) event.preventDefault();
  else setTimeout(() => {
    // what another script sends, that script shows
    if (event.defaultPrevented) return void (sent = undefined);
    event.submitter?.setAttribute('aria-busy', 'true');
    // an answer that is a file leaves the page as it is
    setTimeout(again, 10_000);
  });
  sent = form;
});
addEventListener('pageshow', again);
