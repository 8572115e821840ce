// Choosing a time in place: what shows at once, where the focus is, what is said, and what happens when others are faster
// or the network is slow.

import type { Page } from '@playwright/test';
import { expect, hydrated, openPage, test } from '../support/test.ts';
import { choose, deafen, expectErrorSummary, freeDays, freeTimes, goOn, hold, nearestTimes, openTimes } from '../support/booking.ts';

const heading = (page: Page) => page.getByRole('heading', { name: /^Times on / });
const kinds = (page: Page) => page.getByRole('group', { name: 'What kind of appointment do you need?' }).getByRole('radio');
const said = (page: Page) => page.locator('#status');

/** Pages that were loaded and asked for since. */
function watch(page: Page): { pages: string[]; asked: string[] } {
  const seen = { pages: [] as string[], asked: [] as string[] };
  page.on('request', (request) => {
    const path = new URL(request.url()).pathname;
    if (request.isNavigationRequest()) seen.pages.push(path);
    else if (request.resourceType() === 'fetch') seen.asked.push(path);
  });
  return seen;
}

test('another day shows at once, the focus stays, and the address is in step', async ({ page, open, doctor }) => {
  await open(`/doctors/${doctor}`);
  const seen = watch(page);
  await freeDays(page).first().focus();
  await page.keyboard.press('ArrowRight');
  const day = freeDays(page).nth(1);
  await expect(day).toBeFocused();
  await expect(day).toBeChecked();
  const label = await day.getAttribute('data-day');
  // before any answer: nothing was asked for but whether the times are still free
  expect(await heading(page).innerText()).toBe(`Times on ${label}`);
  expect(seen.asked.filter((path) => path !== '/fn/booking/free_times')).toEqual([]);
  const count = await freeTimes(page).count();
  await expect(said(page)).toHaveText(`Times on ${label}: ${count} ${count === 1 ? 'time' : 'times'}.`);
  await expect(page).toHaveURL(new RegExp(`/doctors/${doctor}/times\\?.*day=${await day.getAttribute('value')}`));
  for (const name of await freeTimes(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))) {
    expect(name).toContain(`${label}, `);
  }
  // the same as the server says of this day
  const shown = await page.locator('#day-times .slots').allInnerTexts();
  await page.reload();
  await hydrated(page);
  expect(await page.locator('#day-times .slots').allInnerTexts()).toEqual(shown);
  expect(seen.pages).toHaveLength(1);
});

test('a key press is painted within 50 ms', async ({ page, open, doctor }) => {
  await open(`/doctors/${doctor}`);
  await freeDays(page).first().focus();
  await page.evaluate(() => {
    const painted: number[] = [];
    Object.assign(window, { painted });
    addEventListener('change', () => {
      const began = performance.now();
      requestAnimationFrame(() => setTimeout(() => painted.push(performance.now() - began)));
    }, { capture: true });
  });
  const presses = 2 * ((await freeDays(page).count()) - 1);
  for (let press = 0; press < presses; press += 1) {
    await page.keyboard.press(press < presses / 2 ? 'ArrowRight' : 'ArrowLeft');
    await page.waitForTimeout(60);
  }
  const painted = (await page.evaluate(() => (window as unknown as { painted: number[] }).painted)).sort((a, b) => a - b);
  expect(painted).toHaveLength(presses);
  test.info().annotations.push({ type: 'painted', description: painted.map((time) => time.toFixed(1)).join(' ') });
  expect(painted[Math.floor(painted.length / 2)], 'the median').toBeLessThan(50);
});

