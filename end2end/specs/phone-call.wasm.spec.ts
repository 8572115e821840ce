// A phone call at the desk, by somebody who types like a person. With DOCSLOT_FRAMES it leaves pictures of the whole
// call in that folder, a picture for each change of the screen:
//
//   DOCSLOT_FRAMES=/tmp/call npx playwright test phone-call

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { another } from '../support/clinic.ts';
import { card, free, letters, openDesk, status } from '../support/desk.ts';
import { demoSignIn, expect, signIn, signUp, test, type Page } from '../support/test.ts';

/** Milliseconds from one key to the next. */
const KEY = 60;
/** Milliseconds in which a call is done. */
const CALL = 10_000;
const DAYS_AHEAD = 23;

/** Writes what the screen shows into a folder from now on, until the function that it returns is called. */
async function film(page: Page, folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const session = await page.context().newCDPSession(page);
  const began = Date.now();
  const written: Promise<void>[] = [];
  session.on('Page.screencastFrame', ({ data, sessionId }) => {
    const name = `${String(Date.now() - began).padStart(6, '0')}.png`;
    written.push(writeFile(join(folder, name), Buffer.from(data, 'base64')));
    void session.send('Page.screencastFrameAck', { sessionId });
  });
  await session.send('Page.startScreencast', { format: 'png', everyNthFrame: 1 });
  return async () => {
    await session.send('Page.stopScreencast');
    await Promise.all(written);
  };
}

test('a patient who calls is booked within ten seconds', async ({ browser, page }) => {
  const name = `Thea ${letters()}`;
  const caller = await another(browser);
  await signUp(caller, name);
  await caller.context().close();
  await signIn(page, demoSignIn('receptionist'));
  await openDesk(page, DAYS_AHEAD);
  const time = free(page).nth(2);
  const words = (await time.locator('b').textContent()) ?? '';
  const stop = process.env.DOCSLOT_FRAMES ? await film(page, process.env.DOCSLOT_FRAMES) : null;
  const keys = { delay: KEY };
  const pause = () => page.waitForTimeout(KEY);

  await time.focus();
  const began = Date.now();
  // "A quarter past ten would be free. What is your name?"
  await page.keyboard.press('Enter', keys);
  await expect(page.getByRole('dialog').getByRole('combobox', { name: 'Patient' })).toBeFocused();
  await page.keyboard.type(name.slice(0, 11), keys);
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText('1 patient found. Enter chooses this one.');
  await page.keyboard.press('Enter', keys);
  await expect(page.getByRole('button', { name: 'Book', exact: true })).toBeFocused();
  await pause();
  await page.keyboard.press('Enter', keys);
  await expect(status(page)).toContainText(`Booked: ${name}, `);
  const took = Date.now() - began;

  await expect(card(page, name)).toBeFocused();
  await expect(card(page, name)).toContainText(words);
  await stop?.();
  test.info().annotations.push({ type: 'call', description: `${took} ms` });
  console.log(`a phone call: ${took} ms`);
  expect(took).toBeLessThanOrEqual(CALL);
});
