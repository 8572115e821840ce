// An appointment takes place by the clock of the clinic, wherever the browser is.

import { expect, test, openPage, type Page } from '../support/test.ts';
import { freeTimes, hold, openTimes } from '../support/booking.ts';

const clinics = { 'London time': 'Europe/London', 'Athens time': 'Europe/Athens' };

/** "Thursday 3 December, 2:20pm" by the clock of a zone, worked out without docslot. */
function inWords(seconds: number, timeZone: string): string {
  const at = new Date(seconds * 1000);
  const part = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(at);
  const years = { year: 'numeric' } as const;
  const year = part(years) === new Intl.DateTimeFormat('en-GB', { timeZone, ...years }).format() ? '' : ` ${part(years)}`;
  const [hour, minute] = part({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).split(':').map(Number);
  const named = minute === 0 ? { 0: 'midnight', 12: '12 noon' }[hour] : undefined;
  const clock = named ?? `${hour % 12 || 12}${minute ? `:${String(minute).padStart(2, '0')}` : ''}${hour < 12 ? 'am' : 'pm'}`;
  return `${part({ weekday: 'long' })} ${part({ day: 'numeric' })} ${part({ month: 'long' })}${year}, ${clock}`;
}

/** Minutes east of UTC. */
function offset(seconds: number, timeZone: string): number {
  const name = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(new Date(seconds * 1000))
    .find((part) => part.type === 'timeZoneName')?.value;
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name ?? '') ?? [];
  return sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
}

async function clinicZone(page: Page): Promise<string> {
  const words = await page.getByText(/^All times are /).innerText();
  const known = Object.entries(clinics).find(([name]) => words.includes(name));
  expect(known, words).toBeDefined();
  return known?.[1] ?? '';
}

for (const timezoneId of ['Pacific/Kiritimati', 'America/New_York', 'Europe/London']) {
  test.describe(`a browser in ${timezoneId}`, () => {
    test.use({ timezoneId });

    test('shows the clinic’s times, and what the device shows then', async ({ page, enhanced, doctor }) => {
      await openTimes(page, doctor);
      const listed = page.url();
      // once more when the clock passes the first time meanwhile: the list then loses it, and the note names it still
      await expect(async () => {
        await openPage(page, listed);
        const zone = await clinicZone(page);
        const times = await freeTimes(page).evaluateAll((all) =>
          all.map((time) => ({ seconds: Number(time.getAttribute('value')), words: time.getAttribute('aria-label') })),
        );
        expect(times.length).toBeGreaterThan(0);
        for (const { seconds, words } of times) expect(words).toBe(inWords(seconds, zone));

        const hours = (offset(times[0].seconds, timezoneId) - offset(times[0].seconds, zone)) / 60;
        const note = page.getByText(/ on your device\.$/);
        if (enhanced && hours !== 0) {
          const [[day, here], [deviceDay, there]] = [zone, timezoneId].map((id) => inWords(times[0].seconds, id).split(', '));
          const other = day === deviceDay ? '' : ` the day ${hours > 0 ? 'after' : 'before'}`;
          await expect(note).toHaveText(`${here} is ${there}${other} on your device.`, { timeout: 3_000 });
        } else {
          await expect(note).toHaveCount(0);
        }
      }).toPass();
    });

    test('says the clinic’s date and zone next to a held time', async ({ page, doctor }) => {
      const held = await hold(page, doctor);
      const zone = Object.entries(clinics).find(([, id]) => inWords(held.start, id) === held.full);
      expect(zone, held.full).toBeDefined();
      const appointmentCard = page.getByRole('complementary', { name: 'Your appointment' });
      await expect(appointmentCard).toContainText(held.full.split(', ')[0]);
      await expect(appointmentCard).toContainText(zone?.[0] ?? '');
    });
  });
}