test('another visit type takes its place without a page, and the focus stays', async ({ page, open, doctors }) => {
  for (const doctor of doctors) {
    await open(`/doctors/${doctor}`);
    if ((await kinds(page).count()) > 1) break;
  }
  const seen = watch(page);
  await kinds(page).first().focus();
  await page.keyboard.press('ArrowDown');
  const second = kinds(page).nth(1);
  const id = (await second.getAttribute('value')) ?? '';
  await expect(page).toHaveURL(new RegExp(`/times\\?visit_type=${id}`));
  await expect(kinds(page).nth(1)).toBeFocused();
  await expect(kinds(page).nth(1)).toBeChecked();
  await expect(page.locator('#choose')).toHaveAttribute('data-visit-type', id);
  await expect(said(page)).not.toBeEmpty();
  expect(seen.pages).toEqual([]);
  expect(seen.asked.filter((path) => path.endsWith('/times'))).toHaveLength(1);
  // what is held is of the kind that is shown
  await choose(page, (await freeTimes(page).count()) - 1);
  const sent = page.waitForRequest('**/fn/booking/hold');
  await goOn(page).click();
  expect((await sent).postData()).toContain(`visit_type=${id}`);
  await expect(page).toHaveURL(/\/book\//);
});

test('later days take their place, and their heading the focus', async ({ page, open, doctor }) => {
  await open(`/doctors/${doctor}`);
  const seen = watch(page);
  await page.getByRole('link', { name: 'Later days' }).click();
  await expect(page.getByRole('heading', { name: 'Next available days' })).toBeFocused();
  await expect(page).toHaveURL(/[?&]from=/);
  expect(seen.pages).toEqual([]);
});

test('of two tabs with one time, the second says so in place, with the nearest times', async ({ browser, page, doctor }) => {
  await deafen(page);
  await openTimes(page, doctor, 3);
  const place = (await freeTimes(page).count()) - 1;
  const wanted = await choose(page, place);
  const rival = await (await browser.newContext()).newPage();
  await openPage(rival, page.url());
  await rival.getByRole('radio', { name: wanted.full, exact: true }).check();
  await goOn(rival).click();
  await expect(rival).toHaveURL(/\/book\//);
  await rival.context().close();

  const address = page.url();
  const seen = watch(page);
  await goOn(page).click();
  await expectErrorSummary(page, / is taken: another patient has booked it, or is booking it now\./);
  await expect(nearestTimes(page)).toHaveCount(3);
  await expect(page.getByRole('radio', { name: wanted.full, exact: true })).toHaveCount(0);
  await expect(page).toHaveURL(address);
  expect(seen.pages).toEqual([]);

  // another day forgets what was wrong
  await freeDays(page).nth(5).check();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page).not.toHaveTitle(/^Error/);
  await nearestTimes(page).first().click();
  await expect(page).toHaveURL(/\/book\//);
});

test('a page that was open for hours says what is gone, and keeps the rest', async ({ page, doctor }) => {
  await deafen(page);
  await openTimes(page, doctor, 4);
  await choose(page, 0);
  await freeTimes(page).first().evaluate((time) => time.setAttribute('value', String(Math.floor(Date.now() / 1000) - 7_200)));
  const seen = watch(page);
  await goOn(page).click();
  await expect(page.getByRole('alert', { name: 'There is a problem' })).toBeFocused();
  await expect(heading(page)).toBeVisible();
  await expect(freeDays(page).nth(4)).toBeChecked();
  expect(seen.pages).toEqual([]);
});

test('on a slow network one press is one request, and is shown as under way', async ({ page, doctor }) => {
  await openTimes(page, doctor, 2);
  await choose(page, (await freeTimes(page).count()) - 1);
  let requests = 0;
  await page.route('**/fn/booking/hold', async (route) => {
    requests += 1;
    await new Promise((later) => setTimeout(later, 1_000));
    await route.continue();
  });
  await goOn(page).click();
  await expect(goOn(page)).toHaveAttribute('aria-busy', 'true');
  await expect(said(page)).toHaveText('We are holding this time for you.');
  await goOn(page).press('Enter');
  await goOn(page).click({ force: true });
  await expect(page).toHaveURL(/\/book\//);
  expect(requests).toBe(1);
});

test.describe('without a network', () => {
  test.use({ allowedConsole: [/ERR_(FAILED|INTERNET_DISCONNECTED)/] });

  test('what is shown stays chosen, and it is said that there was no answer', async ({ page, open, doctors }) => {
    for (const doctor of doctors) {
      await open(`/doctors/${doctor}`);
      if ((await kinds(page).count()) > 1) break;
    }
    await page.route('**/times?*', (route) => route.abort());
    await kinds(page).nth(1).check();
    const notice = page.getByText('We could not reach the clinic. Please check your connection and try again.');
    await expect(notice).toBeVisible();
    await expect(page.locator(':focus')).toContainText('We could not reach the clinic.');
    await expect(kinds(page).first()).toBeChecked();
    await expect(freeTimes(page).first()).toBeEnabled();
    // days that came along need no network
    await freeDays(page).nth(1).check();
    await expect(heading(page)).toHaveText(`Times on ${await freeDays(page).nth(1).getAttribute('data-day')}`);
    await page.route('**/fn/booking/hold', (route) => route.abort());
    await choose(page, 0);
    await goOn(page).click();
    await expect(notice).toBeVisible();
    await expect(goOn(page)).not.toHaveAttribute('aria-busy', 'true');
  });
});

test('what was chosen before the page became live is shown then', async ({ page, doctor }) => {
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/doctors/${doctor}`);
  await freeDays(page).nth(2).check();
  release();
  await hydrated(page);
  await expect(heading(page)).toHaveText(`Times on ${await freeDays(page).nth(2).getAttribute('data-day')}`);
});

test('on a phone the button stays in sight with the time that was chosen', async ({ page, doctors, open }) => {
  await page.setViewportSize({ width: 390, height: 740 });
  for (const doctor of doctors) {
    await open(`/doctors/${doctor}`);
    if ((await freeTimes(page).count()) > 9) break;
  }
  await heading(page).scrollIntoViewIfNeeded();
  const chosen = await choose(page, 0);
  await expect(goOn(page)).toBeInViewport({ ratio: 1 });
  await expect(page.locator('#chosen-time')).toHaveText(chosen.full);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(wide, 'the page slides sideways').toBe(false);
});

test('a whole booking by a visitor leaves one entry for the choice', async ({ page, open, doctor }) => {
  await open('/help');
  await open(`/doctors/${doctor}`);
  for (const day of [1, 2, 3]) await freeDays(page).nth(day).check();
  await page.goBack();
  await expect(page).toHaveURL(/\/help$/);
  await hold(page, doctor, 3, 1);
});
