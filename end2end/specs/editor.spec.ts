// The availability editor without a pointer: every stop shows where it is, a mistake is named, and the hours are saved.

import { demoSignIn, expect, signIn, test, openPage } from '../support/test.ts';
import { another, invite, join, main } from '../support/clinic.ts';
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
