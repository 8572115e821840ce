// Blocking time on the live desk: by dragging over it, and by a key. Nothing is blocked before the page of time off is sent.

import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { free, openDesk, status, weekday } from '../support/desk.ts';
import { demoSignIn, expect, signIn, test, type Page } from '../support/test.ts';

// What runs at the same time blocks on a day of its own.
const DAYS_AHEAD = { drag: 22, key: 24, receptionist: 25 };

/** Drags over the free times from one to another, and stops before the mouse is let go. */
async function drag(page: Page, from: number, to: number): Promise<void> {
  const [first, last] = [free(page).nth(from), free(page).nth(to)];
  await last.scrollIntoViewIfNeeded();
  await first.hover();
  await page.mouse.down();
  const place = await last.boundingBox();
  if (!place) throw new Error('the free time is not shown');
  await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2, { steps: 8 });
}

test('staff drag over free time, see the hours in words, and save them as time off', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  await openDesk(page, DAYS_AHEAD.drag);
  const shown = page.locator('#desk-drop');
  // given up half-way, nothing happens
  await drag(page, 0, 1);
  await expect(shown).toHaveText(/^Block .+ to .+$/);
  await page.keyboard.press('Escape');
  await expect(shown).toHaveCount(0);
  await page.mouse.up();
  await expect(page).toHaveURL(/\/desk\?/);
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await drag(page, 0, 1);
  await expect(shown).toHaveText(/^Block .+ to .+$/);
  const [from, until] = (await shown.innerText()).replace('Block ', '').split(' to ');
  await page.mouse.up();
  await expect(page).toHaveURL(/\/doctor\/time-off\?doctor=.*&date=.*&start=.*&end=.*#add$/);
  const year = weekday(DAYS_AHEAD.drag).split('-')[0];
  await expect(page.getByRole('group', { name: 'First day' }).getByLabel('Year')).toHaveValue(year);
  await expectAccessibleEverywhere(page, 'time off with the hours that were marked');
  await page.getByRole('button', { name: 'Save time off' }).click();
  await expect(page.getByRole('main')).toContainText(`${from} to ${until}`);
  // and from there to that day of the doctor
  const off = page.getByRole('listitem').filter({ hasText: `${from} to ${until}` });
  await off.getByRole('link', { name: /^See the day/ }).click();
  await expect(page).toHaveURL(new RegExp(`/doctor\\?date=${weekday(DAYS_AHEAD.drag)}&doctor=`));
  await expect(page.getByRole('main')).toContainText('Time off');
});

test('the key b does the same for one free time, and a click still books', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  await openDesk(page, DAYS_AHEAD.key);
  await free(page).nth(3).click();
  await expect(page.getByRole('dialog', { name: /^Book / })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(free(page).nth(3)).toBeFocused();
  await page.keyboard.press('b');
  await expect(page).toHaveURL(/\/doctor\/time-off\?doctor=.*#add$/);
  await expect(page.getByLabel('From what time')).not.toHaveValue('');
  await expect(page.getByLabel('Until what time')).not.toHaveValue('');
});

test('a receptionist, who changes no calendar, marks nothing', async ({ page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.receptionist);
  await drag(page, 0, 1);
  await expect(page.locator('#desk-drop')).toHaveCount(0);
  await page.mouse.up();
  await free(page).first().focus();
  await page.keyboard.press('b');
  await expect(page).toHaveURL(/\/desk\?/);
  await expect(status(page)).not.toContainText('Block');
});
