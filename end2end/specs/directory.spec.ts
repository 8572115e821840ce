// Finding a doctor.

import { expect, test, type Page } from '../support/test.ts';
import { showDays } from '../support/booking.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const cards = (page: Page) => page.getByRole('main').getByRole('article');
const apply = (page: Page) => page.getByRole('main').getByRole('button', { name: 'Apply' }).click();
const chips = (page: Page) => page.getByRole('list', { name: 'Filters that are set' });

/** Chooses an option by the start of its words; returns the number in its brackets. */
async function pick(page: Page, label: string, option: string): Promise<number> {
  const choices = page.getByRole('main').getByLabel(label, { exact: true });
  const words = (await choices.getByRole('option').allInnerTexts()).find((text) => text.startsWith(option));
  await choices.selectOption({ label: words ?? option });
  return Number(/\((\d+)\)$/.exec(words ?? '')?.[1]);
}

test('without scripts nothing changes until Apply is pressed', async ({ page, open, enhanced }) => {
  test.skip(enhanced, 'filters apply while they change');
  await open('/doctors');
  const before = await heading(page).innerText();
  const count = await pick(page, 'Specialty', 'Cardiology');
  await page.getByRole('main').getByLabel('Accepts new patients').check();
  await page.getByRole('main').getByLabel('Specialty', { exact: true }).blur();
  await expect(page).toHaveURL(/\/doctors$/);
  await expect(heading(page)).toHaveText(before);

  await page.getByRole('main').getByLabel('Accepts new patients').uncheck();
  await apply(page);
  await expect(page).toHaveURL(/[?&]specialty=cardiology/);
  await expect(heading(page)).toHaveText(`Cardiology: ${count} doctors`);
  await expect(cards(page)).toHaveCount(count);
  await expect(page.getByRole('main').getByLabel('Specialty', { exact: true })).toHaveValue('cardiology');
});

test('a filter that is set can be taken off', async ({ page, open }) => {
  await open('/doctors');
  const greek = await pick(page, 'Language', 'Greek');
  await pick(page, 'Specialty', 'Cardiology');
  await apply(page);
  await expect(chips(page).getByRole('listitem')).toHaveCount(2);
  await expect(cards(page)).toHaveCount(1);
  await chips(page).getByRole('link', { name: 'Remove Cardiology' }).click();
  await expect(cards(page)).toHaveCount(greek);
  for (const card of await cards(page).all()) await expect(card).toContainText('Greek');
  await chips(page).getByRole('link', { name: /^Remove .*Greek/ }).click();
  await expect(page).toHaveURL(/\/doctors$/);
  await expect(chips(page)).toHaveCount(0);
});

test('when no doctor matches, the page says which filter to drop', async ({ page, open }) => {
  await open('/doctors');
  await pick(page, 'Specialty', 'Dermatology');
  const igbo = await pick(page, 'Language', 'Igbo');
  await apply(page);
  await expect(heading(page)).toHaveText('No doctors match');
  await expect(page.getByRole('heading', { name: 'No doctor matches all of your filters' })).toBeVisible();
  const hint = page.getByRole('listitem').filter({ hasText: /^Remove Dermatology \(1 doctor\)$/ });
  await expect(hint).toBeVisible();
  expect(igbo).toBe(1);
  await hint.getByRole('link').click();
  await expect(cards(page)).toHaveCount(1);
  await expect(cards(page)).toContainText('Dr Amara Okafor');
});

test('a name is found without its accents', async ({ page, open }) => {
  await open('/doctors');
  await page.getByRole('main').getByLabel('Name or specialty').fill('zielinski');
  await apply(page);
  await expect(heading(page)).toHaveText('1 doctor');
  await expect(cards(page).getByRole('link', { name: 'Dr Tomasz Zieliński', exact: true })).toBeVisible();
  await page.getByRole('main').getByLabel('Name or specialty').fill('no doctor of that name');
  await apply(page);
  await expect(heading(page)).toHaveText('No doctors match');
});

