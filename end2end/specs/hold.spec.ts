// A chosen time waits for its person: through signing in, and longer when asked.

import { expect, signUp, test, openPage, type Page } from '../support/test.ts';
import { choose, confirm, giveDetails, goOn, hold, showDay } from '../support/booking.ts';

/** The sentence that says how long a time is still held. */
const strip = (page: Page) => page.getByRole('main').getByText(/^We are holding this time for /);

/** The minutes of that sentence. */
async function minutesLeft(page: Page): Promise<number> {
  return Number(/ for (\d+) more minutes?\.$/.exec(await strip(page).innerText())?.[1]);
}

test('a hold survives signing in', async ({ page, doctor }) => {
  const patient = await signUp(page);
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible();

  const held = await hold(page, doctor);
  const left = await minutesLeft(page);
  expect(left).toBeGreaterThan(0);
  const book = page.url();
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  const [day, time] = held.full.split(', ');
  await expect(page.getByText(new RegExp(`^Your time is kept: ${day}.*, ${time} \\(.*We are holding this time for \\d+ more minutes`))).toBeVisible();
  await page.getByLabel('Email address').fill(patient.email);
  await page.getByLabel('Password').fill(patient.password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(book);
  expect(await minutesLeft(page)).toBeLessThanOrEqual(left);
  await giveDetails(page);
  await confirm(page);
});

test('a hold is made longer: in place with WASM, by a new page without', async ({ page, enhanced, doctor }) => {
  await signUp(page);
  await hold(page, doctor);
  await openPage(page, page.url());
  const before = await minutesLeft(page);
  await page.getByLabel('Reason for your appointment').fill('Still typing');
  await page.getByRole('button', { name: 'Keep it longer' }).click();
  await expect.poll(() => minutesLeft(page)).toBeGreaterThan(before);
  const after = await minutesLeft(page);
  // a minute may pass meanwhile
  expect([before + 4, before + 5]).toContain(after);
  await expect(page).toHaveURL(/\/book\/[0-9a-f-]{36}$/);
  if (enhanced) {
    await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Still typing');
    await expect(page.getByRole('status')).toHaveText(`We are holding this time for ${after} more minutes.`);
  }
  await giveDetails(page, 'Typed');
  expect([after - 1, after]).toContain(await minutesLeft(page));
});

test('a hold belongs to one browser', async ({ browser, page, doctor }) => {
  await hold(page, doctor);
  const other = await browser.newContext();
  const stranger = await other.newPage();
  const answer = await stranger.goto(page.url());
  expect(answer?.status()).toBe(404);
  await expect(stranger.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
  await signUp(stranger);
  expect((await stranger.goto(page.url()))?.status()).toBe(404);
  await other.close();
});

test('choosing another time keeps what was typed', async ({ page, doctor }) => {
  await signUp(page);
  await hold(page, doctor);
  await giveDetails(page, 'Comes along', '020 7946 0222');
  await page.getByRole('button', { name: 'Change the time' }).click();
  await showDay(page, 4);
  await choose(page);
  await goOn(page).click();
  await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Comes along');
  await expect(page.getByLabel('Phone number')).toHaveValue('020 7946 0222');
});
