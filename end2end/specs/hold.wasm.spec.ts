// What the page says while a hold runs out. The browser's clock is moved, not the server's.

import { expect, hydrated, signUp, test } from '../support/test.ts';
import { hold } from '../support/booking.ts';

test('the last minutes are announced, and the end is said in place', async ({ page, doctor }) => {
  await signUp(page);
  await hold(page, doctor);
  await page.clock.install();
  await page.reload();
  await hydrated(page);
  await page.getByLabel('Reason for your appointment').fill('Still typing');
  const status = page.getByRole('status');
  await expect(status).toBeEmpty();
  const said: string[] = [];
  for (let seconds = 0; seconds < 660; seconds += 20) {
    await page.clock.fastForward(20_000);
    const words = (await status.textContent()) ?? '';
    if (words !== (said.at(-1) ?? '')) said.push(words);
  }
  expect(said).toEqual([
    'We are holding this time for 5 more minutes.',
    'We are holding this time for 2 more minutes.',
    'We are holding this time for 1 more minute.',
    'We stopped holding this time. Nothing you typed is lost.',
  ]);
  await expect(page.getByText(/^We stopped holding .*Go on: if the time is still free, you can book it\.$/)).toBeVisible();
  await expect(page.getByLabel('Reason for your appointment')).toHaveValue('Still typing');
  await page.getByRole('button', { name: 'Hold it again' }).click();
  await expect(page.getByRole('main').getByText(/^We are holding /)).toBeVisible();
});
