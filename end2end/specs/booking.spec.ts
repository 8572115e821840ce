// A patient's whole way: from the search to the appointment, and what can be done with it afterwards.

import { readFile } from 'node:fs/promises';
import type { Locator } from '@playwright/test';
import { expect, fillRegistration, signUp, test } from '../support/test.ts';
import {
  book,
  choose,
  confirm,
  expectErrorSummary,
  freeTimes,
  giveDetails,
  goOn,
  hold,
  openTimes,
  row,
  showDay,
  showDays,
} from '../support/booking.ts';

test('from the search to the calendar file', async ({ page, open, doctor }) => {
  await open(`/doctors/${doctor}`);
  const name = await page.getByRole('heading', { level: 1 }).innerText();

  await test.step('search and profile', async () => {
    await open('/');
    // The first word of the address, such as "jose", must find José.
    await page.getByLabel('Specialty or doctor').fill(doctor.split('-')[0]);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('main').getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  });

  const when = await test.step('visit type, day and time', async () => {
    await expect(page.getByRole('group', { name: 'What kind of appointment do you need?' }).getByRole('radio').first()).toBeChecked();
    await showDays(page);
    await showDay(page, 3);
    await expect(page.getByRole('heading', { name: /^Times on / })).toBeFocused();
    await goOn(page).click();
    await expectErrorSummary(page, 'Choose a time');
    await page.getByRole('link', { name: 'Choose a time' }).click();
    await expect(freeTimes(page).first()).toBeFocused();
    const chosen = await choose(page);
    await goOn(page).click();
    return chosen;
  });
  const [day, time] = when.full.split(', ');

  await test.step('an account, while the time is kept', async () => {
    await expect(page.getByRole('heading', { level: 1, name: 'Sign in or create an account to finish' })).toBeVisible();
    await page.getByRole('main').getByRole('link', { name: 'Create an account' }).click();
    await expect(page.getByText(new RegExp(`^Your time is kept: ${day}.*, ${time} \\(`))).toBeVisible();
    const unique = `${test.info().project.name}.${Date.now()}`;
    await fillRegistration(page, 'Ana Novak', { email: `ana.${unique}@example.org`, password: `quiet harbour ${unique}` });
    await expect(page.getByText('We are holding this time for')).toBeVisible();
  });

  await test.step('a mistake in the details', async () => {
    await page.getByLabel('Reason for your appointment').fill('Sore throat\nfor a week');
    await page.getByLabel('Phone number').fill('none');
    await page.getByRole('button', { name: 'Confirm appointment' }).click();
    const text = 'Enter a phone number, like 020 7946 0100';
    await expectErrorSummary(page, text);
    await page.getByRole('link', { name: text }).click();
    const phone = page.getByLabel('Phone number');
    await expect(phone).toBeFocused();
    await expect(phone).toHaveAccessibleDescription(new RegExp(text));
    await expect(phone).toHaveValue('none');
    await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Sore throat\nfor a week');
    await giveDetails(page, 'Sore throat\nfor a week', '020 7946 0999');
  });

  await test.step('the last look', async () => {
    await expect(row(page, 'For')).toHaveText('Ana Novak');
    await expect(row(page, 'Doctor')).toHaveText(name);
    await expect(row(page, 'When')).toContainText(`${time} to `);
    await expect(row(page, 'When')).toContainText(day);
    await expect(page.getByRole('heading', { name: 'Not booked yet' })).toBeVisible();
    await page.getByRole('button', { name: 'Change the time' }).click();
    await expect(page).toHaveURL(/\/times\?visit_type=.+&hold=/);
    await page.goBack();
    await giveDetails(page, 'Sore throat', '020 7946 0999');
  });

  await test.step('done', async () => {
    await confirm(page);
    await expect(page.getByText(/^Your reference is [0-9A-Z]{4}-[0-9A-Z]{4}$/)).toBeVisible();
    await expect(page.getByRole('heading', { level: 2, name: new RegExp(`^${day}.* ${time} to `) })).toBeVisible();
    await expect(row(page, 'Time zone')).toHaveText(/^(London|Athens) time(\d[^.]* on your device\.)?$/);
    await expect(row(page, 'Where')).toContainText(/Riverside Clinic|Harbour Clinic/);
  });

  await test.step('calendar file', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Add to calendar' }).click();
    const file = await readFile(await (await download).path(), 'utf8');
    const stamp = new Date(when.start * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
    expect(file).toContain(`\r\nDTSTART:${stamp}\r\n`);
    expect(file).not.toMatch(/throat/i);
  });

  await test.step('it is the next appointment', async () => {
    await open('/');
    const next = page.getByRole('region', { name: 'Your next appointment' });
    await expect(next.getByRole('link', { name: new RegExp(`^${day}.*${time}( \\w+ time)?$`) })).toBeVisible();
  });
});

