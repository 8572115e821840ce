// A chosen time waits for its person: through signing in, and longer when asked.

import { expect, signUp, test, openPage, type Page } from '../support/test.ts';
import { confirm, giveDetails, hold } from '../support/booking.ts';

/** The sentence that says until when a time is held. */
const strip = (page: Page) => page.getByRole('main').getByText(/^We are holding /);

/** "10:42am" of the sentence that says until when a time is held. */
async function heldUntil(page: Page): Promise<string> {
  const words = await strip(page).innerText();
  return / until (\d+(?::\d\d)?[ap]m|midday|midnight)\b/.exec(words)?.[1] ?? `none in "${words}"`;
}

const minutes = (time: string) => {
  if (time === 'midday' || time === 'midnight') return time === 'midday' ? 720 : 0;
  const [, hour, minute = '0', half] = /^(\d+)(?::(\d\d))?([ap])m$/.exec(time) ?? [];
  return ((Number(hour) % 12) + (half === 'p' ? 12 : 0)) * 60 + Number(minute);
};

test('a hold survives signing in', async ({ page, doctor }) => {
  const patient = await signUp(page);
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible();

  const held = await hold(page, doctor);
  const until = await heldUntil(page);
  const book = page.url();
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await expect(page.getByText(`Your time is kept: we are holding ${held.full.split(', ')[1]} for you until ${until}`)).toBeVisible();
  await page.getByLabel('Email address').fill(patient.email);
  await page.getByLabel('Password').fill(patient.password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(book);
  expect(await heldUntil(page)).toBe(until);
  await giveDetails(page);
  await confirm(page);
});

test('a hold is made longer: in place with WASM, by a new page without', async ({ page, enhanced, doctor }) => {
  await signUp(page);
  await hold(page, doctor);
  await openPage(page, page.url());
  const before = await heldUntil(page);
  await page.getByLabel('Reason for your appointment').fill('Still typing');
  await page.getByRole('button', { name: 'Keep it longer' }).click();
  await expect(strip(page)).not.toContainText(before);
  const after = await heldUntil(page);
  expect((minutes(after) - minutes(before) + 1440) % 1440).toBe(5);
  await expect(page).toHaveURL(/\/book\/[0-9a-f-]{36}$/);
  if (enhanced) {
    await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Still typing');
    await expect(page.getByRole('status')).toHaveText(`We are holding the time until ${after}.`);
  }
  await giveDetails(page, 'Typed');
  expect(await heldUntil(page)).toBe(after);
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
  await hold(page, doctor, 4);
  await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Comes along');
  await expect(page.getByLabel('Phone number')).toHaveValue('020 7946 0222');
});
