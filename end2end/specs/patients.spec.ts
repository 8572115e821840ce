// The records of patients: somebody who called gets an account later, and two records become one and two again.

import { demoSignIn, expect, fillRegistration, openPage, signIn, test, type Page } from '../support/test.ts';
import { expectErrorSummary } from '../support/booking.ts';
import { another, button, main } from '../support/clinic.ts';

test.describe.configure({ timeout: 90_000 });

const unique = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 7)}`;

/** The desk adds an appointment for somebody new who calls, at the first free time or, with -1, the last one of the day. */
async function addCaller(staff: Page, doctor: string, name: string, email = '', nth = 0): Promise<void> {
  await openPage(staff, `/doctor/add?doctor=${doctor}&patient=new`);
  const later = main(staff).getByText('The next day with a free time is');
  if (await later.count()) await later.getByRole('link').click();
  await main(staff).getByLabel('Full name of the patient').fill(name);
  if (email) await main(staff).getByLabel('Email address').fill(email);
  await main(staff).locator('label.slot').nth(nth).click();
  await button(staff, 'Add the appointment').click();
  await expect(staff).toHaveURL(/\/doctor\?/);
}

/** Opens the record of the only patient whom this finds. */
async function openRecord(staff: Page, name: string): Promise<void> {
  await openPage(staff, `/patients?q=${encodeURIComponent(name)}`);
  await main(staff).getByRole('link', { name, exact: true }).click();
  await expect(staff.getByRole('heading', { level: 1 })).toHaveText(name);
}

test('a caller without an address gets one later, and an account with the same record', async ({ browser, page, doctor }) => {
  const code = unique();
  const [name, email] = [`Cleo Caller ${code}`, `cleo.${code}@example.org`];
  const staff = page;
  await signIn(staff, demoSignIn('admin'));
  await addCaller(staff, doctor, name);

  await openRecord(staff, name);
  await expect(main(staff)).toContainText('Not known');
  await main(staff).getByRole('link', { name: 'Change the record' }).click();
  await main(staff).getByLabel('Day', { exact: true }).fill('30');
  await main(staff).getByLabel('Month').fill('2');
  await main(staff).getByLabel('Year').fill('1980');
  await main(staff).getByLabel('Email address').fill(email);
  await button(staff, 'Save the record').click();
  await expectErrorSummary(staff, /Enter a date that exists/);
  await expect(main(staff).getByLabel('Email address')).toHaveValue(email);
  await main(staff).getByLabel('Day', { exact: true }).fill('28');
  await button(staff, 'Save the record').click();
  await expect(main(staff)).toContainText('28 February 1980');

  const caller = await another(browser);
  await openPage(caller, '/register');
  // under a name of fewer words, as people type it
  await fillRegistration(caller, `Cleo ${code}`, { email, password: `quiet-harbour-${code}` });
  // the link to the password proved the address, so the desk's record is joined with the account
  await openPage(caller, '/appointments');
  await expect(main(caller)).toContainText(/\d(am|pm)|noon/);
  await openPage(caller, '/account');
  await expect(main(caller)).toContainText(name);
  await caller.context().close();
});

test('two records of one person are merged, and made two again', async ({ page, doctor }) => {
  const code = unique();
  const [one, other] = [`Dora Double ${code}`, `Dorothea Double ${code}`];
  await signIn(page, demoSignIn('admin'));
  await addCaller(page, doctor, one);
  await addCaller(page, doctor, other, '', -1);

  await openRecord(page, one);
  await main(page).getByRole('link', { name: 'Merge with another record' }).click();
  await main(page).getByLabel('Find the other record').fill(`dorothea ${code}`);
  await button(page, 'Search').click();
  await main(page).getByRole('link', { name: other, exact: true }).click();
  await expect(main(page)).toContainText('1 appointment comes along.');
  await main(page).getByRole('radio', { name: other }).check();
  await button(page, 'Merge the two records').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(other);
  await expect(main(page).getByRole('link', { name: /^Move/ })).toHaveCount(2);

  await button(page, 'Make them two again').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(one);
  await expect(main(page).getByRole('link', { name: /^Move/ })).toHaveCount(1);
  await openRecord(page, other);
  await expect(main(page).getByRole('link', { name: /^Move/ })).toHaveCount(1);
});
