// The way of a patient from page to page, with the mouse: from the press to the first paint of the next page, and how far
// the layout shifts meanwhile.

import { openPage, test, type Page } from '../support/test.ts';
import { report } from './report.ts';

const ROUNDS = 12;

/** Notes in the browser's session when something is pressed; what is painted next says how long that took. */
async function watch(page: Page): Promise<{ swaps: number[]; shifts: number[] }> {
  const seen = { swaps: [] as number[], shifts: [] as number[] };
  await page.exposeFunction('painted', (milliseconds: number) => seen.swaps.push(milliseconds));
  await page.exposeFunction('shifted', (by: number) => seen.shifts.push(by));
  await page.addInitScript(() => {
    const tell = window as unknown as { painted(time: number): void; shifted(by: number): void };
    addEventListener('click', (event) => sessionStorage.setItem('pressed', String(performance.timeOrigin + event.timeStamp)), true);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntriesByName('first-contentful-paint')) {
        const pressed = Number(sessionStorage.getItem('pressed') ?? 0);
        sessionStorage.removeItem('pressed');
        if (pressed > 0) tell.painted(performance.timeOrigin + entry.startTime - pressed);
      }
    }).observe({ type: 'paint', buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tell.shifted((entry as unknown as { value: number }).value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return seen;
}

test('from page to page', async ({ page }) => {
  const seen = await watch(page);
  for (let round = 0; round < ROUNDS; round += 1) {
    await openPage(page, '/');
    for (const link of [/^Find a doctor/, /^Dr /, /^Find a doctor/]) {
      await page.getByRole('link', { name: link }).first().click();
      await page.waitForLoadState();
      await page.waitForTimeout(300);
    }
  }
  report('page swap, press to first paint', seen.swaps, 150);
  const shift = seen.shifts.reduce((sum, by) => sum + by, 0);
  console.log(`layout shift of ${4 * ROUNDS} pages, together: ${shift.toFixed(4)} (wanted 0)`);
});