test('moving keeps the old appointment until the new one is confirmed', async ({ page, context, open, doctor }) => {
  await signUp(page);
  const old = await book(page, doctor);
  await open('/appointments');
  await page.getByRole('link', { name: new RegExp(`^Move\\b.*, ${old.full.split(', ')[0]}`) }).click();
  await expect(page.getByText(new RegExp(`^You are moving your appointment from ${old.full}( \\w+ time)?\\. It stays there until you press the button\\.$`))).toBeVisible();

  await showDay(page, 5);
  const chosen = await choose(page);
  const second = await context.newPage();
  await second.goto(old.appointment);
  await expect(second.getByText('Confirmed', { exact: true })).toBeVisible();
  await second.close();

  await page.getByRole('button', { name: 'Move my appointment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your appointment has been moved' })).toBeVisible();
  const [day, time] = chosen.full.split(', ');
  await expect(page.getByRole('heading', { level: 2, name: new RegExp(`^${day}.* ${time} to `) })).toBeVisible();

  await open(old.appointment);
  await expect(page.getByRole('heading', { name: 'This appointment was moved' })).toBeVisible();
  await page.getByRole('link', { name: 'See the new appointment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: chosen.full })).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: new RegExp(`Moved from .* to ${chosen.full} by you`) })).toBeVisible();
});

test('a move without a chosen time says so and changes nothing', async ({ page, open, doctor }) => {
  await signUp(page);
  const old = await book(page, doctor);
  await open(`${old.appointment}/move`);
  await showDay(page, 2);
  await page.getByRole('button', { name: 'Move my appointment' }).click();
  await expectErrorSummary(page, 'Choose a time');
  await open(old.appointment);
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
});

test('cancelling asks on a page of its own, and the time can be booked again', async ({ page, open, doctor }) => {
  await signUp(page);
  const appointment = await book(page, doctor);
  const [day, time] = appointment.full.split(', ');
  await open(appointment.appointment);
  await page.getByRole('link', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: new RegExp(`^Cancel your appointment on ${day} at ${time}( \\w+ time)?\\?$`) })).toBeVisible();
  await page.getByRole('radio', { name: 'I feel better' }).check();
  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('heading', { name: 'This appointment is cancelled' })).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Cancelled by you' })).toBeVisible();

  await test.step('cancelling again says that it is done', async () => {
    await open(`${appointment.appointment}/cancel`);
    await expect(page.getByRole('heading', { level: 1, name: 'This appointment is already cancelled' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Cancel appointment' })).toHaveCount(0);
  });

  await open('/appointments');
  await expect(page.getByRole('heading', { name: 'You have no upcoming appointments' })).toBeVisible();
  await page.getByRole('navigation', { name: 'Appointments' }).getByRole('link', { name: /^Cancelled/ }).click();
  await expect(page.getByRole('link', { name: new RegExp(`^${day}, ${time}( \\w+ time)?$`) })).toBeVisible();
  await expect(page.getByText('Cancelled by you')).toBeVisible();
  await page.getByRole('link', { name: /^Book again/ }).click();
  await showDay(page, 3);
  await page.getByRole('radio', { name: appointment.full, exact: true }).check();
  await goOn(page).click();
  await giveDetails(page);
  await confirm(page);
});

test('going back after the last step books nothing twice', async ({ page, open, doctor }) => {
  await signUp(page);
  await hold(page, doctor);
  await giveDetails(page);
  const appointment = await confirm(page);
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'You have already confirmed this appointment' })).toBeVisible();
  await page.getByRole('link', { name: 'See the appointment' }).click();
  await expect(page).toHaveURL(new RegExp(`${appointment}$`));
  await open('/appointments');
  await expect(page.getByRole('navigation', { name: 'Appointments' }).getByRole('link', { name: 'Upcoming 1' })).toBeVisible();
});

