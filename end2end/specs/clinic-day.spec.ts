// The clinic's own people: a doctor joins and sets hours, a patient books one of them, the doctor calls it off, and the
// time is offered again.

import { demoSignIn, expect, signIn, signUp, test, openPage } from '../support/test.ts';
import { book, freeTimes, openTimes } from '../support/booking.ts';
import { another, button, invite, join, main, setHours } from '../support/clinic.ts';

test.describe.configure({ timeout: 90_000 });

test('a doctor joins, sets hours, is booked, cancels, and the time is offered again', async ({ browser, page, enhanced }) => {
  const way = enhanced ? 'Wasm' : 'Plain';
  // two names so unlike that the search does not take one for the other, misspelt
  const name = enhanced ? `Dr Willow ${way}` : `Dr Juniper ${way}`;
  const email = `willow.${way.toLowerCase()}.${Date.now()}@example.org`;
  const staff = page;
  const doctor = await another(browser);
  const patient = await another(browser);
  await signIn(staff, demoSignIn('admin'));

  const link = await invite(staff, email);
  await join(doctor, link, email, name);
  await openPage(patient, link);
  await expect(patient.getByRole('heading', { level: 1 })).toHaveText('This invitation has been used');

  await setHours(doctor);
  await openPage(patient, `/doctors?q=${encodeURIComponent(name)}`);
  await expect(patient.getByRole('heading', { level: 1 })).toHaveText('No doctors match');

  await openPage(staff, '/admin/doctors');
  await button(staff, `Approve ${name}`).click();
  await expect(button(staff, `Approve ${name}`)).toHaveCount(0);

  await openPage(patient, `/doctors?q=${encodeURIComponent(name)}`);
  const profile = main(patient).getByRole('article').getByRole('link', { name, exact: true });
  const slug = (await profile.getAttribute('href'))?.replace('/doctors/', '') ?? '';
  await signUp(patient, `Pat ${way}`);
  const visited = await book(patient, slug);
  await openTimes(patient, slug);
  await expect(patient.getByRole('radio', { name: visited.full, exact: true })).toHaveCount(0);

  await openPage(doctor, visited.appointment);
  await main(doctor).getByRole('link', { name: /cancel/i }).click();
  await doctor.getByRole('radio', { name: 'The doctor is ill or away' }).check();
  await button(doctor, 'Cancel the appointment').click();
  await expect(doctor).toHaveURL(/\/doctor\?/);
  await expect(main(doctor)).not.toContainText(`Pat ${way}`);

  await openPage(patient, visited.appointment);
  await expect(patient.getByRole('heading', { name: 'This appointment is cancelled' })).toBeVisible();
  await openTimes(patient, slug);
  await expect(patient.getByRole('radio', { name: visited.full, exact: true })).toHaveCount(1);
  expect(await freeTimes(patient).count()).toBeGreaterThan(1);
  await doctor.context().close();
  await patient.context().close();
});
