// Filters that apply while they change.

import { expect, test, type Page } from '../support/test.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const cards = (page: Page) => page.getByRole('main').getByRole('article');
const filter = (page: Page, label: string) => page.getByRole('main').getByLabel(label, { exact: true });

test('a filter applies as it is chosen: the focus stays, the number is said, the address is in step', async ({ page, open }) => {
  await open('/doctors');
  const loaded: string[] = [];
  page.on('request', (request) => request.isNavigationRequest() && loaded.push(request.url()));
  const specialty = filter(page, 'Specialty');
  await specialty.focus();
  await specialty.selectOption('cardiology');
  await expect(heading(page)).toHaveText(/^Cardiology: \d+ doctors$/);
  await expect(page).toHaveURL(/\/doctors\?specialty=cardiology$/);
  await expect(page).toHaveTitle(/^Cardiology/);
  await expect(specialty).toBeFocused();
  await expect(page.locator('#status')).toHaveText(await heading(page).innerText());
  await expect(page.getByRole('list', { name: 'Filters that are set' }).getByRole('listitem')).toHaveCount(1);
  await expect(page.locator('#filter-count')).toHaveText('Filters (1)');
  expect(loaded).toEqual([]);

  // there and back
  await cards(page).first().getByRole('link').first().click();
  await expect(page).toHaveURL(/\/doctors\/[a-z-]+$/);
  await page.goBack();
  await expect(page).toHaveURL(/\/doctors\?specialty=cardiology$/);
  await expect(heading(page)).toHaveText(/^Cardiology: \d+ doctors$/);
  await expect(specialty).toHaveValue('cardiology');
});

test('what is typed is asked for once, when the typing rests', async ({ page, open }) => {
  await open('/doctors');
  const asked: string[] = [];
  page.on('request', (request) => request.url().includes('/doctors?') && asked.push(request.url()));
  const name = filter(page, 'Name or specialty');
  await name.pressSequentially('zielinski', { delay: 20 });
  await expect(heading(page)).toHaveText('1 doctor');
  await expect(name).toBeFocused();
  await expect(name).toHaveValue('zielinski');
  expect(asked).toHaveLength(1);
  await name.fill('');
  await expect(page).toHaveURL(/\/doctors$/);
  await expect(cards(page)).toHaveCount(20);
});

test('an answer that comes late is not shown for what was chosen since', async ({ page, open }) => {
  await open('/doctors');
  await page.route('**/doctors?specialty=cardiology', async (route) => {
    await new Promise((later) => setTimeout(later, 800));
    await route.continue().catch(() => {});
  });
  await filter(page, 'Specialty').selectOption('cardiology');
  await page.waitForTimeout(350);
  await filter(page, 'Specialty').selectOption('psychiatry');
  await expect(heading(page)).toHaveText(/^Psychiatry/);
  await page.waitForTimeout(900);
  await expect(heading(page)).toHaveText(/^Psychiatry/);
});

test('one press on a quick time sends it once, and shows that', async ({ page, open }) => {
  await open('/doctors?new_patients=true');
  let requests = 0;
  await page.route('**/fn/booking/hold', async (route) => {
    requests += 1;
    await new Promise((later) => setTimeout(later, 1_000));
    await route.continue();
  });
  // in the page itself, because a test waits for the page that is under way
  const busy = await page.locator('.time-btn').last().evaluate(async (button: HTMLElement) => {
    button.click();
    await new Promise((later) => setTimeout(later, 50));
    const busy = button.getAttribute('aria-busy');
    button.click();
    return busy;
  });
  expect(busy).toBe('true');
  await expect(page).toHaveURL(/\/book\//);
  expect(requests).toBe(1);
});

test('a doctor on whom the pointer rests is there before the press', async ({ page, open }) => {
  await open('/doctors');
  const link = cards(page).first().getByRole('link').first();
  // the browser waits for the pointer to rest, and may take its time
  await expect(async () => {
    await open('/doctors');
    await link.hover();
    await page.waitForTimeout(800);
    await link.click();
    await expect(page).toHaveURL(/\/doctors\/[a-z-]+$/);
    const how = await page.evaluate(() => {
      const entry = performance.getEntriesByType('navigation')[0];
      return entry && 'deliveryType' in entry ? entry.deliveryType : undefined;
    });
    expect(how).toBe('navigational-prefetch');
  }).toPass({ timeout: 30_000 });
});
