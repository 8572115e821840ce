// The availability editor without a pointer: every stop shows where it is, a mistake is named, and the hours are saved.

import type { Locator } from '@playwright/test';
import { demoSignIn, expect, signIn, test, openPage } from '../support/test.ts';
import { another, invite, join, main } from '../support/clinic.ts';
import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { tabTo } from '../support/keyboard.ts';

test.describe.configure({ timeout: 90_000 });

test('a week of hours with the keyboard alone', async ({ browser, page: doctor, enhanced }) => {
  const email = `kay.${enhanced ? 'wasm' : 'plain'}.${Date.now()}@example.org`;
  const staff = await another(browser);
  await signIn(staff, demoSignIn('admin'));
  const link = await invite(staff, email);
  await staff.context().close();
  await join(doctor, link, email, `Dr Kay ${enhanced ? 'Wasm' : 'Plain'}`);

  const press = (key: string) => doctor.keyboard.press(key);
  const field = (label: string) => main(doctor).getByLabel(label);
  await openPage(doctor, '/doctor/availability');
  await tabTo(doctor, main(doctor).getByRole('link', { name: /Monday/ }).first());
  await press('Enter');
  await expect(doctor).toHaveURL(/day=1/);

  await tabTo(doctor, field('Monday, first hours, From'));
  await doctor.keyboard.type('9:30');
  await press('Tab');
  await expect(field('Monday, first hours, To')).toBeFocused();
  await doctor.keyboard.type('half past');
  await press('Enter');
  await expect(doctor.getByRole('alert', { name: 'There is a problem' })).toBeFocused();
  await tabTo(doctor, doctor.getByRole('alert').getByRole('link'), 1);
  await press('Enter');
  await expect(field('Monday, first hours, To')).toBeFocused();
  await press('ControlOrMeta+A');
  await doctor.keyboard.type('1130');
  await tabTo(doctor, doctor.getByRole('checkbox', { name: 'Tuesday' }));
  await press('Space');
  await tabTo(doctor, main(doctor).getByRole('button', { name: /^Save/ }));
  await press('Enter');
  await expect(doctor.getByText('The hours are saved.')).toBeVisible();
  for (const day of ['Monday', 'Tuesday']) {
    const row = main(doctor).getByRole('listitem').filter({ has: doctor.getByRole('heading', { name: day }) });
    await expect(row).toContainText('9:30am to 11:30am');
  }
});

test('hours are added and copied on the week itself, and a mistake keeps what was typed', async ({ browser, page: doctor, enhanced }) => {
  const email = `wim.${enhanced ? 'wasm' : 'plain'}.${Date.now()}@example.org`;
  const staff = await another(browser);
  await signIn(staff, demoSignIn('admin'));
  const link = await invite(staff, email);
  await staff.context().close();
  await join(doctor, link, email, `Dr Wim ${enhanced ? 'Wasm' : 'Plain'}`);
  await openPage(doctor, '/doctor/availability');
  const row = (day: string) => main(doctor).locator('.week-row', { has: doctor.getByRole('heading', { name: day }) });
  const add = async (day: string, from: string, to: string) => {
    await row(day).getByText('Add', { exact: false }).first().click();
    await row(day).getByLabel(`${day}, new hours, From`).fill(from);
    await row(day).getByLabel(`${day}, new hours, To`).fill(to);
    await row(day).getByRole('button', { name: `Add these hours to ${day}` }).click();
  };
  await add('Monday', '9', '12:30');
  await expect(doctor.getByText('The hours are saved.')).toBeVisible();
  await expect(row('Monday').locator('.chip')).toHaveText([/9am to 12:30pm/]);
  // what is wrong opens the form of the day, with everything that was typed
  await add('Monday', '14', '12');
  await expect(doctor.getByRole('alert', { name: 'There is a problem' })).toBeVisible();
  await expect(main(doctor).getByLabel('Monday, second hours, From')).toHaveValue('14');
  await main(doctor).getByLabel('Monday, second hours, To').fill('17');
  await main(doctor).getByRole('button', { name: /^Save/ }).click();
  await expect(row('Monday').locator('.chip')).toHaveText([/9am to 12:30pm/, /2pm to 5pm/]);

  await row('Monday').getByText('Copy to', { exact: false }).first().click();
  await row('Monday').getByRole('checkbox', { name: 'Wednesday' }).check();
  await row('Monday').getByRole('checkbox', { name: 'Friday' }).check();
  await row('Monday').getByRole('button', { name: 'Copy the hours of Monday' }).click();
  await expect(doctor.getByText('The hours are saved.')).toBeVisible();
  for (const day of ['Wednesday', 'Friday']) {
    await expect(row(day).locator('.chip')).toHaveText([/9am to 12:30pm/, /2pm to 5pm/]);
  }
  await expect(row('Tuesday')).toContainText('No hours');
  await expectAccessibleEverywhere(doctor, 'the week on one screen');
});

test('the times are counted while hours are typed, and without scripts by a press', async ({ page, open, enhanced }) => {
  await signIn(page, demoSignIn('doctor'));
  await open('/doctor/availability?day=1');
  const times = async (place: Locator) => Number(/Patients will see (\d+) times/.exec(await place.innerText())?.[1]);
  const saved = await times(page.getByRole('complementary', { name: 'What patients see' }));
  const count = page.locator('#times-count');
  await expect(count).toBeEmpty();

  const to = main(page).getByLabel('Monday, first hours, To');
  const from = await main(page).getByLabel('Monday, first hours, From').inputValue();
  const typed = `${Number(from.split(':')[0]) + 1}:00`;
  await to.fill(typed);
  const press = async () => {
    if (!enhanced) await main(page).getByRole('button', { name: 'Count the times' }).click();
  };
  await press();
  await expect(count).toContainText('With these hours, which are not saved yet:');
  const fewer = await times(count);
  expect(fewer).toBeGreaterThan(0);
  expect(fewer).toBeLessThan(saved);
  await expect(to).toHaveValue(typed);
  if (enhanced) await expect(to, 'the focus stays where one types').toBeFocused();
  await expectAccessibleEverywhere(page, 'a count of hours');

  await to.fill('half past');
  await press();
  await expect(count).toContainText('when all hours above are complete');
  await open('/doctor/availability?day=1');
  expect(await times(page.getByRole('complementary', { name: 'What patients see' })), 'nothing was saved').toBe(saved);
});
