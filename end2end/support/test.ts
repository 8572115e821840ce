// What every spec imports instead of @playwright/test: the same `test` and `expect`, with docslot's own fixtures.

import { createHash } from 'node:crypto';
import { expect, test as base, type APIRequestContext, type Page, type TestInfo } from '@playwright/test';
import { linkTo } from './mail.ts';
import { signInFor, type SignIn } from './server.ts';

export { expect };
export type { Page, SignIn };

interface PerTest {
  /** True with WASM, false with JavaScript switched off. */
  enhanced: boolean;
  /** Opens a path; with WASM, waits until its islands are live. */
  open: (path: string) => Promise<void>;
  /** The address part of a doctor (`/doctors/THIS`) whom no other running test uses. */
  doctor: string;
  /** Console lines a spec provokes on purpose. All others, and every error a page throws, fail the test. */
  allowedConsole: RegExp[];
  /** Watches the console of `page` (runs by itself). */
  quietConsole: void;
}

interface PerWorker {
  /** Doctors with free times, soonest first; the same list for every worker. */
  doctors: string[];
}

export const test = base.extend<PerTest, PerWorker>({
  enhanced: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),

  open: async ({ page }, use) => use((path) => openPage(page, path)),

  doctors: [
    async ({ playwright }, use) => {
      const request = await playwright.request.newContext({ baseURL: process.env.DOCSLOT_URL });
      await use(await bookableDoctors(request));
      await request.dispose();
    },
    { scope: 'worker' },
  ],

  doctor: async ({ doctors }, use, testInfo) => use(share(doctors, testInfo)),

  allowedConsole: [[], { option: true }],

  quietConsole: [
    async ({ page, enhanced, allowedConsole }, use) => {
      const loud: string[] = [];
      // A form that is answered with 409 or 422 is a page's everyday life, though the browser reports it.
      const allowed = [/^Failed to load resource: the server responded with a status of 4\d\d/, ...allowedConsole];
      // Without scripts the WASM is not used that the page asks the browser to fetch early.
      if (!enhanced) allowed.push(/\.wasm was preloaded using link preload but not used/);
      const note = (text: string) => allowed.some((line) => line.test(text)) || loud.push(text);
      page.on('pageerror', (error) => note(`page error: ${error.message}`));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) note(message.text());
      });
      await use();
      expect(loud, `console messages: ${loud.join('; ')}`).toEqual([]);
    },
    { auto: true },
  ],
});

/** Goes to a path; with WASM, waits until its islands are live. For a second page or browser next to `page`. */
export async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(path);
  if (test.info().project.use.javaScriptEnabled !== false) await hydrated(page);
}

/**
 * Waits until the page answers to WASM: `hydrate()` marks the document when it is done. A page without islands loads no
 * WASM, and is ready when its scripts are.
 */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForLoadState();
  if ((await page.locator('leptos-island').count()) === 0) return;
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
}

/** Registers a fresh patient through the form; afterwards the page is signed in. */
export async function signUp(page: Page, name = 'Ana Novak'): Promise<SignIn> {
  const unique = createHash('sha256').update(`${process.pid}.${Date.now()}.${Math.random()}`).digest('hex').slice(0, 12);
  const patient = { email: `ana.${unique}@example.org`, password: `quiet-harbour-${unique}` };
  await openPage(page, '/register');
  await fillRegistration(page, name, patient);
  return patient;
}

/**
 * Fills and sends the registration form on the page that shows it (it also stands in the middle of a booking), and goes
 * on by the link that is mailed: of the run's server, or of one that writes its messages into `mail`. A server that sends
 * no mail makes the account at once.
 */
export async function fillRegistration(page: Page, name: string, patient: SignIn, mail?: string): Promise<void> {
  await page.getByLabel('Full name').fill(name);
  await page.getByLabel('Email address').fill(patient.email);
  const link = page.getByRole('button', { name: 'Send me the link' });
  if ((await link.count()) > 0) {
    await link.click();
    await expect(page).toHaveURL(/\/register\/sent/);
    // of the server whose page this is
    await page.goto(new URL(await linkTo('/open-account/', patient.email, mail), page.url()).href);
  }
  await page.getByLabel('Password').fill(patient.password);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page).not.toHaveURL(/\/(register|open-account)/);
}

/** Signs in through the form. */
export async function signIn(page: Page, who: SignIn): Promise<void> {
  await openPage(page, '/sign-in');
  await page.getByLabel('Email address').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(page).not.toHaveURL(/\/sign-in/);
}

/** The demo's own account for a role: "patient", "doctor" or "admin". */
export function demoSignIn(role: 'patient' | 'doctor' | 'receptionist' | 'admin'): SignIn {
  return signInFor(role, process.env.DOCSLOT_SEEDED ?? '');
}

// Doctors who joined in a spec, with questions and hours of their own.
const joined = /-(wasm|plain)$/;

// Of the demo clinic: the doctor whom the demo's sign-in belongs to, and one whose every appointment is only a request.
const forSpecsOfTheirOwn = ['amara-okafor', 'haruka-nishida'];

// Doctors without times come last in the directory; tests keep to those before them, and to those whom a patient who has
// just registered may open.
async function bookableDoctors(request: APIRequestContext): Promise<string[]> {
  const found: string[] = [];
  for (const page of [1, 2]) {
    const html = await (await request.get(`/doctors?new_patients=true&page=${page}`)).text();
    found.push(...Array.from(html.matchAll(/href="\/doctors\/([a-z0-9-]+)[/?#"]/g), (link) => link[1]));
  }
  const doctors = [...new Set(found)].filter((doctor) => !forSpecsOfTheirOwn.includes(doctor) && !joined.test(doctor)).slice(0, 14);
  if (doctors.length < 4) throw new Error(`the directory lists ${doctors.length} doctors; the demo data has more`);
  return doctors;
}

// Two tests run at once: one takes the doctors at even places, the other those at odd places. Within its half a test
// always gets the same doctor, so a failure can be repeated.
function share(doctors: string[], test: TestInfo): string {
  const halves = Math.max(1, test.config.workers);
  const mine = doctors.filter((_, place) => place % halves === test.parallelIndex % halves);
  const place = createHash('sha256').update(`${test.project.name} ${test.titlePath.join(' ')}`).digest()[0];
  return mine[place % mine.length];
}
