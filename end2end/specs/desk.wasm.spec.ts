// The live desk: booking, changing and hearing of changes beside the columns, with keys and with the mouse.

import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { another } from '../support/clinic.ts';
import { bookNew, card, free, letters, openDesk, status } from '../support/desk.ts';
import { demoSignIn, expect, openPage, signIn, signUp, test, type Page } from '../support/test.ts';

// What runs at the same time books on a day of its own.
const DAYS_AHEAD = { phone: 11, fast: 12, two: 13, stale: 14, keys: 15, lost: 16, arrived: 17, moves: 18 };

const patient = (page: Page) => page.getByRole('dialog').getByRole('combobox', { name: 'Patient' });
test('a phone call: four keys and a name', async ({ browser, page }) => {
  const name = `Calla ${letters()}`;
  const caller = await another(browser);
  await signUp(caller, name);
  await caller.context().close();
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.phone);
  const time = free(page).nth(2);
  const words = (await time.locator('b').textContent()) ?? '';
  await time.focus();

  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: `Book ${words}` })).toBeVisible();
  await expect(patient(page)).toBeFocused();
  await page.keyboard.type(name.slice(0, 10), { delay: 60 });
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText('1 patient found. Enter chooses this one.');
  await expect(page.getByRole('option', { name: new RegExp(name) })).toHaveAttribute('aria-selected', 'true');
  await expect(patient(page)).toHaveAttribute('aria-activedescendant', 'desk-found-0');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toContainText(name);
  await expect(page.getByRole('button', { name: 'Book', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');

  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.locator(':focus')).toContainText(name);
  await expect(page.locator(':focus')).toContainText(words);
  await expect(status(page)).toContainText(`Booked: ${name}, `);
});

test('who types fast and presses Enter at once gets the person, and no second record', async ({ browser, page }) => {
  const name = `Fidan ${letters()}`;
  const caller = await another(browser);
  await signUp(caller, name);
  await caller.context().close();
  await signIn(page, demoSignIn('admin'));
  await openDesk(page, DAYS_AHEAD.fast);
  await free(page).nth(9).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Book', exact: true })).toBeFocused();
  await expect(page.getByRole('dialog').locator('.desk-chosen')).toContainText(name);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.locator('#desk li.free a:focus')).toHaveCount(1);
});

