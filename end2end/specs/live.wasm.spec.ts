// A list of times that stays open: what others take leaves it. The browser's clock is moved, not the server's.

import { expect, hydrated, test } from '../support/test.ts';
import { choose, freeTimes, goOn, hold, openTimes, showDay } from '../support/booking.ts';

test('times that others take leave the open list, and the chosen one is missed aloud', async ({ browser, page, doctor }) => {
  await openTimes(page, doctor, 5);
  await page.clock.install();
  await page.reload();
  await hydrated(page);
  const before = await freeTimes(page).count();
  const chosen = await choose(page, 1);
  const [, time] = chosen.full.split(', ');

  const rival = await (await browser.newContext()).newPage();
  await hold(rival, doctor, 5, 0);
  await page.clock.fastForward(21_000);
  await expect(freeTimes(page)).toHaveCount(before - 1);
  await expect(page.getByRole('status')).toHaveText(/^1 time was taken\. \d+ left\.$/);
  await expect(page.getByRole('radio', { name: chosen.full, exact: true })).toBeChecked();

  // the rival prefers the time that is chosen here
  await openTimes(rival, doctor, 5);
  await rival.getByRole('radio', { name: chosen.full, exact: true }).check();
  await goOn(rival).click();
  await expect(rival).toHaveURL(/\/book\//);
  await page.clock.fastForward(21_000);
  const notice = page.getByText(`${time} was just booked by someone else. Please choose another time.`);
  await expect(notice).toBeVisible();
  await expect(page.locator(':focus')).toContainText(`${time} was just booked by someone else.`);
  await expect(page.getByRole('radio', { name: chosen.full, exact: true })).toHaveCount(0);
  await rival.context().close();

  // the page goes on working
  await choose(page, 2);
  await goOn(page).click();
  await expect(page).toHaveURL(/\/book\//);
});

test('a list that nobody else touches says nothing', async ({ page, doctor }) => {
  await openTimes(page, doctor, 7);
  await page.clock.install();
  await page.reload();
  await hydrated(page);
  const before = await freeTimes(page).count();
  await page.clock.fastForward(65_000);
  await showDay(page, 7);
  await expect(freeTimes(page)).toHaveCount(before);
  await expect(page.getByRole('status')).toBeEmpty();
});
