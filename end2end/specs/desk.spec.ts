// The desk: the doctors of a location side by side on a day. Everything here is done with WASM and without.

import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { another, main } from '../support/clinic.ts';
import { demoSignIn, expect, openPage, signIn, signUp, test, type Page } from '../support/test.ts';

const columns = (page: Page) => page.locator('#desk section');
const free = (page: Page) => page.locator('#desk li.free a');

/** The desk of the next weekday that is at least two days ahead, on which the demo's doctors work. */
async function openDesk(page: Page): Promise<void> {
  const day = new Date(Date.now() + 2 * 86_400_000);
  while ([0, 6].includes(day.getDay())) day.setDate(day.getDate() + 1);
  await openPage(page, `/desk?date=${day.toISOString().slice(0, 10)}`);
}

test('patients do not get to the desk, and visitors are asked to sign in', async ({ page }) => {
  await page.goto('/desk');
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await signUp(page);
  await openPage(page, '/desk');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You cannot see this page');
});

test('a day has a column for each doctor, other days and single doctors by links and a form', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Desk' }).click();
  await expect(page).toHaveURL(/\/desk$/);
  await openDesk(page);
  await expect(columns(page).first()).toBeVisible();
  const all = await columns(page).count();
  expect(all).toBeGreaterThan(3);
  await expect(free(page).first()).toContainText(/^\d+(:\d\d)?(am|pm)|^12 noon/);
  const title = await page.getByRole('heading', { level: 1 }).textContent();

  await main(page).getByRole('link', { name: 'Next day' }).click();
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText(title ?? '');
  await main(page).getByRole('link', { name: 'Previous day' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title ?? '');

  await page.getByText('Doctors: all').click();
  await main(page).getByRole('checkbox').first().check();
  await main(page).getByRole('button', { name: 'Show' }).click();
  await expect(columns(page)).toHaveCount(1);
  await expect(page.getByText('Doctors: 1')).toBeVisible();
  await main(page).getByRole('link', { name: 'Next day' }).click();
  await expect(page.getByText('Doctors: 1')).toBeVisible();
});

test('nothing of the desk stands in the way of anybody', async ({ page, enhanced }) => {
  test.skip(!enhanced, 'axe needs scripts');
  await signIn(page, demoSignIn('admin'));
  await openDesk(page);
  await expectAccessibleEverywhere(page, 'the desk');
});

test('without scripts a free time and a card lead to their pages', async ({ page, enhanced }) => {
  test.skip(enhanced, 'with WASM they open panels');
  await signIn(page, demoSignIn('admin'));
  await openDesk(page);
  await free(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Add an appointment');
});

test('two desks: what one books appears on the other within a second', async ({ browser, page, enhanced }) => {
  test.skip(!enhanced, 'a page without scripts is as it was when it was made');
  await signIn(page, demoSignIn('admin'));
  const other = await another(browser);
  await signIn(other, demoSignIn('admin'));
  await openDesk(page);
  await openDesk(other);
  const name = `Wanda Ray ${Date.now() % 100_000}`;
  const time = free(page).nth(1);
  const href = (await time.getAttribute('href')) ?? '';
  await time.click();
  const panel = page.getByRole('dialog');
  await expect(panel.getByRole('combobox', { name: 'Patient' })).toBeFocused();
  await panel.getByRole('combobox', { name: 'Patient' }).fill(name);
  await expect(panel.getByRole('status')).toHaveText('No patient found. Enter makes a new one.');
  await panel.getByRole('option', { name: 'New patient' }).click();
  await panel.getByLabel(/^Birth date/).fill('31 2 1986');
  await panel.getByRole('button', { name: 'Book' }).click();
  // refused in words, with what was typed
  await expect(panel.locator(':focus')).toContainText('Enter a date that exists');
  await expect(panel.getByLabel(/^Name of the new patient/)).toHaveValue(name);
  await panel.getByLabel(/^Birth date/).fill('3 2 1986');
  await panel.getByRole('button', { name: 'Book' }).click();
  await expect(panel).toHaveCount(0);
  await expect(page.locator(':focus')).toContainText(name);
  await expect(page.locator('#status')).toContainText(`Booked: ${name}`);
  await expect(other.locator('#desk').getByText(name)).toBeVisible({ timeout: 1_500 });
  await expect(other.locator(`#desk a[href="${href}"]`)).toHaveCount(0);

  // and what the other cancels leaves this one
  await other.locator('#desk a', { hasText: name }).click();
  const card = other.getByRole('dialog');
  await card.getByText('Cancel the appointment').click();
  await card.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(card).toHaveCount(0);
  await expect(other.locator('#status')).toHaveText(`${name}: cancelled.`);
  await expect(page.locator('#desk').getByText(name)).toHaveCount(0, { timeout: 1_500 });
  await other.context().close();
});

test('a phone call by keys alone: four of them and a name', async ({ browser, page, enhanced }) => {
  test.skip(!enhanced, 'keys go through the columns with WASM');
  const caller = await another(browser);
  const name = `Calla ${'abcdefgh'[Date.now() % 8]}${'klmnopqr'[Math.floor(Date.now() / 8) % 8]}ora`;
  await signUp(caller, name);
  await caller.context().close();
  await signIn(page, demoSignIn('admin'));
  await openDesk(page);
  let presses = 0;
  const press = async (key: string) => {
    presses += 1;
    await page.keyboard.press(key);
  };
  await free(page).nth(2).focus();
  await press('Enter');
  await expect(page.getByRole('combobox', { name: 'Patient' })).toBeFocused();
  await page.keyboard.type(name, { delay: 30 });
  await expect(page.getByRole('option', { name: new RegExp(name) })).toHaveAttribute('aria-selected', 'true');
  await press('Enter');
  await expect(page.getByRole('button', { name: 'Book', exact: true })).toBeFocused();
  await press('Enter');
  await expect(page.locator(':focus')).toContainText(name);
  await expect(page.locator('#status')).toContainText(`Booked: ${name}`);
  expect(presses).toBeLessThanOrEqual(4);

  // moved by keys: m, a free time, Enter, and the question's button
  const card = page.locator('#desk a', { hasText: name });
  const column = page.locator('#desk section', { has: card });
  await page.keyboard.press('m');
  await expect(page.getByText(/^Moving Calla/)).toBeVisible();
  await column.locator('li.free a').first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Move', exact: true }).press('Enter');
  await expect(page.locator('#status')).toContainText('Moved:');
  await expect(page.getByText(/^Moving Calla/)).toHaveCount(0);

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('the patient has arrived');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('arrow keys go through the times, and only one of them is a stop of the Tab key', async ({ page, enhanced }) => {
  test.skip(!enhanced, 'keys go through the columns with WASM');
  await signIn(page, demoSignIn('admin'));
  await openDesk(page);
  const first = columns(page).first().locator('ol a');
  await first.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(first.nth(1)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(columns(page).nth(1).locator('a:focus')).toHaveCount(1);
  await expect(page.locator('#desk ol a[tabindex="0"]')).toHaveCount(1);
});

test('a desk that no longer hears of changes says so', async ({ page, enhanced }) => {
  test.skip(!enhanced, 'nothing listens without scripts');
  await page.route('**/desk/changes*', (route) => route.fulfill({ status: 429, body: '' }));
  await signIn(page, demoSignIn('admin'));
  await openDesk(page);
  await expect(page.locator('.desk-lost')).toBeVisible({ timeout: 15_000 });
});
