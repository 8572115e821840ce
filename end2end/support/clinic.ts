// The steps of the clinic's own people, for the specs that need a doctor of their own.

import type { Browser } from '@playwright/test';
import { expect, openPage, type Page } from './test.ts';
import { expectErrorSummary } from './booking.ts';

/** A page of another person, in a browser of their own. */
export async function another(browser: Browser): Promise<Page> {
  return (await browser.newContext()).newPage();
}

/** The main part of the page. */
export const main = (page: Page) => page.getByRole('main');
/** A button in it. */
export const button = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name });

/** Staff invite a doctor; returns the link, which is shown once. */
export async function invite(staff: Page, email: string): Promise<string> {
  await openPage(staff, '/admin/invitations');
  await staff.getByRole('radio', { name: /^Doctor/ }).check();
  await main(staff).getByLabel('Email address').fill(email);
  await main(staff).getByLabel('Specialty (doctors only)').selectOption({ index: 1 });
  await main(staff).getByLabel('Location (doctors only)').selectOption({ index: 1 });
  await button(staff, 'Make the link').click();
  const link = await staff.getByLabel('Link of the invitation').inputValue();
  expect(link).toMatch(/\/invite\/[\w-]{40,}$/);
  await openPage(staff, '/admin/invitations');
  await expect(staff.getByLabel('Link of the invitation')).toHaveCount(0);
  return new URL(link).pathname;
}

/** The invited doctor joins, and waits. */
export async function join(doctor: Page, link: string, email: string, name: string): Promise<void> {
  await openPage(doctor, link);
  await expect(doctor.getByText('invites you to join')).toBeVisible();
  await main(doctor).getByLabel('Email address').fill(email);
  await main(doctor).getByLabel('Full name').fill(name);
  await main(doctor).getByLabel('Professional title').fill('General practitioner');
  await main(doctor).getByLabel('Registration number').fill('GP 4711');
  await main(doctor).getByLabel('Password').fill('nine quiet lighthouses');
  await button(doctor, 'Join').click();
  await expect(doctor.getByRole('heading', { level: 1 })).toHaveText('The clinic must still approve you');
}

/** Every day from 9 to 12. */
export async function setHours(doctor: Page): Promise<void> {
  await openPage(doctor, '/doctor/availability?day=1');
  await doctor.getByLabel('Monday, first hours, From').fill('9');
  await doctor.getByLabel('Monday, first hours, To').fill('9');
  await button(doctor, /^Save/).click();
  await expectErrorSummary(doctor, /after/);
  await expect(doctor.getByLabel('Monday, first hours, From')).toHaveValue('9');
  await doctor.getByLabel('Monday, first hours, To').fill('12:00');
  for (const day of ['Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) {
    await doctor.getByRole('checkbox', { name: day }).check();
  }
  await button(doctor, /^Save/).click();
  await expect(doctor.getByText('The hours are saved.')).toBeVisible();
}
