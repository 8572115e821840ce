// The desk: the doctors of a location side by side on a day. What WASM adds is in desk.wasm.spec.ts.

import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { main } from '../support/clinic.ts';
import { free, openDesk } from '../support/desk.ts';
import { demoSignIn, expect, openPage, signIn, signUp, test, type Page } from '../support/test.ts';

/** Near enough that most times are free, and far enough that no time is over. */
const AHEAD = 1;

const columns = (page: Page) => page.locator('#desk section');

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
  await openDesk(page, AHEAD);
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

test('nothing of the desk stands in the way of anybody', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  await openDesk(page, AHEAD);
  await expectAccessibleEverywhere(page, 'the desk');
});

test('without scripts a free time and a card lead to their pages', async ({ page, enhanced }) => {
  test.skip(enhanced, 'with WASM they open panels');
  await signIn(page, demoSignIn('admin'));
  await openDesk(page, AHEAD);
  await free(page).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Add an appointment');
  await page.goBack();
  await page.locator('#desk li.booked a').first().click();
  await expect(page).toHaveURL(/\/appointments\/[0-9a-f-]{36}$/);
});
