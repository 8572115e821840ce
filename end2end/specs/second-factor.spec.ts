// A code of a telephone beside the password: set up, asked for, trusted, and turned off, with WASM and without.

import { createHmac } from 'node:crypto';
import { expect, signUp, test, openPage, type Page, type SignIn } from '../support/test.ts';
import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { expectErrorSummary } from '../support/booking.ts';

// a code works once, so that the spec waits for the next one now and then
test.describe.configure({ timeout: 180_000 });

/** The code that a telephone with this key shows so many steps from now (RFC 6238). */
function code(key: string, steps = 0): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...key.replaceAll(' ', '')].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

const main = (page: Page) => page.getByRole('main');
const heading = (page: Page) => page.getByRole('heading', { level: 1 });

async function signOut(page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible();
}

async function typePassword(page: Page, who: SignIn, next: string): Promise<void> {
  await openPage(page, `/sign-in?next=${next}`);
  await page.getByLabel('Email address').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await main(page).getByRole('button', { name: 'Sign in' }).click();
}

test('a code is set up, asked for, trusted and turned off', async ({ page, open }) => {
  const looks = (what: string) => expectAccessibleEverywhere(page, what);
  const patient = await signUp(page);
  await open('/account/second-factor');
  await looks('before the set-up');
  await main(page).getByRole('button', { name: 'Set it up' }).click();
  await expect(page.getByRole('img', { name: /^Picture for the camera/ })).toBeVisible();
  const key = await page.locator('.typed-key').innerText();
  await looks('the set-up');
  await page.getByLabel('Code from your telephone').fill('12345');
  await main(page).getByRole('button', { name: 'Confirm' }).click();
  await expectErrorSummary(page, 'Enter the 6 digits that your telephone shows, or a recovery code');
  await page.getByLabel('Code from your telephone').fill(code(key, 6));
  await main(page).getByRole('button', { name: 'Confirm' }).click();
  await expectErrorSummary(page, /seems to be 3 minutes fast/);
  await looks('a wrong clock');
  const first = code(key, -1);
  await page.getByLabel('Code from your telephone').fill(`${first.slice(0, 3)} ${first.slice(3)}`);
  await main(page).getByRole('button', { name: 'Confirm' }).click();
  const recovery = await page.locator('.code-list li').allInnerTexts();
  expect(recovery).toHaveLength(10);
  await looks('recovery codes');

  await signOut(page);
  await typePassword(page, patient, '/appointments');
  await expect(heading(page)).toHaveText('Enter your code');
  await expect(page.getByLabel('Code from your telephone')).toHaveAttribute('autocomplete', 'one-time-code');
  await looks('the code at sign-in');
  await page.getByLabel('Code from your telephone').fill('000000');
  await main(page).getByRole('button', { name: 'Sign in' }).click();
  await expectErrorSummary(page, /This is not the code that your telephone shows now/);
  await page.getByRole('link', { name: 'Use a recovery code instead' }).click();
  await expect(heading(page)).toHaveText('Enter a recovery code');
  await looks('a recovery code at sign-in');
  await page.getByLabel('Recovery code').fill(recovery[4].toLowerCase());
  await page.getByLabel('Do not ask for a code in this browser for 30 days').check();
  await main(page).getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/appointments$/);

  await signOut(page);
  await typePassword(page, patient, '/account/second-factor');
  await expect(page).toHaveURL(/\/account\/second-factor$/);
  await expect(main(page).getByText('9 left')).toBeVisible();
  await looks('a trusted browser');
  await page.getByRole('button', { name: /^No longer trust it/ }).click();
  await expect(main(page).getByText('This browser is no longer trusted')).toBeVisible();

  await page.getByRole('link', { name: 'Turn codes off' }).click();
  await looks('turning codes off');
  await page.getByLabel('Code from your telephone, or a recovery code').fill(recovery[4]);
  await main(page).getByRole('button', { name: 'Turn codes off' }).click();
  await expectErrorSummary(page, /it was used already/);
  await page.getByLabel('Code from your telephone, or a recovery code').fill(recovery[5]);
  await main(page).getByRole('button', { name: 'Turn codes off' }).click();
  await expect(main(page).getByText('Codes are no longer asked for')).toBeVisible();
  await signOut(page);
  await typePassword(page, patient, '/appointments');
  await expect(page).toHaveURL(/\/appointments$/);
});
