// What specs of the live desk share.

import type { Page } from '@playwright/test';
import { expect, openPage } from './test.ts';

export const free = (page: Page) => page.locator('#desk li.free a');
export const card = (page: Page, name: string) => page.locator('#desk li a', { hasText: name });
export const status = (page: Page) => page.locator('#status');

/** Letters that no other run has in a name; digits would be looked for among telephone numbers. */
export function letters(): string {
  const number = (Date.now() % 1_000_000_000) * 10 + Math.floor(Math.random() * 10);
  return [...String(number)].map((digit) => 'abdefghkmr'[Number(digit)]).join('');
}

/** Days on which one of the demo's locations is closed, counted from the Monday of this week (src/demo/clinic.rs). */
const CLOSED = [23, 28, 29];

/**
 * The date of a day on which the demo's doctors work, "2026-12-03": so many of those lie between today and it, so that each
 * number is a day of its own. Specs that book the soonest time there is use the first of them.
 */
export function weekday(ahead: number): string {
  const day = new Date();
  const today = (day.getUTCDay() + 6) % 7;
  for (let [passed, left] = [1, ahead]; ; passed += 1) {
    day.setUTCDate(day.getUTCDate() + 1);
    if ((today + passed) % 7 >= 5 || CLOSED.includes(today + passed)) continue;
    if (left === 0) return day.toISOString().slice(0, 10);
    left -= 1;
  }
}

/** The desk of that day, of all doctors or of one. */
export async function openDesk(page: Page, ahead: number, doctor = ''): Promise<void> {
  await openPage(page, `/desk?date=${weekday(ahead)}${doctor && `&doctor=${doctor}`}`);
}

/** Books a free time for a new patient of this name, who has the focus afterwards. */
export async function bookNew(page: Page, time: ReturnType<typeof free>, name: string): Promise<void> {
  const panel = page.getByRole('dialog');
  await time.click();
  await page.keyboard.type(name, { delay: 20 });
  await expect(panel.getByRole('status')).toHaveText('No patient found. Enter makes a new one.');
  await page.keyboard.press('Enter');
  await panel.getByRole('button', { name: 'Book', exact: true }).click();
  await expect(card(page, name)).toBeFocused();
}
