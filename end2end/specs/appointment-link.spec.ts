// The link in a message about one appointment: it works without signing in, and only its form changes something.

import { expect, signUp, test } from '../support/test.ts';
import { book } from '../support/booking.ts';
import { linkTo } from '../support/mail.ts';

test('an appointment is seen and cancelled from its message without signing in', async ({ page, open, doctor, context }) => {
  test.skip(!process.env.DOCSLOT_MAIL, 'the messages of a server elsewhere cannot be read');
  const patient = await signUp(page);
  await book(page, doctor);
  const link = await linkTo('/appointment/', patient.email);

  // another browser, without a sign-in
  await context.clearCookies();
  await open(link);
  await expect(page.getByRole('term').filter({ hasText: 'Doctor' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Add to calendar' })).toBeVisible();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toHaveAttribute('href', '/sign-in');

  await page.getByRole('link', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Cancel your appointment on .+\?$/ })).toBeVisible();
  await page.getByRole('link', { name: 'Keep the appointment' }).click();
  await page.getByRole('link', { name: 'Cancel appointment' }).click();
  await page.getByRole('main').getByRole('radio').first().check();
  await page.getByRole('main').getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your appointment is cancelled' })).toBeVisible();

  await open(link);
  await expect(page.getByRole('heading', { level: 1, name: 'This link is out of date' })).toBeVisible();
});
