// What people type is shown as they meant it, and never runs.

import { demoSignIn, expect, signIn, signUp, test, openPage, type Page } from '../support/test.ts';
import { expectNoOverflow } from '../support/accessible.ts';
import { choose, confirm, expectErrorSummary, freeDays, giveDetails, goOn, hold, row, showDay, showDays } from '../support/booking.ts';

const markup = '</textarea><b id="ran">x</b><img src=x onerror="document.title=\'ran\'"><script>document.title="ran"</script>';
const texts = {
  markup,
  'right to left': 'שלום, יש לי כאב ראש \u202eabc\u202c',
  emoji: '🤒🩺 👩‍👩‍👧 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉',
  entities: '&lt;b&gt; &amp; "quotes" \'single\' {{7*7}} ${7*7} %s %00',
  long: 'long '.repeat(99) + 'words',
};

/** A text as it is kept: without characters that nobody sees, and with accents composed. */
const kept = (text: string): string => text.replace(/[\u034f\u202a-\u202e]/g, '').normalize('NFC');

/** No element came out of typed text, and no content security policy was broken (the console would say so). */
async function expectNothingRan(page: Page): Promise<void> {
  // a page's own scripts are files: what stands in the page itself was typed
  await expect(page.locator('#ran, img[src="x"], main script:not([src^="/"])')).toHaveCount(0);
  await expect(page).not.toHaveTitle(/^ran/);
}

test('a reason of any kind stays text', async ({ page, open, doctor }) => {
  await signUp(page);
  await hold(page, doctor);
  for (const [kind, text] of Object.entries(texts)) {
    await test.step(kind, async () => {
      await giveDetails(page, text, 'none');
      await page.getByRole('button', { name: 'Confirm appointment' }).click();
      await expectErrorSummary(page, 'Enter a phone number');
      await expect(page.getByLabel('Reason for your appointment')).toHaveValue(text);
      await expectNothingRan(page);
      await openPage(page, page.url());
      await expect(page.getByLabel('Reason for your appointment')).toHaveValue(kept(text));
      await expectNothingRan(page);
    });
  }
  await giveDetails(page, markup);
  await open(await confirm(page));
  await expect(row(page, 'Reason')).toHaveText(markup);
  await expectNothingRan(page);
});

test('one long word does not widen the page', async ({ page, open, doctor }) => {
  await page.setViewportSize({ width: 320, height: 720 });
  await signUp(page, 'W'.repeat(100));
  await hold(page, doctor);
  await giveDetails(page, 'w'.repeat(500));
  await expectNoOverflow(page, 'check');
  await open(await confirm(page));
  await expectNoOverflow(page, 'appointment');
  await open('/account');
  await expectNoOverflow(page, 'account');
});

test('a reason that fails comes back as text', async ({ page, doctor }) => {
  await signUp(page);
  await hold(page, doctor);
  await page.getByLabel('Reason for your appointment').fill(markup);
  await page.getByLabel('Phone number').fill('"><b id="ran">');
  await page.getByRole('button', { name: 'Confirm appointment' }).click();
  await expectErrorSummary(page, 'Enter a phone number');
  await expect(page.getByLabel('Reason for your appointment')).toHaveValue(markup);
  await expect(page.getByLabel('Phone number')).toHaveValue('"><b id="ran">');
  await expectNothingRan(page);

  const long = 'x'.repeat(501);
  await page.getByLabel('Reason for your appointment').fill(long);
  await page.getByLabel('Phone number').fill('');
  await page.getByRole('button', { name: 'Confirm appointment' }).click();
  await expectErrorSummary(page, 'Your note can have at most 500 characters');
  await expect(page.getByLabel('Reason for your appointment')).toHaveValue(long);
});

test('a hostile name stays a name, for the patient and for the doctor', async ({ browser, page, open, enhanced }) => {
  const typed = `<b id="ran">${enhanced ? 'W' : 'P'}</b> ‮שלום‬ 🩺 <img src=x onerror=alert(1)>`;
  const name = kept(typed);
  await signUp(page, typed);
  await open('/account');
  await expect(row(page, 'Name')).toHaveText(name);
  await expect(page.getByRole('banner').getByRole('link', { name: 'Your account' })).toContainText(name);
  await expectNothingRan(page);
  expect((await page.goto('/doctor'))?.status()).toBe(403);
  await expect(page.getByRole('main')).toContainText(name);
  await expectNothingRan(page);

  await openPage(page, '/doctors/amara-okafor');
  await page.getByRole('radio', { name: /^Video call/ }).check();
  await showDays(page);
  const day = enhanced ? 4 : 5;
  const date = await freeDays(page).nth(day).getAttribute('value');
  await showDay(page, day);
  await choose(page);
  await goOn(page).click();
  await giveDetails(page, markup);
  await expect(row(page, 'For')).toHaveText(name);
  const appointment = await confirm(page);

  const other = await browser.newContext();
  const surgery = await other.newPage();
  await signIn(surgery, demoSignIn('doctor'));
  await openPage(surgery, `/doctor?date=${date}`);
  await expect(surgery.getByRole('listitem').filter({ hasText: name })).toBeVisible();
  await expectNothingRan(surgery);
  await openPage(surgery, appointment);
  await expect(row(surgery, 'Patient')).toHaveText(name);
  await expect(row(surgery, 'Reason')).toHaveText(markup);
  await expectNothingRan(surgery);
  await other.close();
});

test('a search for markup finds no doctor and shows it as text', async ({ page, open }) => {
  const searched = '<b id="ran">x</b> <img src=x onerror=alert(1)>';
  await open(`/doctors?q=${encodeURIComponent(searched)}`);
  await expect(page.getByRole('main').getByLabel('Name or specialty')).toHaveValue(searched);
  await expect(page.getByRole('list', { name: 'Filters that are set' })).toContainText(searched);
  await expectNothingRan(page);
});
