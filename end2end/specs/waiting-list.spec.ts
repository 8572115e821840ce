// The waiting list, from joining it over a cancellation to the earlier appointment.

import { expect, openPage, signUp, test, type Page } from '../support/test.ts';
import { book, expectErrorSummary, showDays } from '../support/booking.ts';
import { linkTo } from '../support/mail.ts';

/** Whether nobody is asked now: from 9pm until 8am on the clock of a location, London or Athens in the demo clinic. */
function quietHours(): boolean {
  return ['Europe/London', 'Europe/Athens'].some((timeZone) => {
    const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: 'numeric', hourCycle: 'h23', timeZone }).format());
    return hour >= 20 || hour < 8;
  });
}

/** Cancels an appointment of the person who is signed in on this page. */
async function cancel(page: Page, appointment: string): Promise<void> {
  await openPage(page, `${appointment}/cancel`);
  await page.getByRole('main').getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page).not.toHaveURL(/\/cancel$/);
}

/** Asks for an earlier time than that of an appointment, and is then on the waiting list. */
async function askForEarlier(page: Page, appointment: string): Promise<void> {
  await openPage(page, appointment);
  await page.getByRole('link', { name: 'Tell me if an earlier time comes free' }).click();
  await expect(page.getByText('You keep your current appointment until you accept a new one.')).toBeVisible();
  await page.getByRole('button', { name: 'Join the waiting list' }).click();
  await expect(page.getByText('You are on the waiting list.')).toBeVisible();
}

test('a cancelled time is offered, and the later appointment moves there', async ({ page, open, doctor, browser }) => {
  test.skip(quietHours(), 'nobody is asked at this hour');
  const other = await (await browser.newContext()).newPage();
  await signUp(other, 'Bo Lind');
  const early = await book(other, doctor, 3);
  await signUp(page);
  const late = await book(page, doctor, 6);
  await askForEarlier(page, late.appointment);
  await cancel(other, early.appointment);
  await other.context().close();

  await expect(async () => {
    await open('/waiting-list');
    await expect(page.getByText('A time is free for you')).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await page.getByRole('link', { name: 'Look at it and answer' }).click();
  // the one that was cancelled, or another of this doctor that an earlier spec held until now
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Earlier time: ');
  await expect(page.getByText('stays until you accept')).toBeVisible();
  await page.getByRole('button', { name: 'Accept and move' }).click();
  await expect(page).toHaveURL(/\/appointments\/[0-9a-f-]{36}\/done$/);
  await open('/appointments');
  await expect(page.getByRole('article')).toHaveCount(1);
  await expect(page.getByRole('heading', { name: late.full })).toHaveCount(0);
  await open('/waiting-list');
  await expect(page.getByText('You are on no waiting list')).toBeVisible();
});

test('an offer is declined from its message, and the list is left', async ({ page, open, doctor, browser }) => {
  test.skip(!process.env.DOCSLOT_MAIL, 'the messages of a server elsewhere cannot be read');
  test.skip(quietHours(), 'nobody is asked at this hour');
  const other = await (await browser.newContext()).newPage();
  await signUp(other, 'Bo Lind');
  const early = await book(other, doctor, 4);
  const patient = await signUp(page);
  const late = await book(page, doctor, 7);
  await askForEarlier(page, late.appointment);
  await cancel(other, early.appointment);

  const link = await linkTo('/offer/', patient.email);
  await openPage(other, link);
  // this doctor's, or another time of the doctor that another spec gave back
  await expect(other.getByRole('heading', { level: 1 })).toContainText('Earlier time: ');
  await other.getByRole('button', { name: 'No thanks' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'You said no thanks' })).toBeVisible();
  await other.context().close();
  await open('/waiting-list');
  await page.getByRole('button', { name: /^Leave/ }).click();
  await expect(page.getByText('You have left the waiting list')).toBeVisible();
  await open(late.appointment);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(late.full);
});

test('a form with mistakes comes back as it was filled in', async ({ page, open, doctor }) => {
  await signUp(page);
  await open(`/doctors/${doctor}`);
  await showDays(page);
  await page.getByRole('link', { name: 'Join the waiting list' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Join the waiting list' })).toBeVisible();
  for (const part of ['Morning', 'Afternoon', 'Evening']) await page.getByRole('checkbox', { name: part }).uncheck();
  await page.getByRole('checkbox', { name: 'Tuesday' }).uncheck();
  await page.getByRole('button', { name: 'Join the waiting list' }).click();
  await expectErrorSummary(page, 'Choose at least one part of the day');
  await expect(page.getByRole('checkbox', { name: 'Tuesday' })).not.toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'Wednesday' })).toBeChecked();
});