test('two desks: what one books, the other shows within a second', async ({ browser, page }) => {
  await signIn(page, demoSignIn('admin'));
  const other = await another(browser);
  await signIn(other, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.two);
  await openDesk(other, DAYS_AHEAD.two);
  const name = `Wanda ${letters()}`;
  const time = free(page).nth(1);
  const href = (await time.getAttribute('href')) ?? '';
  await time.click();
  await expect(patient(page)).toBeFocused();
  await page.keyboard.type(name, { delay: 30 });
  const panel = page.getByRole('dialog');
  await expect(panel.getByRole('status')).toHaveText('No patient found. Enter makes a new one.');
  await page.keyboard.press('Enter');
  await panel.getByLabel(/^Birth date/).fill('31 2 1986');
  await panel.getByRole('button', { name: 'Book', exact: true }).click();
  // refused in words, with what was typed
  await expect(panel.locator(':focus')).toContainText('Enter a date that exists');
  await expect(panel.getByLabel(/^Name of the new patient/)).toHaveValue(name);
  await expectAccessibleEverywhere(page, 'the panel that books');
  await panel.getByLabel(/^Birth date/).fill('3 2 1986');
  await panel.getByRole('button', { name: 'Book', exact: true }).click();
  await expect(panel).toHaveCount(0);
  await expect(card(other, name)).toBeVisible({ timeout: 1_000 });
  await expect(page.locator(':focus')).toContainText(name);
  await expect(status(page)).toContainText(`Booked: ${name}, `);
  await expect(other.locator(`#desk a[href="${href}"]`)).toHaveCount(0);
  await expect(status(other)).toContainText(/ booked, \d+ free/);

  // and what the other cancels leaves this one, whose open panel still gives the focus back
  const behind = free(page).nth(1);
  const place = (await behind.getAttribute('href')) ?? '';
  await behind.click();
  await expect(patient(page)).toBeFocused();
  await card(other, name).click();
  await expect(other.getByRole('dialog', { name })).toBeVisible();
  await other.getByText('Cancel the appointment').click();
  await other.getByLabel('Reason').selectOption({ index: 1 });
  await expectAccessibleEverywhere(other, 'the panel of an appointment');
  await other.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(other.getByRole('dialog')).toHaveCount(0);
  await expect(card(page, name)).toHaveCount(0, { timeout: 1_000 });
  await expect(status(other)).toHaveText(`${name}: cancelled.`);
  await expect(other.locator(`#desk a[href="${href}"]`)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(page.locator(`#desk a[href="${place}"]`)).toBeFocused();

  // a press on a time is not lost to a change between mouse down and mouse up
  await page.locator(`#desk a[href="${place}"]`).hover();
  await page.mouse.down();
  const again = `Wim ${letters()}`;
  await bookNew(other, free(other).nth(1), again);
  // longer than the change needs to get here
  await page.waitForTimeout(500);
  await expect(card(page, again)).toHaveCount(0);
  await page.mouse.up();
  await expect(page.getByRole('dialog', { name: /^Book / })).toBeVisible();
  await expect(card(page, again)).toHaveCount(1, { timeout: 1_000 });
  await other.context().close();
});

test('a change from an old panel is refused in words, and the panel shows what is', async ({ browser, page }) => {
  await signIn(page, demoSignIn('admin'));
  await openDesk(page, DAYS_AHEAD.stale);
  const name = `Stella ${letters()}`;
  await free(page).nth(3).click();
  await page.keyboard.type(name, { delay: 30 });
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText('No patient found. Enter makes a new one.');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Book', exact: true }).click();
  await expect(page.locator(':focus')).toContainText(name);

  const other = await another(browser);
  await signIn(other, demoSignIn('receptionist'));
  await openDesk(other, DAYS_AHEAD.stale);
  await card(other, name).click();
  await other.getByText('Cancel the appointment').click();
  await card(page, name).click();
  await page.getByText('Cancel the appointment').click();
  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await other.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(other.getByRole('dialog').getByRole('alert')).toContainText('Nothing was changed');
  await expect(other.getByRole('dialog')).toContainText('Cancelled');
  await expect(other.getByRole('button', { name: 'Cancel appointment' })).toHaveCount(0);
  await other.context().close();
});

test('keys: they work on the desk alone, and "?" says which there are', async ({ page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.keys);
  const columns = page.locator('#desk section');
  const first = columns.first().locator('ol a');
  await first.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(first.nth(1)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(columns.nth(1).locator('a:focus')).toHaveCount(1);
  await expect(page.locator('#desk ol a[tabindex="0"]')).toHaveCount(1);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('the patient has arrived');
  await expectAccessibleEverywhere(page, 'the help on keys');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(columns.nth(1).locator('a:focus')).toHaveCount(1);

  await page.getByRole('link', { name: 'Next day' }).focus();
  await page.keyboard.press('?');
  await page.keyboard.press('a');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: /^Keys/ }).click();
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
});

test('a desk that hears of no changes says so, and heals', async ({ browser, page }) => {
  test.slow();
  await page.route('**/desk/changes*', (route) => route.fulfill({ status: 429, body: '' }));
  await signIn(page, demoSignIn('admin'));
  await openDesk(page, DAYS_AHEAD.lost);
  const lost = page.getByText('This page does not hear of changes at the moment.');
  await expect(page.locator('.desk-lost')).toBeVisible({ timeout: 20_000 });
  await expect(status(page)).toContainText('does not hear of changes');
  await expect(lost.first()).toBeVisible();

  const other = await another(browser);
  await signIn(other, demoSignIn('receptionist'));
  await openDesk(other, DAYS_AHEAD.lost);
  const name = `Lostine ${letters()}`;
  await free(other).nth(4).click();
  await other.keyboard.type(name, { delay: 30 });
  await expect(other.getByRole('dialog').getByRole('status')).toHaveText('No patient found. Enter makes a new one.');
  await other.keyboard.press('Enter');
  await other.getByRole('dialog').getByRole('button', { name: 'Book', exact: true }).click();
  await expect(card(other, name)).toBeFocused();
  await other.context().close();
  await page.unroute('**/desk/changes*');
  await expect(page.locator('.desk-lost')).toHaveCount(0, { timeout: 30_000 });
  await expect(card(page, name)).toBeVisible();
});

