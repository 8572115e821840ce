// A mother books for two children: with two doctors, at overlapping times.

import { expect, openPage, signUp, test, type Page } from '../support/test.ts';
import { confirm, expectErrorSummary, freeTimes, giveDetails, goOn, overlappingTimes, row, wishOnlySundays, type FreeTime } from '../support/booking.ts';

/** Adds a child on the account's page. */
async function addChild(page: Page, open: (path: string) => Promise<void>, name: string, year: string): Promise<void> {
  await open('/account/people/child');
  await page.getByLabel('Full name of the child').fill(name);
  await page.getByLabel('Day').fill('3');
  await page.getByLabel('Month').fill('12');
  await page.getByLabel('Year').fill(year);
  await page.getByRole('button', { name: 'Add the child' }).click();
  await expect(page.getByRole('heading', { level: 3, name })).toBeVisible();
}

/** Says whom the appointment is for, on the way to the times of the day. */
async function chooseWho(page: Page, open: (path: string) => Promise<void>, time: FreeTime, name: string): Promise<void> {
  await open(`/doctors/${time.doctor}/times?visit_type=${time.visitType}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Who is this appointment for?' })).toBeVisible();
  await page.getByRole('radio', { name }).check();
  await page.getByRole('main').getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText(`For ${name}.`)).toBeVisible();
  const { pathname, search } = new URL(page.url());
  await open(`${pathname}${search}&day=${time.day}`);
  await expect(page.getByRole('heading', { name: /^Times on / })).toBeVisible();
}

/** One of the times on the page, by its start. */
const at = (page: Page, time: FreeTime) => freeTimes(page).and(page.locator(`[value="${time.start}"]`));

/** Books the chosen time, with the name on every page of the way. */
async function bookFor(page: Page, name: string): Promise<void> {
  await goOn(page).click();
  await giveDetails(page);
  await expect(row(page, 'For')).toContainText(name);
  await expect(page.getByRole('button', { name: 'Change who it is for' })).toBeVisible();
  await confirm(page);
  await expect(row(page, 'For')).toHaveText(name);
}

test('two children of one mother are seen at overlapping times by two doctors', async ({ page, open, doctors, request }) => {
  const [anas, bens] = await overlappingTimes(request, doctors);
  expect(anas.doctor).not.toBe(bens.doctor);
  expect(Math.min(anas.end, bens.end)).toBeGreaterThan(Math.max(anas.start, bens.start));
  await signUp(page, 'Maria Novak');
  await addChild(page, open, 'Ana Novak', '2019');
  await addChild(page, open, 'Ben Novak', '2021');

  await chooseWho(page, open, anas, 'Ana Novak');
  await at(page, anas).check();
  await bookFor(page, 'Ana Novak');

  // the same child is not free then; the other one is
  await chooseWho(page, open, bens, 'Ana Novak');
  await expect(at(page, bens)).toHaveCount(0);
  await chooseWho(page, open, bens, 'Ben Novak');
  await at(page, bens).check();
  await bookFor(page, 'Ben Novak');

  await open('/appointments');
  await expect(page.getByText('For Ana Novak')).toBeVisible();
  await expect(page.getByText('For Ben Novak')).toBeVisible();
  await page.getByLabel('Whose appointments').selectOption({ label: 'Ben Novak' });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText('For Ben Novak')).toBeVisible();
  await expect(page.getByText('For Ana Novak')).toHaveCount(0);
});

test('a series, the soonest time and the waiting list ask whom they are for', async ({ page, open, doctors, request }) => {
  const [time] = await overlappingTimes(request, doctors);
  await signUp(page, 'Maria Novak');
  await addChild(page, open, 'Ana Novak', '2019');
  for (const [path, question, heading] of [
    [`/doctors/${time.doctor}/series?visit_type=${time.visitType}`, 'Who are these appointments for?', 'Book several appointments'],
    ['/soonest?specialty=general-practice', 'Who is this appointment for?', 'The soonest time with any doctor'],
    ['/pair', 'Who are these appointments for?', 'Two doctors on one day'],
    [`/waiting-list/join?doctor=${time.doctor}&visit_type=${time.visitType}`, 'Who is waiting for an appointment?', 'Join the waiting list'],
  ]) {
    await test.step(heading, async () => {
      await open(path);
      await expect(page.getByRole('heading', { level: 1, name: question })).toBeVisible();
      await page.getByRole('radio', { name: 'Ana Novak' }).check();
      await page.getByRole('main').getByRole('button', { name: 'Continue' }).click();
      await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
      await expect(page.getByText('For Ana Novak.')).toBeVisible();
    });
  }
  await wishOnlySundays(page);
  await page.getByRole('button', { name: 'Join the waiting list' }).click();
  await expect(page.getByText('You are on the waiting list.')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'For Ana Novak' })).toBeVisible();
});

test('the other parent is asked, accepts, and ends it', async ({ page, open, browser }) => {
  const father = await (await browser.newContext()).newPage();
  const his = await signUp(father, 'Petr Novak');
  await signUp(page, 'Maria Novak');
  await addChild(page, open, 'Ana Novak', '2019');
  await page.getByRole('link', { name: 'Ask the other parent' }).click();
  await page.getByRole('button', { name: 'Ask them' }).click();
  await expectErrorSummary(page, 'Enter');
  await page.getByLabel('The email address of their account here').fill(his.email);
  await page.getByRole('button', { name: 'Ask them' }).click();
  await expect(page.getByText('was asked, and has not answered yet.')).toBeVisible();
  if (process.env.DOCSLOT_MAIL) {
    // only a confirmed address answers, and the link of the registration confirmed it
    await openPage(father, '/account/people');
    await expect(father.getByText('asks you to act for Ana Novak too.')).toBeVisible();
    await father.getByRole('button', { name: /^Accept/ }).click();
    await expect(father.getByRole('heading', { level: 3, name: 'Ana Novak' })).toBeVisible();
    await open('/account/people');
    await expect(page.getByText('acts for them too.')).toBeVisible();
    await father.getByRole('button', { name: /^Stop acting for them/ }).click();
    await expect(father.getByText('Only yourself')).toBeVisible();
  }
  await father.context().close();
});

test('a birth date that cannot be is named next to the field', async ({ page, open }) => {
  await signUp(page);
  await open('/account/people/child');
  await page.getByLabel('Full name of the child').fill('Ana Novak');
  await page.getByLabel('Day').fill('29');
  await page.getByLabel('Month').fill('2');
  await page.getByLabel('Year').fill('2023');
  await page.getByRole('button', { name: 'Add the child' }).click();
  await expect(page.getByRole('group', { name: 'Birth date' })).toContainText('Enter a date that exists');
  await expect(page.getByLabel('Full name of the child')).toHaveValue('Ana Novak');
});
