// What people do with the links in their mail: confirm an address, and choose a new password.

import { expect, hydrated, signIn, signUp, test, openPage } from '../support/test.ts';
import { expectErrorSummary } from '../support/booking.ts';
import { linkTo, messagesTo } from '../support/mail.ts';

test('from a forgotten password to being signed in again', async ({ page, open, enhanced }) => {
  const patient = await signUp(page);
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
  await open('/sign-in');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Forgot your password?');
  if (enhanced) await hydrated(page);
  await page.getByLabel('Email address').fill('ana');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expectErrorSummary(page, 'Enter an email address, like name@example.org');
  await page.getByLabel('Email address').fill(patient.email);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Check your inbox');

  const link = await linkTo('/reset/', patient.email);
  await open(link);
  await page.getByLabel('New password').fill('short');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expectErrorSummary(page, 'Your new password must have at least 12 characters');
  await expect(page.getByLabel('New password')).toHaveValue('');
  const password = 'seven slow lighthouses';
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page.getByText('Your new password is set')).toBeVisible();

  await signIn(page, { email: patient.email, password });
  await expect(page.getByRole('banner').getByRole('button', { name: 'Sign out' })).toBeVisible();
  await open(link);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link no longer works');
  await expect.poll(() => messagesTo(patient.email).some((text) => text.includes('Subject: Your password was changed'))).toBe(true);
});

test('an address is confirmed by a button, not by opening the link', async ({ page, open, browser }) => {
  const patient = await signUp(page);
  const address = `later.${patient.email}`;
  await open('/account');
  await expect(page.getByText('Not confirmed yet')).toHaveCount(0);
  await open('/account/email');
  await page.getByLabel('New email address').fill(address);
  await page.getByLabel('Password').fill(patient.password);
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('Check the inbox of your new address')).toBeVisible();
  const link = await linkTo('/verify/', address);
  const elsewhere = await (await browser.newContext()).newPage();
  await openPage(elsewhere, link);
  await expect(elsewhere.getByRole('heading', { level: 1 })).toHaveText('Use this email address from now on?');
  await open('/account');
  await expect(page.getByRole('heading', { name: 'Your new email address' })).toBeVisible();
  await elsewhere.getByRole('button', { name: 'Yes, this is my address' }).click();
  await expect(elsewhere.getByRole('heading', { level: 1 })).toHaveText('Your email address is confirmed');
  await open('/account');
  await expect(page.getByRole('heading', { name: 'Your new email address' })).toHaveCount(0);
  await expect(page.getByText(address)).toBeVisible();
  await elsewhere.context().close();
});

test('people change their own name, password and address', async ({ page, open }) => {
  const patient = await signUp(page);
  await open('/account');
  await page.getByRole('link', { name: 'Change your name' }).click();
  await page.getByLabel('Full name').fill('Ana Maria Novak');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Your details are saved')).toBeVisible();
  await expect(page.getByRole('main').getByText('Ana Maria Novak')).toBeVisible();

  await open('/account/password');
  await page.getByLabel('Current password').fill('not my password');
  await page.getByLabel('New password').fill('seven slow lighthouses');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expectErrorSummary(page, 'This is not your current password');
  await page.getByLabel('Current password').fill(patient.password);
  await page.getByLabel('New password').fill('seven slow lighthouses');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();

  await open('/account/email');
  await page.getByLabel('New email address').fill(`new.${patient.email}`);
  await page.getByLabel('Password').fill('seven slow lighthouses');
  await page.getByRole('button', { name: 'Change address' }).click();
  await expect(page.getByText('Check the inbox of your new address')).toBeVisible();
  await open(await linkTo('/verify/', `new.${patient.email}`));
  await page.getByRole('button', { name: 'Yes, this is my address' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your email address is confirmed');
  await open('/account');
  await expect(page.getByRole('main').getByText(`new.${patient.email}`)).toBeVisible();
});
