// Books through each door and prints the statements in the server's log: statements.mjs URL LOG
// Each door is used three times; the third is printed, when statements are prepared and calendars known.

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [url, log] = process.argv.slice(2);
const password = 'quiet green bicycle';
const types = { 'content-type': 'application/json' };

async function api(method, path, body, headers = {}) {
  const options = { method, headers: { ...types, ...headers }, body: body && JSON.stringify(body) };
  const answer = await fetch(`${url}/api/v1${path}`, options);
  const found = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(found)}`);
  return { found, etag: answer.headers.get('etag') };
}

const email = `statements-${process.pid}@patients.example`;
await api('POST', '/register', { email, password, role: 'patient' });
const { found: session } = await api('POST', '/login', { email, password });
const signed = { authorization: `Bearer ${session.token}` };
const keyed = () => ({ ...signed, 'idempotency-key': crypto.randomUUID() });

const cookies = new Map();
async function form(path, fields) {
  const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin' };
  headers.cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url + path, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) });
  for (const cookie of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
    cookies.set(name, value);
  }
  return answer.headers.get('location') ?? `${answer.status}`;
}
await form('/fn/sign_in', { email, password, next: '/' });

// a doctor who takes anybody, with times of their own for every door
const times = [];
const { found: doctors } = await api('GET', '/doctors?new_patients=true');
for (const doctor of doctors) {
  const { found: slots } = await api('GET', `/doctors/${doctor.id}/slots`);
  // far enough ahead to be moved and cancelled
  const ahead = slots.filter((slot) => Date.parse(slot.start) > Date.now() + 4 * 86_400_000);
  if (ahead.length < 40) continue;
  times.push(...ahead.map((slot) => ({ doctor, slot })));
  break;
}
let next = 0;
// every third: two that touch are not free together where visits are long
const time = () => times[(next += 3)];

const seen = () => readFileSync(log, 'utf8').split('\n').filter(Boolean);
async function statements(work) {
  // what the last request left behind has been written
  await pause(400);
  const before = seen().length;
  await work();
  await pause(400);
  return seen()
    .slice(before)
    .map((line) => JSON.parse(line))
    .filter((line) => line.target === 'sqlx::query')
    .map(({ fields }) => ({ text: (fields['db.statement'] || fields.summary).replace(/\s+/g, ' ').trim(), ms: fields.elapsed_secs * 1000 }));
}

async function door(name, work, prepare = async () => {}) {
  let last = [];
  for (let round = 0; round < 3; round += 1) {
    await prepare();
    last = await statements(work);
  }
  const sum = last.reduce((ms, each) => ms + each.ms, 0);
  console.log(`\n${name}: ${last.length} exchanges, ${sum.toFixed(2)} ms`);
  for (const { text, ms } of last) console.log(`  ${ms.toFixed(3).padStart(8)} ms  ${text.length > 110 ? `${text.slice(0, 107)}...` : text}`);
}

const wanted = () => {
  const { doctor, slot } = time();
  return { doctor_id: doctor.id, start: slot.start };
};
let made = [];
await door('API: POST /appointments with a key', async () => made.push(await api('POST', '/appointments', wanted(), keyed())));
await door('API: POST /holds', async () => made.push(await api('POST', '/holds', wanted(), keyed())));
const holds = made.splice(3);
await door('API: POST /appointments of a hold', async () => {
  const { found } = holds.shift();
  made.push(await api('POST', '/appointments', { hold_id: found.id }, keyed()));
});
await door('API: POST /appointments/{id}/reschedule', async () => {
  const { found, etag } = made.shift();
  made.push(await api('POST', `/appointments/${found.id}/reschedule`, { start: time().slot.start }, { ...keyed(), 'if-match': etag }));
});
await door('API: POST /appointments/{id}/cancel', async () => {
  const { found, etag } = made.shift();
  await api('POST', `/appointments/${found.id}/cancel`, {}, { ...keyed(), 'if-match': etag });
});
let held = '';
const hold = async () => {
  const { doctor, slot } = time();
  held = await form('/fn/booking/hold', { doctor: doctor.slug, start: Date.parse(slot.start) / 1000 });
};
await door('website: the form that holds a time', hold);
const confirm = async () => {
  const id = /\/book\/([0-9a-f-]{36})/.exec(held)?.[1];
  const done = id && (await form('/fn/booking/confirm', { id, reason: '', phone: '' }));
  if (!done?.endsWith('/done')) throw new Error(`not booked: ${held}, ${done}`);
};
await door('website: the form that confirms it', confirm, hold);
