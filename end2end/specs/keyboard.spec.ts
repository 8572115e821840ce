// The whole booking without a pointer. Every stop of the Tab key must show where it is.

import { expect, openPage, test } from '../support/test.ts';
import { freeDays, freeTimes, goOn } from '../support/booking.ts';
import { tabTo } from '../support/keyboard.ts';
import { linkTo } from '../support/mail.ts';

test('the skip link comes first, shows itself, and leads past the header', async ({ page, open }) => {
  await open('/doctors');
  const skip = page.getByRole('link', { name: 'Skip to main content' });
  await page.keyboard.press('Tab');
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  const inMain = await page.getByRole('main').evaluate((main) => main.contains(document.activeElement));
  expect(inMain, 'the next stop lies in the main part').toBe(true);
});

test('a whole booking with the keyboard alone', async ({ page, open, doctor, enhanced }) => {
  const main = page.getByRole('main');
  const press = (key: string) => page.keyboard.press(key);

  await test.step('visit type: arrows choose, and the focus stays', async () => {
    await open(`/doctors/${doctor}`);
    const kinds = main.getByRole('group', { name: 'What kind of appointment do you need?' }).getByRole('radio');
    await tabTo(page, kinds.first());
    await press('ArrowDown');
    await expect(kinds.nth(1)).toBeFocused();
    await expect(kinds.nth(1)).toBeChecked();
    await press('ArrowUp');
    await expect(kinds.first()).toBeChecked();
    if (enhanced) {
      await expect(page).toHaveURL(/\/times\?visit_type=/);
      await expect(page.locator('.picker[aria-busy]')).toHaveCount(0);
      await expect(kinds.first()).toBeFocused();
    } else {
      await expect(page).toHaveURL(new RegExp(`/doctors/${doctor}$`));
    }
    await tabTo(page, main.getByRole('button', { name: 'Show days' }), 1);
    await press('Enter');
    // the part of the page that comes takes the focus to its heading
    if (enhanced) await expect(main.getByRole('heading', { name: 'Next available days' })).toBeFocused();
  });

  await test.step('day: one stop for the list, and the times take the focus', async () => {
    await expect(page).toHaveURL(/\/times\?visit_type=/);
    await tabTo(page, freeDays(page).first());
    await press('ArrowDown');
    await press('ArrowDown');
    await press('ArrowDown');
    await expect(freeDays(page).nth(3)).toBeFocused();
    await expect(freeDays(page).nth(3)).toBeChecked();
    if (enhanced) await expect(page).toHaveURL(/day=/);
    else await expect(page).not.toHaveURL(/day=/);
    await tabTo(page, main.getByRole('button', { name: 'Show times' }), 3);
    await press('Enter');
    await expect(page.getByRole('heading', { name: /^Times on / })).toBeFocused();
  });

  await test.step('time: one stop for all times', async () => {
    await tabTo(page, freeTimes(page).first(), 1);
    await press('Space');
    await expect(freeTimes(page).first()).toBeChecked();
    if ((await freeTimes(page).count()) > 1) {
      await press('ArrowRight');
      await expect(freeTimes(page).nth(1)).toBeFocused();
      await expect(freeTimes(page).nth(1)).toBeChecked();
    }
    await tabTo(page, goOn(page), 1);
    await press('Enter');
  });

  await test.step('account', async () => {
    await expect(page).toHaveTitle(/^Sign in to finish/);
    await tabTo(page, main.getByRole('link', { name: 'Create an account' }));
    await press('Enter');
    await expect(page).toHaveURL(/\/register\?next=/);
    const unique = `${test.info().project.name}.${Date.now()}`;
    const typed = [
      ['Full name', 'Kim Key'],
      ['Email address', `kim.${unique}@example.org`],
      ['Phone number', ''],
    ];
    await tabTo(page, main.getByLabel('Full name'));
    for (const [label, text] of typed) {
      await expect(main.getByLabel(label)).toBeFocused();
      await page.keyboard.type(text);
      await press('Tab');
    }
    await expect(main.getByRole('button', { name: 'Send me the link' })).toBeFocused();
    await press('Enter');
    await expect(page).toHaveURL(/\/register\/sent/);
    await openPage(page, await linkTo('/open-account/', `kim.${unique}@example.org`));
    await tabTo(page, main.getByLabel('Password'));
    await page.keyboard.type(`only the keyboard ${unique}`);
    await press('Tab');
    if (enhanced) {
      await expect(main.getByRole('button', { name: /^Show password/ })).toBeFocused();
      await press('Tab');
    }
    await expect(main.getByRole('button', { name: 'Create account' })).toBeFocused();
    await press('Enter');
    await expect(page).toHaveURL(/\/book\/[0-9a-f-]{36}$/);
  });

  await test.step('details, with a mistake', async () => {
    await tabTo(page, main.getByLabel('Reason for your appointment'));
    await page.keyboard.type('Cough');
    await tabTo(page, main.getByLabel('Phone number'), 1);
    await page.keyboard.type('x');
    await press('Enter');
    await expect(page.getByRole('alert', { name: 'There is a problem' })).toBeFocused();
    await tabTo(page, page.getByRole('link', { name: /^Enter a phone number/ }), 1);
    await press('Enter');
    await expect(main.getByLabel('Phone number')).toBeFocused();
    await press('ControlOrMeta+A');
    await press('Delete');
  });

  await test.step('confirm', async () => {
    await expect(page).toHaveTitle(/Check and confirm your appointment/);
    await tabTo(page, main.getByRole('button', { name: 'Confirm appointment' }));
    await press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'Appointment confirmed' })).toBeVisible();
    await tabTo(page, main.getByRole('link', { name: 'Add to calendar' }));
  });
});
