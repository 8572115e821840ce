// A desk with twenty doctors and four hundred appointments: what it weighs, how soon it is live, how it scrolls, and how soon
// it answers a key.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hydrated, signIn, test, type Page } from '../support/test.ts';
import { weekday } from '../support/desk.ts';
import { signInFor, startServer, type RunningServer } from '../support/server.ts';
import { report } from './report.ts';

const DOCTORS = 20;
/** Appointments of each doctor. */
const EACH = 20;
const DAY = weekday(9);
const LOADS = 12;
const SCROLLING = 3_000;

let server: RunningServer;

/** The clock `minutes` after eight in the morning, "08:20". */
const clock = (minutes: number) => new Date((8 * 60 + minutes) * 60_000).toISOString().slice(11, 16);

/** Brings doctors with a full day at a location along, as from another system. */
function fill(location: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'docslot-timings-'));
  const bring = (kind: string, heading: string, rows: string[]) => {
    const file = join(folder, `${kind}.csv`);
    writeFileSync(file, [heading, ...rows].join('\n'));
    server.run('import', kind, file);
  };
  const doctors = Array.from({ length: DOCTORS }, (_, doctor) => doctor);
  bring('doctors', 'id,name,specialties,status', doctors.map((doctor) => `${doctor},Dr Full Day ${doctor},Cardiology,active`));
  const seen = doctors.flatMap((doctor) => Array.from({ length: EACH }, (_, place) => ({ doctor, place })));
  const patient = (doctor: number, place: number) => doctor * EACH + place;
  bring('patients', 'id,name', seen.map(({ doctor, place }) => `${patient(doctor, place)},Patient ${doctor} ${place}`));
  const row = ({ doctor, place }: { doctor: number; place: number }) =>
    `${patient(doctor, place)},${doctor},${patient(doctor, place)},${DAY} ${clock(place * 20)},20,"${location}"`;
  bring('appointments', 'id,doctor,patient_id,start,minutes,location', seen.map(row));
  rmSync(folder, { recursive: true });
}

/** From the first paint to the live page, and what came over the wire. */
async function load(page: Page, address: string): Promise<{ live: number; wire: number; html: number }> {
  await page.goto(address);
  await hydrated(page);
  return page.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    const [document] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const { live } = window as unknown as { live: number };
    return { live: Math.max(0, live - paint.startTime), wire: document.encodedBodySize, html: document.decodedBodySize };
  });
}

/** The time between two frames while the page scrolls. */
async function frames(page: Page): Promise<number[]> {
  await page.evaluate(() => {
    const gaps: number[] = [];
    let last = performance.now();
    const frame = (now: number) => {
      gaps.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    Object.assign(window, { gaps });
  });
  const until = Date.now() + SCROLLING;
  for (let turn = 0; Date.now() < until; turn += 1) {
    await page.mouse.wheel(turn % 40 < 20 ? 60 : -60, turn % 60 < 30 ? 40 : -40);
    await page.waitForTimeout(16);
  }
  return page.evaluate(() => (window as unknown as { gaps: number[] }).gaps.slice(1));
}

/** From a key to the paint after it, for each key. */
async function keys(page: Page): Promise<number[]> {
  await page.evaluate(() => {
    const painted: number[] = [];
    addEventListener('keydown', (event) => {
      const began = event.timeStamp;
      requestAnimationFrame(() => setTimeout(() => painted.push(performance.now() - began)));
    }, true);
    Object.assign(window, { painted });
  });
  await page.locator('#desk li a').first().focus();
  for (let turn = 0; turn < 15; turn += 1) {
    for (const key of ['ArrowDown', 'ArrowRight', 'Enter', 'Escape']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(120);
    }
  }
  return page.evaluate(() => (window as unknown as { painted: number[] }).painted);
}

test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(() => server.stop());

test('a full desk', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const marked = () => {
      if (!document.documentElement?.hasAttribute('data-hydrated')) return;
      Object.assign(window, { live: performance.now() });
      observer.disconnect();
    };
    const observer = new MutationObserver(marked);
    observer.observe(document, { subtree: true, attributes: true, attributeFilter: ['data-hydrated'] });
  });
  await signIn(page, signInFor('receptionist', server.seeded));
  await page.goto('/desk');
  const location = page.getByLabel('Location').locator('option').first();
  const [value, name] = [await location.getAttribute('value'), await location.innerText()];
  fill(name);

  const address = `/desk?location=${value}&date=${DAY}`;
  const loads = [];
  for (let turn = 0; turn < LOADS; turn += 1) loads.push(await load(page, address));
  const cards = await page.locator('#desk li a[href^="/appointments/"]').count();
  if (cards < DOCTORS * EACH) throw new Error(`the desk shows ${cards} appointments`);
  console.log(`a desk with ${await page.locator('#desk section').count()} doctors and ${cards} appointments: ${loads[0].html} bytes of HTML (wanted 120000), ${loads[0].wire} as they came (wanted 20000)`);
  report('desk, first paint to live', loads.map((each) => each.live), 300);
  const gaps = await frames(page);
  const seconds = gaps.reduce((sum, gap) => sum + gap, 0) / 1_000;
  report('desk, time between two frames while it scrolls', gaps, 17);
  console.log(`desk, frames a second while it scrolls: ${(gaps.length / seconds).toFixed(1)} (wanted 60)`);
  report('desk, key to paint', await keys(page), 100);
  await context.close();
});
