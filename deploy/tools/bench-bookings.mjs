// Books as fast as the server lets it: bench-bookings.mjs URL FIRST_DOCTOR BOOKINGS_EACH PASSWORD
// Eight patients of the bench sign in, and each books one time after the other with a doctor of their own, in two requests a booking:
// hold it, confirm it. Prints bookings a second.

const [url, first, each, password] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4]), process.argv[5]];
const PATIENTS = 8;
// every third doctor of the measurements' clinic takes no new patients
const nth = (place) => 1 + 3 * Math.floor(place / 2) + (place % 2);

class Patient {
  cookies = new Map();

  async send(path, fields) {
    const headers = { accept: 'text/html', cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const options = { redirect: 'manual', headers };
    if (fields) {
      Object.assign(headers, { 'sec-fetch-site': 'same-origin' });
      Object.assign(options, { method: 'POST', body: new URLSearchParams(fields) });
    }
    const answer = await fetch(url + path, options);
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      this.cookies.set(name, value);
    }
    return answer;
  }

  async page(path) {
    return (await this.send(path)).text();
  }
}

// every free time of a doctor in the days that are listed first
async function timesOf(patient, doctor) {
  const profile = await patient.page(`/doctors/doctor-${doctor}`);
  const visitType = /name="visit_type" value="([0-9a-f-]{36})"/.exec(profile)?.[1];
  const base = `/doctors/doctor-${doctor}/times?visit_type=${visitType}`;
  const values = (html, name) => [...html.matchAll(new RegExp(`<input[^>]*name="${name}"[^>]*value="([^"]+)"`, 'g'))].map((m) => m[1]);
  const days = values(await patient.page(base), 'day');
  const times = [];
  for (const day of new Set(days)) times.push(...values(await patient.page(`${base}&day=${day}`), 'start'));
  return times.map((start) => ({ doctor: `doctor-${doctor}`, visit_type: visitType, start }));
}

const patients = await Promise.all(
  Array.from({ length: PATIENTS }, async (_, number) => {
    const patient = new Patient();
    const email = `patient-${first + number + 1}@bench.example`;
    await patient.send('/fn/sign_in', { email, password, next: '/' });
    patient.times = (await timesOf(patient, nth(first + number))).slice(0, each);
    return patient;
  }),
);

let booked = 0;
const began = performance.now();
await Promise.all(
  patients.map(async (patient) => {
    for (const time of patient.times) {
      const held = (await patient.send('/fn/booking/hold', time)).headers.get('location') ?? '';
      const id = /^\/book\/([0-9a-f-]{36})/.exec(held)?.[1];
      const done = id && (await patient.send('/fn/booking/confirm', { id })).headers.get('location');
      if (done?.endsWith('/done')) booked += 1;
    }
  }),
);
if (booked === 0) throw new Error('no time was booked');
const rate = booked / ((performance.now() - began) / 1000);
console.log(`${rate.toFixed(1)} ${booked}`);
