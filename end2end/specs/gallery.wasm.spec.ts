// Pictures of the main pages, kept in artefacts/gallery for people to look at: light, dark, and 320 pixels wide.

import { resolve } from 'node:path';
import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { demoSignIn, expect, signIn, signUp, test, openPage, type Page } from '../support/test.ts';
import { confirm, giveDetails, hold, openTimes } from '../support/booking.ts';

test.describe.configure({ timeout: 90_000 });

const folder = resolve(import.meta.dirname, '../artefacts/gallery');

async function pictures(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const take = (kind: string) =>
    page.screenshot({ path: resolve(folder, `${name}-${kind}.png`), fullPage: true, animations: 'disabled' });
  await take('light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take('dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 320, height: 720 });
  await take('320');
  await page.setViewportSize({ width: 1280, height: 720 });
}

test('pictures of every component in each of its states', async ({ page, open }) => {
  await open('/components');
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 720 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} pixels`).toBeLessThanOrEqual(width);
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  await expectAccessibleEverywhere(page, 'the components');
  await pictures(page, '00-components');
});

test('pictures of the way to a booking', async ({ page, open, doctor }) => {
  await open('/');
  await pictures(page, '01-home');
  await open('/doctors');
  await pictures(page, '02-doctors');
  await open('/doctors?specialty=dermatology&language=ig');
  await pictures(page, '03-no-doctor-matches');
  await open(`/doctors/${doctor}`);
  await pictures(page, '04-doctor');
  await openTimes(page, doctor);
  await pictures(page, '05-times');
  await signUp(page);
  await hold(page, doctor);
  await pictures(page, '06-details');
  await page.getByLabel('Phone number').fill('none');
  await page.getByRole('button', { name: 'Confirm appointment' }).click();
  await pictures(page, '07-details-mistake');
  await giveDetails(page, 'Sore throat for a week', '020 7946 0111');
  await pictures(page, '08-check');
  const appointment = await confirm(page);
  await pictures(page, '09-done');
  await openPage(page, appointment);
  await pictures(page, '10-appointment');
  await openPage(page, `${appointment}/cancel`);
  await pictures(page, '11-cancel');
});

test('pictures of accounts and roles', async ({ page, open }) => {
  await open('/sign-in');
  await pictures(page, '12-sign-in');
  await open('/nowhere');
  await pictures(page, '13-not-found');
  await signIn(page, demoSignIn('patient'));
  await open('/appointments');
  await pictures(page, '14-appointments');
  await open('/admin');
  await pictures(page, '15-wrong-account');
  await page.context().clearCookies();
  await signIn(page, demoSignIn('doctor'));
  await open('/doctor');
  await pictures(page, '16-day');
  await page.context().clearCookies();
  await signIn(page, demoSignIn('admin'));
  await open('/admin');
  await pictures(page, '17-overview');
});
