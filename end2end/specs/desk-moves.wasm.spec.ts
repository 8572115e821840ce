// The live desk: the command palette, moving by dragging, and taking back what was done.

import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { another } from '../support/clinic.ts';
import { bookNew, card, free, letters, openDesk, status, weekday } from '../support/desk.ts';
import { demoSignIn, expect, openPage, signIn, test } from '../support/test.ts';

const DAYS_AHEAD = { palette: 19, drag: 20, undo: 21 };

test('the command palette goes to a day, a doctor, a patient and a reference, by the keyboard alone', async ({ page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.palette);
  const name = `Palle ${letters()}`;
  await bookNew(page, free(page).nth(2), name);
  const panel = page.getByRole('dialog', { name: 'Go to, or do' });
  const field = panel.getByRole('combobox');

  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await expect(panel.getByRole('option', { name: /^Next day/ })).toBeVisible();
  await expect(panel.getByRole('option').first()).toHaveAttribute('aria-selected', 'true');
  await expectAccessibleEverywhere(page, 'the command palette');
  // closed, the focus is where it was
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(card(page, name)).toBeFocused();

  // a patient: found as one types, announced, and Enter goes there
  await page.keyboard.press('Control+k');
  await page.keyboard.type(name, { delay: 20 });
  await expect(panel.getByRole('status')).toHaveText('1 found. Enter goes there.');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/patients\/[0-9a-f-]+/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
  const reference = (await page.getByText(/[A-Z0-9]{4}-[A-Z0-9]{4}/).first().textContent())?.match(/[A-Z0-9]{4}-[A-Z0-9]{4}/)?.[0] ?? '';

  // a reference, whose Enter comes before the answer
  await openDesk(page, DAYS_AHEAD.palette);
  await page.keyboard.press('Control+k');
  await page.keyboard.type(reference.toLowerCase());
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/appointments\/[0-9a-f-]+/);

  // a day, a doctor, an action; the button does what the keys do
  await openDesk(page, DAYS_AHEAD.palette);
  await page.getByRole('button', { name: /^Go to/ }).click();
  await page.keyboard.type('tomorrow');
  await expect(panel.getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/desk\\?.*date=${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}`));
  const doctor = page.locator('.desk-head h2').first();
  await openDesk(page, DAYS_AHEAD.palette);
  const wanted = (await doctor.textContent()) ?? '';
  await page.keyboard.press('Control+k');
  await page.keyboard.type(wanted);
  await expect(panel.getByRole('option', { name: wanted }).first()).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/doctor\?date=.*&doctor=/);
  await openDesk(page, DAYS_AHEAD.palette);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('show the keys');
  await expect(panel.getByRole('status')).toHaveText('1 found. Enter goes there.');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('Ctrl K');
  // nothing of that name
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('qqzzxx');
  await expect(panel.getByRole('status')).toHaveText('Nothing found.');
});

test('a card is dragged to another time: what is allowed and what is not is said in words, and it is undone', async ({ page }) => {
  test.slow();
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.drag);
  const section = page.locator('#desk section').first();
  const slug = (await section.getAttribute('data-slug')) ?? '';
  await openDesk(page, DAYS_AHEAD.drag, slug);
  const name = `Dragan ${letters()}`;
  await bookNew(page, free(page).first(), name);
  const before = (await card(page, name).locator('b').textContent()) ?? '';
  const target = free(page).nth(3);
  const to = (await target.locator('b').textContent()) ?? '';

  // over the lunch break, or whatever is not free, the place says why not
  const shown = page.locator('#desk-drop');
  await target.scrollIntoViewIfNeeded();
  await card(page, name).hover();
  await page.mouse.down();
  const place = await target.boundingBox();
  if (!place) throw new Error('the free time is not shown');
  await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2, { steps: 8 });
  await expect(shown).toContainText(/ to |It |Another /);
  await page.mouse.up();
  const moved = status(page).filter({ hasText: `Moved: ${name}` });
  await expect(moved.or(page.getByRole('dialog').getByRole('alert'))).toHaveCount(1);
  test.skip((await moved.count()) === 0, `${to} is not one of the starts of this kind of visit`);
  await expect(card(page, name)).toContainText(to);
  await expect(shown).toHaveCount(0);

  // back by the button above the columns
  const note = page.locator('.desk-undo', { hasText: name });
  await expect(note).toContainText('Messages about it wait three minutes.');
  await expectAccessibleEverywhere(page, 'the desk with something to undo');
  await note.getByRole('button', { name: /^Undo/ }).click();
  await expect(status(page)).toContainText(`Undone: ${name}`);
  await expect(card(page, name)).toContainText(before);
  await expect(card(page, name)).toBeFocused();
  await expect(note).toHaveCount(0);
});

test('a place that is taken refuses the card in words', async ({ page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.drag);
  const slug = (await page.locator('#desk section').nth(1).getAttribute('data-slug')) ?? '';
  await openDesk(page, DAYS_AHEAD.drag, slug);
  const [one, other] = [`Taken ${letters()}`, `Wanting ${letters()}`];
  await bookNew(page, free(page).first(), one);
  await bookNew(page, free(page).nth(4), other);
  await card(page, other).dragTo(card(page, one));
  const panel = page.getByRole('dialog');
  await expect(panel.getByRole('alert')).toContainText('overlaps it');
  await expect(panel.getByRole('button', { name: 'Move', exact: true })).toHaveCount(0);
  await expect(panel.getByRole('link', { name: 'Choose another time, or set the rule aside' })).toBeVisible();
  await expectAccessibleEverywhere(page, 'a refused move');
});

test('a cancellation is undone by the key and by another press it is too late; somebody else’s booking is told', async ({ browser, page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD.undo);
  const name = `Undine ${letters()}`;
  const time = free(page).nth(1);
  const href = (await time.getAttribute('href')) ?? '';
  await bookNew(page, time, name);
  const cancel = async () => {
    await card(page, name).click();
    await page.getByText('Cancel the appointment').click();
    await page.getByRole('button', { name: 'Cancel appointment' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };
  await cancel();
  await expect(card(page, name)).toHaveCount(0);
  await expect(page.locator(`#desk a[href="${href}"]`)).toBeFocused();
  await page.keyboard.press('z');
  await expect(card(page, name)).toBeFocused();
  await expect(status(page)).toContainText(`Undone: ${name}`);
  await page.keyboard.press('z');
  await expect(status(page)).toHaveText('There is nothing to undo.');

  // cancelled again, and the time is gone before the undo
  await cancel();
  const rival = await another(browser);
  await signIn(rival, demoSignIn('admin'));
  await openDesk(rival, DAYS_AHEAD.undo);
  await bookNew(rival, rival.locator(`#desk a[href="${href}"]`), `Rival ${letters()}`);
  await rival.context().close();
  await page.locator('.desk-undo', { hasText: name }).getByRole('button', { name: /^Undo/ }).click();
  await expect(page.locator('.desk-note.desk-lost')).toContainText('overlaps it');
  await expect(status(page)).toContainText('Nothing was changed');
  await expect(card(page, name)).toHaveCount(0);
});

test('the key / can be switched off, and on again', async ({ page }) => {
  await signIn(page, demoSignIn('receptionist'));
  await openPage(page, `/desk?date=${weekday(DAYS_AHEAD.palette)}`);
  const search = page.getByRole('searchbox', { name: /^Find a patient/ });
  await page.locator('h1').click();
  await page.keyboard.press('/');
  await expect(search).toBeFocused();
  await openPage(page, '/account');
  await page.getByRole('button', { name: 'Switch the key / off' }).click();
  await expect(page.getByText('The key / does nothing in this browser.')).toBeVisible();
  await page.keyboard.press('/');
  await expect(search).not.toBeFocused();
  await expect(search).not.toHaveAttribute('aria-keyshortcuts', '/');
  await page.getByRole('button', { name: 'Switch the key / on' }).click();
  await expect(page.getByRole('button', { name: 'Switch the key / off' })).toBeVisible();
});
