// The steps of a booking, for the specs that begin in the middle of one.

import type { APIRequestContext } from '@playwright/test';
import { expect, openPage, type Page } from './test.ts';

/** A time that was chosen. */
export interface Chosen {
  /** Seconds since 1970. */
  start: number;
  /** "Thursday 3 December, 2:20pm" */
  full: string;
}

/** The free times on the page. */
export const freeTimes = (page: Page) => page.getByRole('region', { name: 'Times' }).getByRole('radio');

/** The days in the list on the page. */
export const freeDays = (page: Page) => page.getByRole('group', { name: 'Next available days' }).getByRole('radio');

/** The buttons of the nearest free times, once a time is gone. */
export const nearestTimes = (page: Page) =>
  page.getByRole('main').getByRole('button', { name: /^[A-Z][a-z]+day \d+ \w+( \d{4})?, / });

/** The button that goes on from a list of times. */
export const goOn = (page: Page) => page.getByRole('main').getByRole('button', { name: 'Continue' });

/**
 * Shows the times of a doctor's first visit type on one of the listed days: the fourth, unless another is asked for.
 * Days so far ahead can be moved and cancelled online.
 */
export async function openTimes(page: Page, doctor: string, day = 3): Promise<void> {
  await openPage(page, `/doctors/${doctor}`);
  await showDays(page);
  await showDay(page, day);
}

/** Shows the days of the visit type that is chosen. Where scripts show them at once, the button is for the keyboard. */
export async function showDays(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Show days' });
  // a doctor with one visit type has nothing to choose
  if ((await button.count()) === 0) return;
  await button.press('Enter');
  await expect(page).toHaveURL(/\/times\?visit_type=/);
  await expect(page.locator('.picker[aria-busy]')).toHaveCount(0);
}

/** Chooses a day of the list, by its place, and shows its times. */
export async function showDay(page: Page, day: number): Promise<void> {
  const chosen = freeDays(page).nth(day);
  await chosen.check();
  const date = await chosen.getAttribute('value');
  await page.getByRole('button', { name: 'Show times' }).press('Enter');
  await expect(page).toHaveURL(new RegExp(`[?&]day=${date}`));
  await expect(page.getByRole('heading', { name: /^Times on / })).toBeVisible();
}

/** Chooses one of the times on the page, by its place. */
export async function choose(page: Page, place = 0): Promise<Chosen> {
  const time = freeTimes(page).nth(place);
  await time.check();
  return {
    start: Number(await time.getAttribute('value')),
    full: (await time.getAttribute('aria-label')) ?? '',
  };
}

/** Times of a day on which two patients find some, also of long appointments, of which each takes several. */
const FULL_DAY = 12;

/**
 * Shows one of the listed days, from a place in the list on, that has many times, with the first of these doctors who has
 * one. Who has depends on the day and the hour at which the tests run.
 */
export async function openFullDay(page: Page, doctors: string[], from: number): Promise<{ doctor: string; day: number }> {
  for (const doctor of doctors) {
    await openPage(page, `/doctors/${doctor}`);
    await showDays(page);
    await expect(freeDays(page).first()).toBeVisible();
    const counts = (await page.locator('.day-count').allTextContents()).map(Number.parseFloat);
    const day = counts.findIndex((count, place) => place >= from && count >= FULL_DAY);
    if (day >= 0) {
      await showDay(page, day);
      return { doctor, day };
    }
  }
  throw new Error(`none of ${doctors.length} doctors has a day with ${FULL_DAY} times`);
}

/** Keeps a page from hearing of changes: it shows what it was told when it was opened. */
export async function deafen(page: Page): Promise<void> {
  await page.route('**/api/v1/doctors/*/slots/events*', (route) => route.fulfill({ status: 429, body: '' }));
}

/** Holds a time with a doctor, and is then on the page of its details (or, signed out, of the two ways to go on). */
export async function hold(page: Page, doctor: string, day = 3, place = 0): Promise<Chosen> {
  await openTimes(page, doctor, day);
  const chosen = await choose(page, place);
  await goOn(page).click();
  await expect(page).toHaveURL(/\/book\/[0-9a-f-]{36}$/);
  return chosen;
}

