// Three messages as a mail program shows them, and the staff's mailbox: docs/screenshots/mail-*.png, and their text parts
// next to them.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { book } from '../support/booking.ts';
import { demoSignIn, expect, signIn, signUp, test, type Page } from '../support/test.ts';

const folder = resolve(import.meta.dirname, '../../docs/screenshots');

test.describe.configure({ mode: 'serial' });

/** The reminder comes a day before the appointment; here it is asked for at once. */
function remind(appointment: string) {
  const program = `
import sqlite3, sys, uuid
database, appointment = sys.argv[1:]
with sqlite3.connect(database) as db:
    db.execute("""insert into outbox (id, dedupe_key, kind, user_id, appointments, due_at, state, attempts, created_at, updated_at)
        select ?, 'picture', 'reminder', patient_id, ?, unixepoch(), 'queued', 0, unixepoch(), unixepoch()
        from appointments where id = ?""", (uuid.uuid4().bytes, '["' + appointment + '"]', uuid.UUID(appointment).bytes))
`;
  const database = join(process.env.DOCSLOT_MAIL ?? '', '..', 'docslot.db');
  execFileSync('python3', ['-c', program, database, appointment]);
}

/** The address of the newest message in the mailbox whose row has these words. */
async function message(page: Page, open: (path: string) => Promise<void>, words: RegExp): Promise<string> {
  const link = page.getByRole('link', { name: words }).first();
  await expect(async () => {
    await open('/admin/mailbox');
    await expect(link).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  return (await link.getAttribute('href')) ?? '';
}

const addresses: Record<string, string> = {};

test('the messages', async ({ page, open, doctor }) => {
  await signUp(page);
  const appointment = await book(page, doctor);
  remind(appointment.appointment.replace('/appointments/', ''));
  await page.context().clearCookies();
  await signIn(page, demoSignIn('admin'));
  addresses.confirmation = await message(page, open, /^Your appointment on/);
  addresses.reminder = await message(page, open, /^Reminder/);
  await page.context().clearCookies();
});

test('the cancellation', async ({ page, open, doctor }) => {
  await signUp(page);
  const appointment = await book(page, doctor);
  await open(`${appointment.appointment}/cancel`);
  await page.getByRole('main').getByRole('radio').first().check({ force: true });
  await page.getByRole('main').getByRole('button', { name: /cancel/i }).click();
  await page.context().clearCookies();
  await signIn(page, demoSignIn('admin'));
  addresses.cancellation = await message(page, open, /^Cancelled/);
  await page.screenshot({ path: join(folder, 'mail-mailbox.png'), animations: 'disabled' });
});

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    test('the messages as they look', async ({ page, open }) => {
      await signIn(page, demoSignIn('admin'));
      for (const [name, address] of Object.entries(addresses)) {
        await open(address);
        const text = page.getByRole('main').locator('pre').first();
        if (theme === 'light') writeFileSync(join(folder, `mail-${name}.txt`), (await text.innerText()) + '\n');
        await page.setViewportSize({ width: 700, height: 820 });
        await page.goto(`${address}/html`);
        await page.screenshot({ path: join(folder, `mail-${name}-${theme}.png`), animations: 'disabled' });
        await page.setViewportSize({ width: 360, height: 820 });
        if (theme === 'light' && name === 'reminder') {
          await page.screenshot({ path: join(folder, `mail-${name}-small.png`), animations: 'disabled' });
        }
      }
    });
  });
}
