// Puts a button behind every password field of the page that shows what was typed into it. Without scripts there is no
// button. The page loads this file as ui/show_passwords.rs says.
for (const field of document.querySelectorAll('input[type="password"]')) {
  const label = document.querySelector(`label[for="${field.id}"]`);
  const button = document.createElement('button');
  const show = (shown) => {
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
  };
  button.type = 'button';
  button.className = 'show-password';
  button.textContent = `Show ${(label?.textContent ?? 'password').trim().toLowerCase()}`;
  button.setAttribute('aria-controls', field.id);
  button.addEventListener('click', () => show(field.type === 'password'));
  field.setAttribute('autocapitalize', 'none');
  field.after(button);
  show(false);
  // browsers suggest later what was sent in a text field, and restore it when the page is opened again
  field.form?.addEventListener('submit', () => show(false));
  addEventListener('pagehide', () => show(false));
}
