// What is typed as a password can be shown, where scripts run; without them nothing offers it.

import { expect, test } from '../support/test.ts';

test('a password can be shown and hidden again', async ({ page, open, enhanced }) => {
  await open('/sign-in');
  await page.getByLabel('Email address').fill('nobody@example.org');
  const field = page.getByLabel('Password');
  const button = page.getByRole('button', { name: 'Show password' });
  if (!enhanced) {
    await expect(button).toHaveCount(0);
    await expect(field).toHaveAttribute('type', 'password');
    return;
  }
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  await field.fill('short');
  await field.press('Tab');
  await expect(button).toBeFocused();
  await page.keyboard.press('Space');
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  await expect(field).toHaveAttribute('type', 'text');
  await expect(field).toHaveValue('short');
  await button.click();
  await expect(field).toHaveAttribute('type', 'password');
  await button.click();
  await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Show password' })).toHaveAttribute('aria-pressed', 'false');
  await expect(page.getByLabel('Password')).toHaveValue('');
});
