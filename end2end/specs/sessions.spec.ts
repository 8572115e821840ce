// Where one is signed in, the password that is asked for again, and the warning before a session of staff ends.

import { expectErrorSummary } from '../support/booking.ts';
import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { another, button } from '../support/clinic.ts';
import { demoSignIn, expect, openPage, signIn, signUp, test } from '../support/test.ts';

test('a person sees where they are signed in, and signs out there', async ({ page, open, browser }) => {
  const patient = await signUp(page);
  const phone = await another(browser);
  await signIn(phone, patient);
  const tablet = await another(browser);
  await signIn(tablet, patient);
  await open('/account');
  await page.getByRole('link', { name: 'Where you are signed in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Where you are signed in');
  await expect(page.getByText('This browser')).toHaveCount(1);
  await expect(page.getByRole('heading', { level: 3, name: 'Chrome on' })).toHaveCount(3);
  await expectAccessibleEverywhere(page, 'sessions');

  await button(page, /^Sign out of Chrome/).first().click();
  await expect(page.getByText('You are signed out there')).toBeVisible();
  await expect(page.getByRole('heading', { level: 3, name: 'Chrome on' })).toHaveCount(2);
  await button(page, 'Sign out everywhere else').click();
  await expect(page.getByText('You are signed out everywhere else')).toBeVisible();
  await expect(button(page, 'Sign out everywhere else')).toHaveCount(0);
  for (const other of [phone, tablet]) {
    await openPage(other, '/account');
    await expect(other).toHaveURL(/\/sign-in/);
  }
});

test('the page that asks for the password again', async ({ page, open }) => {
  const patient = await signUp(page);
  await open('/account/again');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Please type your password again');
  await expectAccessibleEverywhere(page, 'the password again');
  await page.getByLabel('Password').fill('wrong horse battery');
  await button(page, 'Continue').click();
  await expectErrorSummary(page, 'This is not your password');
  await expectAccessibleEverywhere(page, 'a wrong password');
  await page.getByLabel('Password').fill(patient.password);
  await button(page, 'Continue').click();
  await expect(page).not.toHaveURL(/\/account\/again/);
});

test('staff are warned before their session ends, and lose nothing that they typed', async ({ page, enhanced }) => {
  test.skip(!enhanced, 'the warning is a script');
  await page.clock.install();
  await signIn(page, demoSignIn('admin'));
  await openPage(page, '/admin/invitations');
  await page.getByLabel('Email address').fill('new@example.org');
  const dialog = page.getByRole('alertdialog');
  // who types stays signed in without being asked
  const kept = page.waitForResponse(/\/fn\/account\/stay$/);
  await page.clock.fastForward('01:30');
  expect((await kept).status()).toBe(200);
  await expect(dialog).toHaveCount(0);
  await page.clock.fastForward('29:00');
  await expect(dialog.getByRole('heading')).toHaveText('Do you want to stay signed in?');
  await expectAccessibleEverywhere(page, 'the warning');
  await dialog.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(dialog).toHaveCount(0);
  await page.clock.fastForward('31:00');
  await expect(dialog.getByRole('heading')).toHaveText('You are signed out');
  await expect(dialog.getByRole('link', { name: /^Sign in/ })).toHaveAttribute('target', '_blank');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByLabel('Email address')).toHaveValue('new@example.org');
});
