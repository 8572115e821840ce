// A list of times that stays open: what others take leaves it, at once while the page hears of changes, and later without.

import type { Page } from '@playwright/test';
import { expect, hydrated, test } from '../support/test.ts';
import { choose, deafen, freeTimes, goOn, hold, openFullDay, openTimes, showDay } from '../support/booking.ts';

// An appointment that is longer than the steps between its times takes several of them.
const TAKEN = /^\d+ times? (was|were) taken\. (\d+ left|None is left on this day)\.$/;
const CHANGES = '**/api/v1/doctors/*/slots/events*';

// The stream of a page that is opened now; it is there as soon as the page hears of changes.
const hears = (page: Page) => page.waitForResponse(CHANGES);

test('times that others take leave the open list within two seconds, and the chosen one is missed aloud', async ({ browser, page, doctors }) => {
  const { doctor, day } = await openFullDay(page, doctors, 5);
  const stream = hears(page);
  await page.reload();
  await hydrated(page);
  expect((await stream).status()).toBe(200);
  const before = await freeTimes(page).count();
  const chosen = await choose(page, before - 1);
  const [, time] = chosen.full.split(', ');

  const rival = await (await browser.newContext()).newPage();
  await hold(rival, doctor, day, 0);
  await expect.poll(() => freeTimes(page).count(), { timeout: 2_000 }).toBeLessThan(before);
  await expect(page.getByRole('status')).toHaveText(TAKEN);
  await expect(page.getByRole('radio', { name: chosen.full, exact: true })).toBeChecked();

  // the rival prefers the time that is chosen here
  await openTimes(rival, doctor, day);
  await rival.getByRole('radio', { name: chosen.full, exact: true }).check();
  await goOn(rival).click();
  await expect(rival).toHaveURL(/\/book\//);
  const notice = page.getByText(`${time} is no longer free. Please choose another time.`);
  await expect(notice).toBeVisible({ timeout: 2_000 });
  await expect(page.locator(':focus')).toContainText(`${time} is no longer free.`);
  await expect(page.getByRole('radio', { name: chosen.full, exact: true })).toHaveCount(0);
  await rival.context().close();

  // the page goes on working
  await choose(page, 2);
  await goOn(page).click();
  await expect(page).toHaveURL(/\/book\//);
});

test('a page that hears nothing asks now and then', async ({ browser, page, doctor }) => {
  await deafen(page);
  await openTimes(page, doctor, 6);
  await page.clock.install();
  await page.reload();
  await hydrated(page);
  const before = await freeTimes(page).count();
  const rival = await (await browser.newContext()).newPage();
  await hold(rival, doctor, 6, 0);
  await rival.context().close();
  await page.clock.fastForward(21_000);
  await expect.poll(() => freeTimes(page).count()).toBeLessThan(before);
  await expect(page.getByRole('status')).toHaveText(TAKEN);
});

test('a hidden page lets go of its stream, and looks again when it is shown', async ({ browser, page, doctor }) => {
  const stream = hears(page);
  await openTimes(page, doctor, 8);
  await hydrated(page);
  const closed = page.waitForEvent('requestfailed', (request) => request.url().includes('/slots/events'));
  await stream;
  const show = (hidden: boolean) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, hidden);
  await show(true);
  await closed;
  const before = await freeTimes(page).count();
  const rival = await (await browser.newContext()).newPage();
  await hold(rival, doctor, 8, 0);
  await rival.context().close();
  await expect(freeTimes(page)).toHaveCount(before);
  const again = hears(page);
  await show(false);
  expect((await again).status()).toBe(200);
  await expect.poll(() => freeTimes(page).count(), { timeout: 2_000 }).toBeLessThan(before);
});

test('a list that no other patient touches says nothing', async ({ page, doctor }) => {
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
