// Choosing a time on the doctor's own page, with scripts and without.

import { expect, test } from '../support/test.ts';
import { choose, freeDays, freeTimes, goOn, showDay, showDays } from '../support/booking.ts';

test('the doctor’s page has the days and times of the first visit type', async ({ page, open, doctor }) => {
  await open(`/doctors/${doctor}`);
  await expect(freeDays(page).first()).toBeChecked();
  const heading = page.getByRole('heading', { name: /^Times on / });
  await expect(heading).toBeVisible();
  await expect(heading).not.toBeFocused();
  // the last of the times, which no other spec is after
  const chosen = await choose(page, (await freeTimes(page).count()) - 1);
  expect(await heading.innerText()).toBe(`Times on ${chosen.full.split(', ')[0]}`);
  await goOn(page).click();
  await expect(page).toHaveURL(/\/book\/[0-9a-f-]{36}$/);
  await expect(page.getByRole('complementary', { name: 'Your appointment' })).toContainText(chosen.full.split(', ')[1]);
});

test('going back from a held time leads to the day that was shown, and from there to the page before', async ({ page, open, doctor }) => {
  await open('/help');
  await open(`/doctors/${doctor}`);
  await showDays(page);
  await showDay(page, 4);
  const address = page.url();
  const day = await freeDays(page).nth(4).getAttribute('value');
  await choose(page, (await freeTimes(page).count()) - 1);
  await goOn(page).click();
  await expect(page).toHaveURL(/\/book\//);
  await page.goBack();
  await expect(page).toHaveURL(address);
  await expect(page.locator(`input[name=day][value="${day}"]`)).toBeChecked();
  const label = await page.locator(`input[name=day][value="${day}"]`).locator('xpath=..').locator('.day-name').innerText();
  await expect(page.getByRole('heading', { name: `Times on ${label}` })).toBeVisible();
});

test('later days, and the first ones again', async ({ page, open, doctor }) => {
  await open(`/doctors/${doctor}`);
  const first = await freeDays(page).first().getAttribute('value');
  await page.getByRole('link', { name: 'Later days' }).click();
  await expect(page).toHaveURL(/[?&]from=/);
  await expect(freeDays(page).first()).not.toHaveAttribute('value', first ?? '');
  await expect(freeDays(page).first()).toBeChecked();
  await page.getByRole('link', { name: 'First days' }).click();
  await expect(page).not.toHaveURL(/[?&]from=/);
  await expect(freeDays(page).first()).toHaveAttribute('value', first ?? '');
});

test('a day of a whole month, and the list again', async ({ page, open, doctor, enhanced }) => {
  await open(`/doctors/${doctor}`);
  await page.getByRole('link', { name: 'Whole month' }).click();
  await expect(page).toHaveURL(/[?&]month=\d{4}-\d{2}$/);
  const days = page.getByRole('table', { name: /^Days of / }).getByRole('link');
  const day = (await days.last().locator('.visually-hidden').first().innerText()).replace(/, ?$/, '');
  const count = await days.last().locator('small').innerText();
  await expect(days.last()).toHaveAccessibleName(new RegExp(`^${day}, ${Number.parseInt(count)} times?$`));
  await days.last().click();
  const heading = page.getByRole('heading', { name: `Times on ${day}` });
  await expect(heading).toBeVisible();
  if (enhanced) await expect(heading).toBeFocused();
  await expect(days.last()).toHaveAttribute('aria-current', 'date');
  await expect(freeTimes(page)).toHaveCount(Number.parseInt(count));
  // a time of that day is held like any other, and what is wrong leads back to the month
  await goOn(page).click();
  await expect(page).toHaveURL(/[?&]month=\d{4}-\d{2}&day=/);
  await expect(days.last()).toHaveAttribute('aria-current', 'date');
  const month = await page.getByRole('table', { name: /^Days of / }).locator('caption').innerText();
  await page.getByRole('link', { name: 'Next month' }).click();
  await expect(page.getByRole('table', { name: /^Days of / })).not.toHaveAccessibleName(month);
  await page.getByRole('link', { name: 'Next available days' }).click();
  await expect(freeDays(page).first()).toBeChecked();
});
