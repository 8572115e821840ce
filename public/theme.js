// The choice of colours without a new page. Where this script does not run, the form around the buttons does the same.
const form = document.querySelector('.theme-switch');
const root = document.documentElement;

form?.addEventListener('submit', (event) => {
  const chosen = event.submitter;
  if (!chosen) return;
  event.preventDefault();
  if (chosen.value === 'system') root.removeAttribute('data-theme');
  else root.setAttribute('data-theme', chosen.value);
  for (const button of form.querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button === chosen));
  }
  const body = new URLSearchParams({ theme: chosen.value });
  // Without an answer the colours stay as chosen until the next page.
  fetch(form.action, { method: 'POST', body, keepalive: true }).catch(() => {});
});
