// Questions before an appointment: a doctor writes them, a patient answers them while booking, and once more next time.

import { demoSignIn, expect, signIn, signUp, test, openPage } from '../support/test.ts';
import { confirm, expectErrorSummary, giveDetails, hold, row } from '../support/booking.ts';
import { another, button, invite, join, main, setHours } from '../support/clinic.ts';

test.describe.configure({ timeout: 90_000 });

test('questions are written, answered, read by the doctor, and offered again', async ({ browser, page: staff, enhanced }) => {
  const way = enhanced ? 'Wasm' : 'Plain';
  const name = enhanced ? `Dr Hazel ${way}` : `Dr Rowan ${way}`;
  const email = `hazel.${way.toLowerCase()}.${Date.now()}@example.org`;
  const doctor = await another(browser);
  const patient = await another(browser);
  await signIn(staff, demoSignIn('admin'));
  await join(doctor, await invite(staff, email), email, name);
  await setHours(doctor);
  await openPage(staff, '/admin/doctors');
  await button(staff, `Approve ${name}`).click();
  await expect(button(staff, `Approve ${name}`)).toHaveCount(0);

  await test.step('the doctor writes two questions', async () => {
    await openPage(doctor, '/doctor/visit-types');
    await main(doctor).getByRole('link', { name: /^Questions before / }).first().click();
    await main(doctor).getByRole('link', { name: 'Add a question' }).click();
    await main(doctor).getByLabel('How it is answered').selectOption({ label: 'One of several choices' });
    await main(doctor).getByLabel('Choices').fill('Left');
    await button(doctor, 'Save').click();
    await expectErrorSummary(doctor, 'Enter the question');
    await expect(main(doctor).getByLabel('Choices')).toHaveValue('Left');
    await main(doctor).getByLabel('Question', { exact: true }).fill('Which side hurts?');
    await main(doctor).getByLabel('Choices').fill('Left\nRight');
    await doctor.getByRole('checkbox', { name: /^Must be answered/ }).check();
    await button(doctor, 'Save').click();
    await expect(main(doctor)).toContainText('Saved.');
    await main(doctor).getByRole('link', { name: 'Add a question' }).click();
    await main(doctor).getByLabel('Question', { exact: true }).fill('Since when?');
    await main(doctor).getByLabel('How it is answered').selectOption({ label: 'A date' });
    await button(doctor, 'Save').click();
    await button(doctor, /^Up Since when/).click();
    await expect(main(doctor).getByRole('heading', { level: 2 }).first()).toHaveText('Since when?');
  });

  await openPage(patient, `/doctors?q=${encodeURIComponent(name)}`);
  const profile = main(patient).getByRole('article').getByRole('link', { name, exact: true });
  const slug = (await profile.getAttribute('href'))?.replace('/doctors/', '') ?? '';
  await signUp(patient, `Pat ${way}`);
  const title = `Questions from ${name}`;

  const appointment = await test.step('the patient answers while booking', async () => {
    await hold(patient, slug);
    await expect(patient.getByRole('heading', { level: 2, name: title })).toBeVisible();
    await giveDetails(patient, 'It hurts', 'none');
    const date = patient.getByRole('group', { name: /^Since when\?/ });
    await date.getByLabel('Day').fill('30');
    await date.getByLabel('Month').fill('2');
    await date.getByLabel('Year').fill('2026');
    await button(patient, 'Confirm appointment').click();
    await expectErrorSummary(patient, 'Enter a phone number');
    await expectErrorSummary(patient, 'Answer the question “Which side hurts?”');
    await expectErrorSummary(patient, 'must be a date that exists');
    await patient.getByRole('link', { name: 'Answer the question “Which side hurts?”' }).click();
    await expect(patient.getByRole('radio', { name: 'Left' })).toBeFocused();
    await expect(date.getByLabel('Day')).toHaveValue('30');
    await date.getByLabel('Day').fill('28');
    await expect(patient.getByLabel('Reason for your appointment')).toHaveValue('It hurts');
    await patient.getByLabel('Phone number').fill('');
    await patient.getByRole('radio', { name: 'Right' }).check();
    return confirm(patient);
  });

  await test.step('the doctor reads the answers, staff do not', async () => {
    await openPage(doctor, appointment);
    await expect(row(doctor, 'Which side hurts?')).toHaveText('Right');
    await expect(row(doctor, 'Since when?')).toHaveText('Saturday 28 February 2026');
    await openPage(staff, appointment);
    await expect(main(staff)).toContainText('Only the doctor reads the answers');
    await expect(main(staff)).not.toContainText('Which side hurts?');
  });

  await test.step('next time, the answers are filled in', async () => {
    await hold(patient, slug, 2);
    await expect(patient.getByRole('heading', { name: 'Same as last time?' })).toBeVisible();
    await expect(patient.getByRole('radio', { name: 'Right' })).toBeChecked();
    await openPage(patient, await confirm(patient));
    await expect(row(patient, 'Which side hurts?')).toHaveText('Right');
  });
  await doctor.context().close();
  await patient.context().close();
});
