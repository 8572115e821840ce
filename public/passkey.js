// Asks the browser for a passkey when a form that needs one is sent, and sends the answer along. Without scripts, and in a
// browser without passkeys, the button stays hidden and the form says why. The page loads this file as ui/passkey.rs says.
{
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0));
  const encode = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const base = document.documentElement.dataset.base ?? '';
  const words = {
    NotAllowedError: 'No passkey was used: either you stopped, or it took too long, or this device has none for our website. You can try again.',
    InvalidStateError: 'This device has a passkey for your account already. You can use that one.',
    429: 'This was tried too often from your network. Please use another way, or try again in an hour.',
  };

  const challenge = async ({ options, start, body }) => {
    if (options) return options;
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(base + start, { method: 'POST', headers, body });
    if (!answer.ok) throw Object.assign(new Error(), { name: answer.status });
    return answer.json();
  };

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const button = form.querySelector('button');
    const said = form.querySelector('[role="status"]');
    form.querySelector('.passkey-why').hidden = true;
    if (!window.PublicKeyCredential) {
      said.textContent = 'Passkeys are not offered here, because this browser cannot use them.';
      continue;
    }
    button.hidden = false;
    let busy = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      said.textContent = '';
      try {
        const publicKey = JSON.parse(await challenge(form.dataset));
        publicKey.challenge = decode(publicKey.challenge);
        for (const known of [...(publicKey.allowCredentials ?? []), ...(publicKey.excludeCredentials ?? [])]) known.id = decode(known.id);
        const isNew = 'user' in publicKey;
        if (isNew) publicKey.user.id = decode(publicKey.user.id);
        const { id, rawId, type, response } = await navigator.credentials[isNew ? 'create' : 'get']({ publicKey });
        const answered = {};
        for (const name of ['attestationObject', 'authenticatorData', 'clientDataJSON', 'signature', 'userHandle']) {
          if (response[name]) answered[name] = encode(response[name]);
        }
        form.querySelector(`[name="${form.dataset.passkey}"]`).value = JSON.stringify({ id, rawId: encode(rawId), type, response: answered });
        form.submit();
      } catch (error) {
        said.textContent = words[error.name] ?? 'That did not work. Please load this page again, or use another way.';
      }
      busy = false;
    });
  }
}
