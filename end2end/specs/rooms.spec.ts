// Rooms and devices: staff keep them, a visit type needs one, a booking gets one, and one out of use loses no appointment.

import { demoSignIn, expect, openPage, signIn, signUp, test } from '../support/test.ts';
import { another, button, main } from '../support/clinic.ts';
import { book, row } from '../support/booking.ts';
import { expectAccessible, expectNoOverflow } from '../support/accessible.ts';

test.describe.configure({ timeout: 90_000 });

test('a device is added, needed, used and taken out of use', async ({ browser, page, doctor, enhanced }) => {
  const mark = `${enhanced ? 'wasm' : 'plain'} ${Date.now()}`;
  const staff = await another(browser);
  await signIn(staff, demoSignIn('admin'));

  await openPage(staff, '/admin/locations');
  const places = await main(staff).getByRole('table').getByRole('link').evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
  for (const [place, href] of places.entries()) {
    await openPage(staff, `${href}/rooms`);
    const kinds = main(staff).locator('select[name="kind"]');
    if (await kinds.count()) await kinds.selectOption(place === 0 ? 'A new kind' : `Scanner ${mark}`);
    if (place === 0) await main(staff).locator('input[name="new_kind"]').fill(`Scanner ${mark}`);
    await main(staff).getByLabel('Name', { exact: true }).fill(`Scanner ${mark} ${place + 1}`);
    await button(staff, 'Add').click();
    await expect(main(staff).getByText('Added.')).toBeVisible();
    await expect(main(staff).getByRole('link', { name: `Scanner ${mark} ${place + 1}` })).toBeVisible();
  }
  await expectAccessible(staff, 'rooms and devices');
  await expectNoOverflow(staff, 'rooms and devices');

  await openPage(staff, `/doctor/visit-types?doctor=${doctor}`);
  await main(staff).getByRole('listitem').getByRole('heading').first().getByRole('link').click();
  await main(staff).getByLabel('Room or device that it needs').selectOption(`Scanner ${mark}`);
  await button(staff, 'Save').click();
  await expect(main(staff).getByText(`Needs: Scanner ${mark}`)).toBeVisible();

  await signUp(page, 'Cleo Scanned');
  const { appointment } = await book(page, doctor);
  await expect(row(page, 'Room or device')).toHaveCount(0);
  await openPage(staff, appointment);
  await expect(row(staff, 'Room or device')).toContainText(`Scanner ${mark}`);

  const used = (await row(staff, 'Room or device').innerText()).match(/Scanner .*$/)?.[0] ?? '';
  const href = places[Number(used.at(-1)) - 1];
  await openPage(staff, `${href}/rooms`);
  await main(staff).getByRole('link', { name: used }).click();
  // today is over already where a clinic is further east
  const tomorrow = new Date(Date.now() + 86_400_000);
  for (const [part, value] of [['Day', tomorrow.getDate()], ['Month', tomorrow.getMonth() + 1], ['Year', tomorrow.getFullYear()]]) {
    await main(staff).getByLabel(String(part)).fill(String(value));
  }
  await button(staff, 'Save').click();
  await expect(main(staff).getByText(/no other one is free then/)).toBeVisible();
  await expectAccessible(staff, 'a device that appointments use');
  await button(staff, 'Take it out of use').click();
  await expect(main(staff).getByText('Appointments that need another time')).toBeVisible();
  // the appointment stands
  await openPage(page, appointment);
  await expect(main(page).getByRole('link', { name: 'Choose a new time' })).toBeVisible();

  // as other specs find it
  await openPage(staff, `/doctor/visit-types?doctor=${doctor}`);
  await main(staff).getByRole('listitem').getByRole('heading').first().getByRole('link').click();
  await main(staff).getByLabel('Room or device that it needs').selectOption('Nothing');
  await button(staff, 'Save').click();
  await staff.context().close();
});