test('a quick time on a card is held at once', async ({ page, open, doctor }) => {
  await open(`/doctors/${doctor}`);
  const name = await page.getByRole('heading', { level: 1 }).innerText();
  await open(`/doctors?q=${encodeURIComponent(name)}`);
  const quick = page.getByRole('button', { name: new RegExp(`, ${name}$`) }).first();
  const time = (await quick.innerText()).trim();
  await quick.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in or create an account to finish' })).toBeVisible();
  await expect(page.getByText('We are holding this time for')).toBeVisible();
  await expect(page.getByRole('complementary', { name: 'Your appointment' })).toContainText(name);
});

test('a date can be typed, and nonsense is named', async ({ page, doctor }) => {
  await openTimes(page, doctor, 5);
  const chosen = new Date(Number(await freeTimes(page).first().getAttribute('value')) * 1000);
  await page.getByText('Pick another date').click();
  const date = page.getByRole('group', { name: 'Date' });
  await date.getByLabel('Day').fill('31');
  await date.getByLabel('Month').fill('2');
  await date.getByLabel('Year').fill(String(chosen.getUTCFullYear()));
  await page.getByRole('button', { name: 'Show this date' }).click();
  await expect(date).toContainText('Enter a date, such as 3 12 2026');
  await expect(date.getByLabel('Day')).toHaveValue('31');

  await date.getByLabel('Day').fill(String(chosen.getUTCDate()));
  await date.getByLabel('Month').fill(String(chosen.getUTCMonth() + 1));
  await date.getByLabel('Year').fill(String(chosen.getUTCFullYear()));
  await page.getByRole('button', { name: 'Show this date' }).click();
  await expect(freeTimes(page).first()).toHaveAttribute('value', String(chosen.getTime() / 1000));
});

test('a patient who comes again books from the home page in 6 presses and 4 pages', async ({ page, open, doctor }) => {
  await signUp(page);
  await book(page, doctor, 2);
  await open(`/doctors/${doctor}`);
  const name = await page.getByRole('heading', { level: 1 }).innerText();
  await open('/');
  let presses = 0;
  const press = async (what: Locator) => {
    presses += 1;
    await what.click();
  };
  const pages: string[] = [];
  page.on('domcontentloaded', () => pages.push(new URL(page.url()).pathname));

  const search = page.getByLabel('Specialty or doctor');
  await press(search);
  await page.keyboard.type(name);
  await press(page.getByRole('button', { name: 'Search' }));
  const quick = page.getByRole('button', { name: new RegExp(`, ${name}$`) }).first();
  const time = (await quick.innerText()).trim();
  await press(quick);
  await expect(row(page, 'Doctor')).toHaveText(name);
  await expect(page.getByRole('heading', { name: 'Not booked yet' })).toBeVisible();
  const reason = page.getByLabel('Reason for your appointment');
  await press(reason);
  await page.keyboard.type('The same again');
  await press(page.getByRole('button', { name: 'Confirm appointment' }));
  await expect(page.getByRole('heading', { level: 1, name: 'Appointment confirmed' })).toBeVisible();

  expect(presses).toBeLessThanOrEqual(6);
  expect(pages, `home, then ${time}`).toEqual(['/doctors', expect.stringMatching(/^\/book\//), expect.stringMatching(/\/done$/)]);
});