test('everyday words, languages and mistyped names find doctors', async ({ page, open }) => {
  await open('/doctors');
  const search = async (words: string) => {
    await page.getByRole('main').getByLabel('Name or specialty').fill(words);
    await apply(page);
  };
  await search('heart doctor');
  await expect(cards(page).first()).toContainText('Cardiology');
  await search('igbo');
  await expect(cards(page).first()).toContainText('Igbo');
  await search('zielinsky');
  await expect(page.getByRole('main')).toContainText('Showing results for zielinski');
  await expect(cards(page)).toHaveCount(1);
  await expect(page.getByRole('main').getByLabel('Name or specialty')).toHaveValue('zielinsky');
});

test('soonest first, or by name', async ({ page, open }) => {
  await open('/doctors');
  const firsts = await cards(page).evaluateAll((all) =>
    all.map((card) => Number(card.querySelector('button[name=start]')?.getAttribute('value') ?? Infinity)),
  );
  expect(firsts.filter(Number.isFinite).length).toBeGreaterThan(10);
  expect(firsts).toEqual([...firsts].sort((a, b) => a - b));

  await pick(page, 'Sort by', 'Name');
  await apply(page);
  await expect(page).toHaveURL(/[?&]sort=name/);
  const names = await cards(page).getByRole('heading', { level: 2 }).allInnerTexts();
  expect(names.length).toBe(20);
  expect(names).toEqual([...names].sort());
});

test('the second page has the rest, and says which it is', async ({ page, open }) => {
  await open('/doctors');
  const [total] = /^\d+/.exec(await heading(page).innerText()) ?? [];
  const first = await cards(page).getByRole('heading', { level: 2 }).allInnerTexts();
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await expect(pages.getByRole('link', { name: 'Page 1', exact: true })).toHaveAttribute('aria-current', 'page');
  await pages.getByRole('link', { name: 'Next page' }).click();
  await expect(page).toHaveURL(/[?&]page=2/);
  await expect(heading(page)).toContainText('page 2 of 2');
  await expect(page).toHaveTitle(/page 2 of 2/);
  const second = await cards(page).getByRole('heading', { level: 2 }).allInnerTexts();
  expect(new Set([...first, ...second]).size).toBe(Number(total));
});

test('a specialty of the home page lists as many doctors as it says', async ({ page, open }) => {
  await open('/');
  const tile = page.getByRole('region', { name: 'Browse by specialty' }).getByRole('link', { name: /^Psychiatry/ });
  const count = Number(/(\d+) doctors?/.exec(await tile.innerText())?.[1]);
  await tile.click();
  await expect(heading(page)).toHaveText(`Psychiatry: ${count} doctors`);
  await expect(cards(page)).toHaveCount(count);
});

test('a clinic and a soon time narrow the list together', async ({ page, open }) => {
  await open('/doctors');
  const harbour = await pick(page, 'Clinic', 'Harbour Clinic');
  await pick(page, 'When', 'In the next 7 days');
  await apply(page);
  await expect(chips(page).getByRole('listitem')).toHaveCount(2);
  const found = await cards(page).count();
  expect(found).toBeGreaterThan(0);
  expect(found).toBeLessThanOrEqual(harbour);
  const soon = Date.now() / 1000 + 8 * 86_400;
  for (const card of await cards(page).all()) {
    await expect(card).toContainText('Harbour Clinic');
    expect(Number(await card.getByRole('button').first().getAttribute('value'))).toBeLessThan(soon);
  }
});

test('a doctor who takes no new patients says so, and offers times to known ones only', async ({ page, open }) => {
  await open('/doctors?q=siddiqui');
  await expect(cards(page)).toContainText('Not taking new patients');
  await expect(cards(page).getByRole('button')).toHaveCount(0);
  await cards(page).getByRole('link', { name: 'Dr Farah Siddiqui', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Not taking new patients' })).toBeVisible();
  await showDays(page);
  await expect(page.getByRole('heading', { name: 'Not taking new patients' })).toBeVisible();
  await page.getByRole('link', { name: 'I have been there before: sign in' }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test('a time says its zone, because the locations have several', async ({ page, open }) => {
  await open('/doctors');
  await expect(cards(page).first()).toContainText(/(London|Athens) time/);
  for (const name of await page.locator('.time-btn').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))) {
    expect(name).toMatch(/^\S+( noon)? (London|Athens) time, /);
  }
});
