// Sends a form with files and shows how far that has come. Without scripts, or when no file was chosen, the form is sent
// as every form is. The page loads this file as ui/send_progress.rs says.
for (const form of document.querySelectorAll('form[data-progress]')) {
  const shown = form.querySelector('.send-progress');
  const bar = shown.querySelector('progress');
  const words = shown.querySelector('[role="status"]');
  const button = form.querySelector('button[type="submit"]');
  let told = -1;
  const tell = (sent) => {
    bar.value = sent;
    // a screen reader hears every quarter, not every step
    const quarter = Math.floor(sent / 25);
    if (quarter === told) return;
    told = quarter;
    words.textContent = sent < 100 ? `Sending: ${quarter * 25} percent sent.` : 'Everything was sent. We are checking the files.';
  };
  const stopped = (text) => {
    shown.classList.add('error-text');
    bar.hidden = true;
    words.textContent = text;
    button.disabled = false;
  };
  form.addEventListener('submit', (event) => {
    if (![...form.elements].some((field) => field.files?.length)) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.upload.addEventListener('progress', ({ loaded, total }) => tell(Math.floor((loaded * 100) / Math.max(total, 1))));
    request.addEventListener('load', () => {
      // the page says what became of each file
      if (request.status < 300 || request.status === 401) location.assign(location.pathname);
      else stopped('The files could not be sent. Nothing of them was kept that is not in the list below. Please try again.');
    });
    request.addEventListener('error', () => stopped('The connection broke. Please check it and send the files again.'));
    shown.hidden = false;
    shown.classList.remove('error-text');
    bar.hidden = false;
    button.disabled = true;
    told = -1;
    tell(0);
    request.open('POST', form.action);
    request.setRequestHeader('accept', 'application/json');
    request.send(new FormData(form));
  });
}
