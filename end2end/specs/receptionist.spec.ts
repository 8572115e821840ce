// A receptionist's day: the groups of the navigation, a caller who is booked, found again from the header, moved and
// cancelled; and what is not theirs.

import { demoSignIn, expect, openPage, signIn, test, type Page } from '../support/test.ts';
import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { button, main } from '../support/clinic.ts';

test.describe.configure({ timeout: 90_000 });

const groups = (page: Page) => page.getByRole('navigation', { name: 'Clinic' });

/** Opens the menu of a narrow window; a wide one shows its links. */
async function openMenu(page: Page): Promise<void> {
  const menu = groups(page).locator('summary');
  if (await menu.isVisible()) await menu.click();
}

test('a caller is booked, found from the header, moved and cancelled', async ({ page, doctor, enhanced }) => {
  const name = `Rita Caller ${Date.now().toString(36)}${Math.random().toString(36).slice(2, 5)}`;
  await signIn(page, demoSignIn('receptionist'));
  await openPage(page, '/admin');
  await expect(groups(page).getByRole('link', { name: 'Desk' })).toHaveAttribute('aria-current', 'true');
  for (const hidden of ['Messages', 'Reports', 'Clinic']) {
    await expect(groups(page).getByRole('link', { name: hidden, exact: true })).toHaveCount(0);
  }

  await openPage(page, `/doctor/add?doctor=${doctor}&patient=new`);
  await expect(groups(page).getByRole('link', { name: 'Doctors', exact: true })).toHaveAttribute('aria-current', 'true');
  const later = main(page).getByText('The next day with a free time is');
  if (await later.count()) await later.getByRole('link').click();
  await main(page).getByLabel('Full name of the patient').fill(name);
  await main(page).locator('label.slot').first().click();
  await button(page, 'Add the appointment').click();
  await expect(page).toHaveURL(/\/doctor\?/);

  const search = page.getByRole('search', { name: 'Patients' }).getByRole('searchbox');
  if (enhanced) {
    await page.keyboard.press('/');
    await expect(search).toBeFocused();
    await page.keyboard.type('/');
    await expect(search).toHaveValue('/');
  }
  await search.fill(name);
  await search.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  expect(page.url()).not.toContain('Rita');
  await expect(button(page, 'Choose a time')).toBeVisible();

  await main(page).getByRole('link', { name: /^Move/ }).click();
  await expect(page).toHaveURL(/\/move/);
  await page.goBack();
  await main(page).getByRole('link', { name: /^Cancel/ }).click();
  await page.getByRole('radio', { name: 'The doctor is ill or away' }).check();
  await button(page, 'Cancel the appointment').click();
  await expect(page).toHaveURL(/\/doctor\?/);
  await expect(main(page)).not.toContainText(name);
});

test('what is not theirs says so', async ({ page, doctor }) => {
  await signIn(page, demoSignIn('receptionist'));
  for (const path of ['/admin/settings', '/admin/audit', '/admin/statistics', '/admin/outbox', '/admin/invitations', `/doctor/profile?doctor=${doctor}`]) {
    await openPage(page, path);
    await expect(page.getByRole('heading', { level: 1 }), path).toHaveText('You cannot see this page');
  }
});

test('the groups of the pages keep their order, by the keyboard and in a narrow window', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  for (const path of ['/admin', '/patients', '/admin/doctors', '/admin/outbox', '/admin/statistics', '/admin/audit']) {
    await openPage(page, path);
    const names = await groups(page).locator('.nav-groups a').allTextContents();
    expect(names, path).toEqual(['Desk', 'Doctors', 'Patients', 'Messages', 'Reports', 'Clinic']);
    await expect(groups(page).locator('.nav-groups [aria-current]'), path).toHaveCount(1);
  }
  await expect(groups(page).locator('.nav-pages [aria-current="page"]')).toHaveText('Audit log');
  await page.setViewportSize({ width: 320, height: 700 });
  await openMenu(page);
  await groups(page).getByRole('link', { name: 'Patients', exact: true }).press('Enter');
  await expect(page).toHaveURL(/\/patients$/);
});

test('a doctor sees who may work in the calendar', async ({ page }) => {
  await signIn(page, demoSignIn('doctor'));
  await openPage(page, '/doctor/colleagues');
  await expect(main(page)).toContainText('You let nobody work in your calendar.');
});

test('the pages are accessible', async ({ page, doctor }) => {
  await signIn(page, demoSignIn('receptionist'));
  for (const path of ['/admin', `/doctor?doctor=${doctor}`, '/patients?q=a', '/admin/availability-explainer']) {
    await openPage(page, path);
    await expectAccessibleEverywhere(page, path);
  }
  await page.context().clearCookies();
  await signIn(page, demoSignIn('doctor'));
  await openPage(page, '/doctor/colleagues');
  await expectAccessibleEverywhere(page, 'colleagues');
});
