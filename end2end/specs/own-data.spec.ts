// One's own data: the files, who looked at the appointments, and closing the account.

import { readFile } from 'node:fs/promises';
import { expect, signUp, test } from '../support/test.ts';
import { book, expectErrorSummary } from '../support/booking.ts';
import { expectAccessible, expectNoOverflow } from '../support/accessible.ts';

test.describe.configure({ timeout: 120_000 });

test('a patient has the files, reads who changed what, and closes the account', async ({ page, open, doctor }) => {
  await signUp(page, 'Ana Novak');
  await book(page, doctor, 9);

  await open('/account/access');
  await expect(page.getByRole('row', { name: /You\s+Booked/ })).toBeVisible();
  await expectAccessible(page, 'who looked');
  await expectNoOverflow(page, 'who looked');

  await open('/account/data');
  await expectAccessible(page, 'own data, before');
  await page.getByRole('button', { name: 'Prepare the files' }).click();
  await expect(page.getByText('We are preparing the files')).toBeVisible();
  // a job writes them within half a minute
  await expect(async () => {
    await open('/account/data');
    await expect(page.getByRole('link', { name: 'Everything in one file (ZIP)' })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
  await expectAccessible(page, 'own data, ready');
  await expectNoOverflow(page, 'own data, ready');
  for (const [name, words] of [
    ['Data for programs (JSON)', '"Ana Novak"'],
    ['The page to read', 'Ana Novak'],
    ['Appointments for a calendar', 'BEGIN:VEVENT'],
    ['Everything in one file (ZIP)', 'data.html'],
  ]) {
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name }).click();
    const text = await readFile(await (await saving).path(), 'latin1');
    expect(text, name).toContain(words);
  }

  await open('/account/close');
  await expect(page.getByRole('heading', { name: 'These appointments will be cancelled' })).toBeVisible();
  await expectAccessible(page, 'closing');
  await expectNoOverflow(page, 'closing');
  await page.getByRole('button', { name: 'Close my account' }).click();
  await expectErrorSummary(page, /sure/);
  await page.getByLabel('I want to close my account and have my name erased').check();
  await page.getByRole('button', { name: 'Close my account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your account is closed' })).toBeVisible();
  await expectAccessible(page, 'closed');
  await open('/account');
  await expect(page).toHaveURL(/\/sign-in/);
});