test('who arrives is noted by a key or in the panel, and a slip is taken back', async ({ page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.arrived);
  const doctor = (await page.locator('#desk section').last().getAttribute('data-slug')) ?? '';
  await page.locator(`#desk section[data-slug="${doctor}"] li.free a`).first().click();
  const kind = await page.getByRole('dialog').getByLabel('Kind of visit').inputValue();
  const location = await page.locator('select[name="location"]').first().inputValue();
  // soon, whatever the hour: the clinic may set its rules aside
  const name = `Arlo ${letters()}`;
  const start = String(Math.ceil(Date.now() / 300_000) * 300 + 1_800);
  const form = { doctor, name, location, start, patient: 'new', visit_type: kind, shown: start, overbook: 'true' };
  const added = await page.request.post('/fn/front_desk/add', {
    form: { ...form, override_reason: 'walked in', key: crypto.randomUUID() },
    headers: { origin: new URL(page.url()).origin, accept: 'application/json' },
  });
  expect(added.ok(), await added.text()).toBe(true);
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(new Date(Number(start) * 1_000));
  await openPage(page, `/desk?date=${day}&doctor=${doctor}`);

  await card(page, name).focus();
  await page.keyboard.press('a');
  await expect(status(page)).toHaveText(`${name}: arrived.`);
  await expect(card(page, name)).toContainText('arrived');
  await expect(card(page, name)).toBeFocused();
  await page.keyboard.press('u');
  await expect(status(page)).toHaveText(`${name}: booked again.`);
  await page.keyboard.press('c');
  await expect(status(page)).toContainText('Nothing was changed');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name }).getByRole('button', { name: 'Arrived' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(status(page)).toHaveText(`${name}: arrived.`);
  await expect(card(page, name)).toBeFocused();
});

test('an appointment moves to a free time of its doctor', async ({ page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.moves);
  const name = `Mona ${letters()}`;
  await free(page).nth(7).click();
  await page.keyboard.type(name, { delay: 30 });
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText('No patient found. Enter makes a new one.');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Book', exact: true }).click();
  await expect(card(page, name)).toBeFocused();

  await page.keyboard.press('m');
  await expect(page.getByText(`Moving ${name}`).first()).toBeVisible();
  await expect(status(page)).toContainText('Escape stops.');
  await page.keyboard.press('Escape');
  await expect(page.locator('.desk-note:not(.desk-undo)')).toHaveCount(0);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  const column = page.locator('#desk section', { has: page.locator('li a', { hasText: name }) });
  const panel = page.getByRole('dialog');
  const done = page.locator('#status', { hasText: `Moved: ${name}` });
  let words = '';
  // this kind of visit does not begin at every free time, and the panel says so
  for (const time of await column.locator('li.free b').allTextContents()) {
    await column.locator('li.free a', { has: page.getByText(time, { exact: true }) }).first().focus();
    await page.keyboard.press('Enter');
    await panel.getByRole('button', { name: 'Move', exact: true }).click();
    await expect(panel.getByRole('alert').or(done)).toHaveCount(1);
    words = time;
    if ((await done.count()) === 1) break;
    await expect(panel.getByRole('alert')).toContainText(/^Nothing was changed\. \w/);
    await page.keyboard.press('Escape');
    await expect(panel).toHaveCount(0);
  }
  await expect(panel).toHaveCount(0);
  await expect(status(page)).toContainText(`Moved: ${name}`);
  await expect(card(page, name)).toContainText(words);
  await expect(card(page, name)).toBeFocused();
  await expect(page.locator('.desk-note:not(.desk-undo)')).toHaveCount(0);
});
