// What a storm of wrong passwords does to everybody else: sign-in-storm.mjs URL EMAIL PASSWORD
// Called by sign-in-storm.sh. The server must trust 127.0.0.1 as a proxy: each attempt says that it comes from another
// network, because one network alone is slowed down after twenty.

const [url, email, password] = process.argv.slice(2);
const STORM = 200;
const cores = Number(process.env.CORES);

const percentile = (times, share) => times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];
const shown = (number) => number.toFixed(1);

async function timed(request) {
  const begun = performance.now();
  const answer = await request();
  await answer.arrayBuffer();
  return [performance.now() - begun, answer.status];
}

function signIn(who, secret, network) {
  const from = `10.${network >> 8 & 255}.${network & 255}.1`;
  return timed(() => fetch(`${url}/api/v1/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify({ email: who, password: secret }),
  }));
}

// Fetches the directory on four connections until `until` is over; the milliseconds of each fetch.
async function directory(until) {
  const times = [];
  let over = false;
  until.then(() => { over = true; });
  await Promise.all(Array.from({ length: 4 }, async () => {
    while (!over) {
      // a query of its own each time: pages are kept for a second
      const [time, status] = await timed(() => fetch(`${url}/doctors?q=${Math.random().toString(36).slice(2, 5)}`));
      if (status !== 200) throw new Error(`the directory answers ${status}`);
      times.push(time);
    }
  }));
  return times;
}

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

const alone = [];
for (let n = 0; n < 20; n += 1) {
  const [time, status] = await signIn(email, password, 60_000);
  if (status !== 200) throw new Error(`signing in answers ${status}`);
  alone.push(time);
}
const hash = percentile(alone, 0.5);

await directory(pause(2));
const quiet = await directory(pause(5));
const begun = performance.now();
const storm = Promise.all(Array.from({ length: STORM }, (_, n) => signIn(`nobody-${n}@example.org`, 'not the password', n)));
const loud = await directory(storm);
const answers = await storm;
const took = performance.now() - begun;
const statuses = {};
for (const [, status] of answers) statuses[status] = (statuses[status] ?? 0) + 1;

let signed = 0;
const end = performance.now() + 5_000;
await Promise.all(Array.from({ length: 4 * cores }, async () => {
  while (performance.now() < end) {
    const [, status] = await signIn(email, password, 60_000);
    if (status === 200) signed += 1;
  }
}));
const rate = signed / 5;

const [before, during] = [percentile(quiet, 0.99), percentile(loud, 0.99)];
console.log(`one sign-in alone takes ${shown(hash)} ms, nearly all of it the hash; ${cores} cores`);
console.log(`${STORM} wrong passwords at once took ${shown(took)} ms: ${JSON.stringify(statuses)}`);
console.log(`directory, p99: ${shown(before)} ms without (${quiet.length}), ${shown(during)} ms meanwhile (${loud.length}): x ${(during / before).toFixed(2)}, wanted at most x 2`);
console.log(`sign-ins a second: ${shown(rate)}, of ${shown(cores * 1000 / hash)} that the cores could hash: ${(rate * hash / 1000 / cores).toFixed(2)}, wanted 0.85`);
