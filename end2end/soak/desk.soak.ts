// A desk that stays open while two appointments a second are booked or cancelled: its memory stays flat, and it never
// shows anything else than the database has.

import { readFileSync } from 'node:fs';
import { weekday } from '../support/desk.ts';
import { demoSignIn, expect, signIn, test, type Page } from '../support/test.ts';
import type { APIRequestContext, Browser, CDPSession } from '@playwright/test';

const minutes = Number(process.env.SOAK_MINUTES ?? 60);
const CHANGES_A_SECOND = 2;
/** Appointments that one patient has at once, at times of their own. */
const MOST = 8;

interface Booked {
  id: string;
  version: string;
}

/** A patient of the API, who books and cancels. */
class Patient {
  private token = '';
  private signedIn = 0;
  private readonly booked: Booked[] = [];
  readonly done = { booked: 0, cancelled: 0, refused: 0 };

  constructor(private readonly api: APIRequestContext, private readonly day: string, private readonly doctors: string[]) {}

  private async headers(): Promise<Record<string, string>> {
    if (Date.now() - this.signedIn > 4 * 60_000) {
      const answer = await this.api.post('/api/v1/login', { data: demoSignIn('patient') });
      expect(answer.status()).toBe(200);
      this.token = (await answer.json()).token;
      this.signedIn = Date.now();
    }
    return { authorization: `Bearer ${this.token}` };
  }

  async change(): Promise<void> {
    if (this.booked.length >= MOST || (this.booked.length > 0 && Math.random() < 0.45)) await this.cancel();
    else await this.book();
  }

  private async book(): Promise<void> {
    const headers = await this.headers();
    const doctor = this.doctors[Math.floor(Math.random() * this.doctors.length)];
    const slots = await (await this.api.get(`/api/v1/doctors/${doctor}/slots?from=${this.day}&to=${this.day}`)).json();
    if (slots.length === 0) return;
    const { start } = slots[Math.floor(Math.random() * slots.length)];
    const made = await this.api.post('/api/v1/appointments', { headers, data: { doctor_id: doctor, start } });
    if (made.status() === 201) {
      this.booked.push({ id: (await made.json()).id, version: made.headers().etag });
      this.done.booked += 1;
    } else {
      // at that time this patient is with another doctor
      expect(made.status()).toBe(409);
      this.done.refused += 1;
    }
  }

  private async cancel(): Promise<void> {
    const [{ id, version }] = this.booked.splice(Math.floor(Math.random() * this.booked.length), 1);
    const headers = { ...(await this.headers()), 'if-match': version };
    const answer = await this.api.post(`/api/v1/appointments/${id}/cancel`, { headers, data: {} });
    expect(answer.status()).toBe(200);
    this.done.cancelled += 1;
  }
}

/** Megabytes: of JavaScript after its garbage is gone, and of the whole process that draws the page, with its WASM. */
async function memory(cdp: CDPSession, browser: Browser): Promise<{ heap: number; process: number; nodes: number }> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((each) => each.name === name)?.value ?? 0;
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  await whole.detach();
  const pages = processInfo.filter((each) => each.type === 'renderer').map((each) => rss(each.id));
  return { heap: metric('JSHeapUsedSize') / 1e6, process: Math.max(...pages), nodes: metric('Nodes') };
}

function rss(process: number): number {
  try {
    const [, kilobytes] = readFileSync(`/proc/${process}/status`, 'utf8').match(/VmRSS:\s+(\d+)/) ?? ['', '0'];
    return Number(kilobytes) / 1e3;
  } catch {
    return 0;
  }
}

/** What each column shows, line by line. */
const shown = (page: Page) => page.locator('#desk section').allInnerTexts();

test('an hour at the desk', async ({ browser, page, playwright }) => {
  const day = weekday(7);
  const api = await playwright.request.newContext({ baseURL: process.env.DOCSLOT_URL });
  const doctors: string[] = (await (await api.get('/api/v1/doctors')).json()).map((doctor: { id: string }) => doctor.id);
  const patient = new Patient(api, day, doctors);
  await signIn(page, demoSignIn('receptionist'));
  await page.goto(`/desk?date=${day}`);
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  // the same page as it is loaded, without scripts; by the session of the live one, because a copy of it would end both
  const fresh = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  const desk = new URL(`/desk?date=${day}`, page.url()).href;
  await fresh.route(desk, async (route) => route.fulfill({ response: await page.request.get(desk) }));

  const begun = Date.now();
  const seen: { minute: number; heap: number; process: number; nodes: number }[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    const until = begun + minute * 60_000 - 3_000;
    while (Date.now() < until) {
      const next = Date.now() + 1_000 / CHANGES_A_SECOND;
      await patient.change();
      await page.waitForTimeout(Math.max(0, next - Date.now()));
    }
    await fresh.goto(desk);
    const wanted = await shown(fresh);
    await expect.poll(() => shown(page), { timeout: 5_000 }).toEqual(wanted);
    const now = { minute, ...(await memory(cdp, browser)) };
    seen.push(now);
    const { booked, cancelled, refused } = patient.done;
    console.log(
      `minute ${minute}: ${booked} booked, ${cancelled} cancelled, ${refused} refused; heap ${now.heap.toFixed(1)} MB, ` +
        `process ${now.process.toFixed(0)} MB, ${now.nodes} nodes`,
    );
  }
  // the first minutes fill caches
  const early = seen[Math.min(2, seen.length - 1)];
  const last = seen[seen.length - 1];
  expect(last.heap, 'JavaScript').toBeLessThan(early.heap * 1.3 + 2);
  expect(last.nodes, 'nodes').toBeLessThan(early.nodes * 1.3 + 500);
  expect(last.process, 'the process').toBeLessThan(early.process * 1.3 + 20);
  await api.dispose();
});
