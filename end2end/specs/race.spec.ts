// Two people want the same time: one gets it, the other loses nothing that was typed.

import { expect, signUp, test, openPage } from '../support/test.ts';
import {
  choose,
  confirm,
  deafen,
  expectErrorSummary,
  freeTimes,
  giveDetails,
  goOn,
  hold,
  nearestTimes,
  openTimes,
  row,
  showDay,
} from '../support/booking.ts';

test('of two browsers with the same time, the second is told and books one of the nearest', async ({ browser, page, doctor }) => {
  await deafen(page);
  await signUp(page, 'Lena Late');
  await hold(page, doctor, 2);
  await giveDetails(page, 'Typed before the race', '020 7946 0111');
  await page.getByRole('button', { name: 'Change the time' }).click();
  await showDay(page, 0);

  const other = await browser.newContext();
  const rival = await other.newPage();
  await signUp(rival, 'Ruth Rival');
  await openPage(rival, page.url());

  const wanted = await choose(page);
  await rival.getByRole('radio', { name: wanted.full, exact: true }).check();
  await goOn(rival).click();
  await giveDetails(rival);
  const [, time] = wanted.full.split(', ');

  await goOn(page).click();
  const taken = new RegExp(`^${time}( \\w+ time)? is taken: another patient has booked it, or is booking it now\\.$`);
  await expectErrorSummary(page, / is taken: another patient has booked it, or is booking it now\./);
  await expect(page.getByRole('heading', { name: 'Nearest free times' })).toBeVisible();
  await expect(nearestTimes(page)).toHaveCount(3);
  await expect(page.getByRole('radio', { name: wanted.full, exact: true })).toHaveCount(0);
  await page.getByRole('link', { name: taken }).click();
  await expect(nearestTimes(page).first()).toBeFocused();
  const instead = await nearestTimes(page).nth(1).innerText();
  await nearestTimes(page).nth(1).click();

  await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Typed before the race');
  await expect(page.getByLabel('Phone number')).toHaveValue('020 7946 0111');
  await expect(row(page, 'When')).toContainText(instead.split(', ')[0]);
  await confirm(page);
  await confirm(rival);
  await other.close();
});

test('a hold that was given up and taken is refused at the last step, and the details are kept', async ({ browser, page, doctor }) => {
  await signUp(page, 'Lena Late');
  const first = await hold(page, doctor, 2);
  await giveDetails(page, 'Kept to the end');
  const check = page.url();
  // A person who holds a second time gives the first one back.
  const second = await page.context().newPage();
  await hold(second, doctor, 6);
  await second.close();

  const other = await browser.newContext();
  const rival = await other.newPage();
  await signUp(rival, 'Ruth Rival');
  await openTimes(rival, doctor, 2);
  await rival.getByRole('radio', { name: first.full, exact: true }).check();
  await goOn(rival).click();
  await giveDetails(rival);
  await confirm(rival);
  await other.close();

  await openPage(page, check);
  await expect(page.getByText(/We stopped holding this time for you\. Nothing you typed is lost/)).toBeVisible();
  await giveDetails(page, 'Kept to the end');
  await page.getByRole('button', { name: 'Confirm appointment' }).click();
  await expectErrorSummary(page, 'We stopped holding this time for you, and it is taken now. Your details are kept.');
  await expect(page.getByRole('button', { name: 'Confirm appointment' })).toHaveCount(0);
  await expect(nearestTimes(page)).toHaveCount(3);
  await nearestTimes(page).first().click();
  await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Kept to the end');
  await giveDetails(page, 'Kept to the end');
  await confirm(page);
});

test('a held time is not offered to others, and its holder sees it still', async ({ browser, page, doctor }) => {
  await signUp(page);
  const held = await hold(page, doctor, 4);
  const other = await browser.newContext();
  const rival = await other.newPage();
  await openTimes(rival, doctor, 4);
  await expect(rival.getByRole('radio', { name: held.full, exact: true })).toHaveCount(0);
  await other.close();
  await openTimes(page, doctor, 4);
  await expect(freeTimes(page).first()).toHaveAttribute('aria-label', held.full);
});