/** Fills the details in, on the page on which the booking is finished. */
export async function giveDetails(page: Page, reason = '', phone = ''): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: 'Check and confirm your appointment' })).toBeVisible();
  await page.getByLabel('Reason for your appointment').fill(reason);
  await page.getByLabel('Phone number').fill(phone);
}

/** Books what the page shows, and is then on the done page. Returns the address of the appointment. */
export async function confirm(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Confirm appointment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Appointment confirmed' })).toBeVisible();
  return new URL(page.url()).pathname.replace(/\/done$/, '');
}

/** A whole booking by a person who is signed in. */
export async function book(page: Page, doctor: string, day = 3): Promise<Chosen & { appointment: string }> {
  const chosen = await hold(page, doctor, day);
  await giveDetails(page);
  return { ...chosen, appointment: await confirm(page) };
}

/** The error summary, which must have the focus, and a title that says so. */
export async function expectErrorSummary(page: Page, text: string | RegExp): Promise<void> {
  const summary = page.getByRole('alert', { name: 'There is a problem' });
  await expect(summary).toContainText(text);
  await expect(summary).toBeFocused();
  await expect(page).toHaveTitle(/^Error: /);
}

/** The value of one row of a summary list. */
export const row = (page: Page, term: string) =>
  page.getByRole('main').getByRole('term').getByText(term, { exact: true }).locator('xpath=following-sibling::dd[1]');

/** A free time of a doctor's first visit type. */
export interface FreeTime {
  doctor: string;
  visitType: string;
  /** "2026-12-03", on the clock of the place. */
  day: string;
  /** Seconds since 1970. */
  start: number;
  end: number;
}

/** What a doctor offers in the next 30 days, the latest time first, as the API says it to a person who is not signed in. */
async function freeTimesOf(request: APIRequestContext, doctor: string): Promise<FreeTime[]> {
  const profile = await (await request.get(`/doctors/${doctor}`)).text();
  const visitType = /name="visit_type"[^>]*value="([0-9a-f-]{36})"/.exec(profile)?.[1] ?? '';
  const found = await (await request.get(`/api/v1/doctors?q=${encodeURIComponent(doctor.replaceAll('-', ' '))}`)).json();
  const [only, ...others] = (found.items ?? found) as { id: string }[];
  if (!only || others.length > 0) return [];
  const date = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const address = `/api/v1/doctors/${only.id}/slots?visit_type=${visitType}&from=${date(4)}&to=${date(30)}`;
  const slots = (await (await request.get(address)).json()) as { start: string; end: string }[];
  const seconds = (moment: string) => Date.parse(moment) / 1000;
  return slots
    .map(({ start, end }) => ({ doctor, visitType, day: start.slice(0, 10), start: seconds(start), end: seconds(end) }))
    .reverse();
}

/** Two free times that overlap, of two of these doctors: the latest ones, which no other spec is after. */
export async function overlappingTimes(request: APIRequestContext, doctors: string[]): Promise<[FreeTime, FreeTime]> {
  const known: FreeTime[] = [];
  for (const doctor of doctors) {
    const own = await freeTimesOf(request, doctor);
    for (const time of own) {
      const other = known.find((one) => one.start < time.end && time.start < one.end);
      if (other) return [other, time];
    }
    known.push(...own);
  }
  throw new Error(`no two of ${doctors.length} doctors have times that overlap`);
}

/**
 * Narrows a wish for an earlier time to Sundays, on which no doctor of the demo clinic works: who then stays on the list
 * is offered none of the times that other specs give back.
 */
export async function wishOnlySundays(page: Page): Promise<void> {
  await wishNoDays(page);
  await page.getByRole('checkbox', { name: 'Sunday' }).check();
}

/** Leaves no day of the week in a wish for an earlier time. */
export async function wishNoDays(page: Page): Promise<void> {
  for (const box of await page.getByRole('group', { name: 'Which days suit you?' }).getByRole('checkbox').all()) await box.uncheck();
}
