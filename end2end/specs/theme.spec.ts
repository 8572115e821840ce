// Light, dark, and paper.

import { expect, signUp, test, openPage, type Page } from '../support/test.ts';
import { book } from '../support/booking.ts';

const colour = (page: Page, name: string) => page.getByRole('group', { name: 'Colours' }).getByRole('button', { name });
const theme = (page: Page) => page.locator('html').getAttribute('data-theme');
const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** Whether a colour such as "rgb(20, 24, 32)" is dark. */
const isDark = (rgb: string) => (rgb.match(/\d+/g) ?? []).slice(0, 3).every((part) => Number(part) < 80);

test('the choice of colours stays, and is in the page itself', async ({ page, open, enhanced }) => {
  await open('/doctors');
  await expect(colour(page, 'System')).toHaveAttribute('aria-pressed', 'true');
  expect(isDark(await background(page))).toBe(false);
  if (enhanced) await page.evaluate(() => Object.assign(window, { samePage: true }));

  const stored = enhanced ? page.waitForResponse(/\/fn\/set_theme/) : undefined;
  await colour(page, 'Dark').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page).toHaveURL(/\/doctors$/);
  await expect(colour(page, 'Dark')).toHaveAttribute('aria-pressed', 'true');
  expect(isDark(await background(page))).toBe(true);
  if (enhanced) {
    expect(await page.evaluate(() => 'samePage' in window), 'painted without a new page').toBe(true);
    await stored;
  }

  // In the HTML, so that no light page flashes before a script runs.
  const html = await (await page.request.get('/')).text();
  expect(html).toMatch(/<html[^>]* data-theme="dark"/);
  await open('/help');
  expect(await theme(page)).toBe('dark');

  await colour(page, 'System').click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
  await expect(colour(page, 'System')).toHaveAttribute('aria-pressed', 'true');
});

test('choosing colours needs no WASM', async ({ page, open }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await open('/doctors');
  await colour(page, 'Dark').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(loaded).toContain('/doctors');
  expect(loaded.filter((path) => path.endsWith('.wasm') || /^\/pkg\/.*\.js$/.test(path))).toEqual([]);
});

test('without a choice, the device decides', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open('/');
  expect(await theme(page)).toBeNull();
  expect(isDark(await background(page))).toBe(true);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(isDark(await background(page))).toBe(false);
});

test('on a dark device, light can be chosen', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open('/help');
  await colour(page, 'Light').click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  expect(isDark(await background(page))).toBe(false);
});

test('a nonsense cookie means the device’s own colours', async ({ page, open }) => {
  await page.context().addCookies([{ name: 'theme', value: 'pink', url: process.env.DOCSLOT_URL }]);
  await open('/');
  expect(await theme(page)).toBeNull();
});

test('on paper there is the appointment, and nothing to press', async ({ page, doctor }) => {
  await signUp(page);
  const { appointment } = await book(page, doctor);
  await openPage(page, `${appointment}/done`);
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden();
  await expect(page.getByRole('group', { name: 'Colours' })).toBeHidden();
  await expect(page.getByRole('link', { name: 'Move or cancel' })).toBeHidden();
  await expect(page.getByText(/^Your reference is /)).toBeVisible();
  expect(isDark(await background(page))).toBe(false);
});
