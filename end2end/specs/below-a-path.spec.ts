// A patient's way once more, on a website below a path of its host. It has a server of its own.

import { expect, fillRegistration, hydrated, openPage, test } from '../support/test.ts';
import { choose, confirm, giveDetails, goOn, showDay, showDays } from '../support/booking.ts';
import { startServer, type RunningServer } from '../support/server.ts';

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer('/booking');
});
test.afterAll(() => server.stop());

test('booking below a path', async ({ page, enhanced }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const below = (url: string) => new URL(url).pathname.startsWith('/booking/');

  await openPage(page, `${server.url}/doctors?new_patients=true`);
  await page.getByRole('main').getByRole('heading', { level: 2 }).getByRole('link').first().click();
  await expect(page).toHaveURL(/\/booking\/doctors\/[a-z-]+/);
  await showDays(page);
  await showDay(page, 3);
  if (enhanced) {
    await hydrated(page);
    await expect.poll(() => asked.some((url) => below(url) && url.includes('/slots/events'))).toBe(true);
  }
  await choose(page);
  await goOn(page).click();
  await page.getByRole('main').getByRole('link', { name: 'Create an account' }).click();
  const unique = `${test.info().project.name}.${Date.now()}`;
  await fillRegistration(page, 'Ana Novak', { email: `ana.${unique}@example.org`, password: `quiet harbour ${unique}` }, server.mail);
  await expect(page.getByText('We are holding this time for')).toBeVisible();
  if (enhanced) {
    await hydrated(page);
    const longer = page.waitForResponse((answer) => answer.url().startsWith(`${server.url}/fn/`));
    await page.getByRole('button', { name: 'Keep it longer' }).click();
    expect((await longer).status()).toBe(200);
  }
  await giveDetails(page, 'Sore throat', '');
  await confirm(page);
  await expect(page).toHaveURL(/\/booking\/appointments\/[a-z0-9-]+\/done/);
  expect(asked.filter((url) => url.startsWith('http') && !below(url))).toEqual([]);
});
