// Several appointments at once: a plan with a conflict, what is taken instead, and the series afterwards.

import { expect, signUp, test } from '../support/test.ts';
import { book, expectErrorSummary, showDays } from '../support/booking.ts';

test('a series with one conflict', async ({ page, open, doctors }) => {
  await signUp(page);
  const doctor = await test.step('a doctor with whom patients book several', async () => {
    for (const doctor of doctors) {
      await open(`/doctors/${doctor}`);
      await showDays(page);
      if (await page.getByRole('link', { name: 'Book several appointments at once' }).isVisible()) return doctor;
    }
    throw new Error('no doctor offers series');
  });
  // what stands in the way of the first time
  const other = await book(page, doctor);
  const [, number, month, year] = /^\w+ (\d+) (\w+)(?: (\d{4}))?, /.exec(other.full) ?? [];
  const date = new Date(other.start * 1000);
  const months = 'January February March April May June July August September October November December'.split(' ');

  await test.step('the plan', async () => {
    await open(`/doctors/${doctor}`);
    await showDays(page);
    await page.getByRole('link', { name: 'Book several appointments at once' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Book several appointments' })).toBeVisible();
    await page.getByRole('button', { name: 'Show the plan' }).click();
    await page.getByRole('group', { name: 'First day' }).getByLabel('Day').fill(number ?? '');
    await page.getByLabel('Month').fill(String(months.indexOf(month ?? '') + 1));
    await page.getByLabel('Year').fill(year ?? String(date.getFullYear()));
    await page.getByLabel('Time of day').fill(other.full.split(', ')[1] ?? '');
    await page.getByLabel('For how many weeks?').fill('3');
    await page.getByRole('button', { name: 'Show the plan' }).click();
    const first = page.getByRole('group', { name: other.full });
    await expect(first).toContainText('You have another appointment then');
  });

  await test.step('what was not chosen', async () => {
    await page.getByRole('button', { name: 'Book these appointments' }).click();
    await expectErrorSummary(page, `Choose a time instead of ${other.full}`);
  });

  const rows = page.getByRole('listitem').filter({ has: page.locator('fieldset') });
  const all = await rows.count();
  expect(all).toBe(3);
  for (let place = 0; place < all; place += 1) {
    const radios = rows.nth(place).getByRole('radio');
    if ((await rows.nth(place).getByRole('radio', { checked: true }).count()) === 0) await radios.first().check();
  }
  await page.getByLabel('Reason for the appointments').fill('A stiff knee');
  await page.getByRole('button', { name: 'Book these appointments' }).click();

  await test.step('the series', async () => {
    await expect(page.getByRole('heading', { level: 1, name: '3 appointments booked together' })).toBeVisible();
    await expect(page.getByText('2 of 3', { exact: false })).toBeVisible();
    await page.getByRole('article').nth(1).getByRole('link').click();
    await expect(page.getByText('This is 2 of 3 appointments that were booked together.')).toBeVisible();
    await page.getByRole('link', { name: 'See all of them' }).click();
    await page.getByRole('link', { name: 'Cancel the remaining 3' }).click();
    await page.getByRole('button', { name: 'Cancel the remaining ones' }).click();
    await expect(page.getByText('The times are free for other patients now.')).toBeVisible();
  });
});

test('the soonest time with any doctor', async ({ page, open }) => {
  await open('/doctors?specialty=cardiology');
  await page.getByRole('link', { name: 'Soonest with any doctor' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'The soonest time with any doctor' })).toBeVisible();
});
