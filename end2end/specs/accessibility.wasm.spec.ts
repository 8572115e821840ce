// Every page, and every page with an error on it, in light, in dark and in a narrow window. axe needs scripts; the HTML is
// the server's either way.

import { demoSignIn, expect, signIn, signUp, test, openPage, type Page } from '../support/test.ts';
import { expectAccessible, expectAccessibleEverywhere, expectNoOverflow } from '../support/accessible.ts';
import { linkTo } from '../support/mail.ts';
import { book, choose, confirm, deafen, expectErrorSummary, freeDays, freeTimes, giveDetails, goOn, hold, openTimes, overlappingTimes, showDay, showDays, wishNoDays, wishOnlySundays } from '../support/booking.ts';

// Many pages in one test, each looked at three times.
test.describe.configure({ timeout: 120_000 });

/** Presses the main button of a form that has a mistake in it. */
async function fail(page: Page, button: string, text: string | RegExp): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: button }).click();
  await expectErrorSummary(page, text);
}

test('axe finds planted faults', async ({ page, open }) => {
  await open('/help');
  await page.getByRole('main').evaluate((main) => {
    main.innerHTML = '<h1>Help</h1><img src="/favicon.svg"><input name="nameless">';
  });
  await expect(expectAccessible(page, 'planted')).rejects.toThrow(/image-alt/);
});

test('public pages', async ({ page, open, doctor }) => {
  for (const path of [
    '/',
    '/doctors',
    '/doctors?page=2',
    '/doctors?specialty=cardiology&language=el&new_patients=true',
    '/doctors?specialty=dermatology&language=ig',
    `/doctors/${doctor}`,
    '/doctors/linnea-akesson',
    '/doctors/petros-galanis',
    '/sign-in',
    '/register',
    '/register/sent',
    '/open-account/nothing',
    '/forgot-password',
    '/reset/nothing',
    '/verify/nothing',
  ]) {
    await open(path);
    await expectAccessibleEverywhere(page, path);
  }
});

test('texts and pages that are not there', async ({ page, open }) => {
  for (const path of ['/help', '/privacy', '/accessibility', '/nowhere', '/doctors/nobody', '/book/else']) {
    await open(path);
    await expectAccessibleEverywhere(page, path);
  }
  // a page of its own, without scripts
  await page.goto('/api/docs');
  await expectAccessibleEverywhere(page, '/api/docs');
});

test('signing in and registering with mistakes', async ({ page, open }) => {
  await open('/sign-in');
  await fail(page, 'Sign in', 'Enter your email address');
  await expectAccessibleEverywhere(page, 'sign-in with mistakes');
  await open('/register');
  await page.getByLabel('Email address').fill('nobody');
  await page.getByLabel('Phone number').fill('none');
  await fail(page, 'Send me the link', 'Enter your name');
  await expectAccessibleEverywhere(page, 'register with mistakes');
  const email = `axe.${Date.now()}@example.org`;
  await page.getByLabel('Full name').fill('Axel Axe');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Phone number').fill('');
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await expectAccessibleEverywhere(page, 'check your inbox for the link');
  if (process.env.DOCSLOT_MAIL) {
    await open(await linkTo('/open-account/', email));
    await expectAccessibleEverywhere(page, 'choose a password');
    await fail(page, 'Create account', 'Enter your password');
    await expectAccessibleEverywhere(page, 'choose a password with mistakes');
  }
  await open('/forgot-password');
  await fail(page, 'Send me a link', 'Enter your email address');
  await expectAccessibleEverywhere(page, 'forgot password with mistakes');
  await page.getByLabel('Email address').fill('nobody@example.org');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expectAccessibleEverywhere(page, 'check your inbox');
});

test('choosing a time', async ({ page, doctor }) => {
  await openPage(page, `/doctors/${doctor}`);
  await showDays(page);
  await expectAccessibleEverywhere(page, 'days');
  await showDay(page, 1);
  await freeTimes(page).first().check();
  await expectAccessibleEverywhere(page, 'times');
  await showDay(page, 2);
  await fail(page, 'Continue', 'Choose a time');
  await expectAccessibleEverywhere(page, 'no time chosen');
  await page.getByRole('link', { name: 'Whole month' }).click();
  await expect(page.getByRole('table', { name: /^Days of / })).toBeVisible();
  await expectAccessibleEverywhere(page, 'a month');
  await page.getByText('Pick another date').click();
  await page.getByRole('group', { name: 'Date' }).getByLabel('Day').fill('99');
  await page.getByRole('button', { name: 'Show this date' }).click();
  await expectAccessibleEverywhere(page, 'no such date');
  await openPage(page, `${new URL(page.url()).pathname}?visit_type=${new URL(page.url()).searchParams.get('visit_type')}&from=2031-01-01`);
  await expectAccessibleEverywhere(page, 'no days');
});

test('the steps of a booking', async ({ page, doctor }) => {
  await hold(page, doctor);
  await expectAccessibleEverywhere(page, 'sign-in wall');
  const details = page.url();
  await page.getByRole('main').getByRole('link', { name: 'Create an account' }).click();
  await expectAccessibleEverywhere(page, 'register with a held time');
  await signUp(page);
  await openPage(page, details);
  await expectAccessibleEverywhere(page, 'details');
  await page.getByLabel('Phone number').fill('none');
  await fail(page, 'Confirm appointment', 'Enter a phone number');
  await expectAccessibleEverywhere(page, 'details with a mistake');
  await giveDetails(page, 'Sore throat');
  await page.getByRole('button', { name: 'Confirm appointment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Appointment confirmed' })).toBeVisible();
  await expectAccessibleEverywhere(page, 'done');
  await openPage(page, details);
  await expectAccessibleEverywhere(page, 'already confirmed');
});

test('a time that is gone', async ({ browser, page, doctor }) => {
  await deafen(page);
  await openTimes(page, doctor, 4);
  const { full } = await choose(page);
  const other = await browser.newContext();
  const rival = await other.newPage();
  await openTimes(rival, doctor, 4);
  await rival.getByRole('radio', { name: full, exact: true }).check();
  await goOn(rival).click();
  await expect(rival).toHaveURL(/\/book\//);
  await other.close();
  await fail(page, 'Continue', 'is taken: another patient has booked it');
  await expectAccessibleEverywhere(page, 'a time that is gone');
});

test('a patient’s pages', async ({ page, doctor }) => {
  const patient = await signUp(page);
  await openPage(page, '/appointments');
  await expectAccessibleEverywhere(page, 'no appointments');
  const { appointment } = await book(page, doctor);
  for (const path of ['/', '/appointments', appointment, `${appointment}/move`, `${appointment}/cancel`, '/account', '/account/profile', '/account/email', '/account/notifications', '/account/tokens', '/account/calendar']) {
    await openPage(page, path);
    await expectAccessibleEverywhere(page, path);
  }
  await page.getByRole('main').getByRole('button', { name: 'Make the address' }).click();
  await expectAccessibleEverywhere(page, 'a private address of a calendar');
  if (process.env.DOCSLOT_MAIL) {
    const link = await linkTo('/appointment/', patient.email);
    for (const path of [link, `${link}?cancel=yes`]) {
      await openPage(page, path);
      await expectAccessibleEverywhere(page, 'the link of a message');
    }
  }
  await openPage(page, `${appointment}/move`);
  await showDay(page, 5);
  await fail(page, 'Move my appointment', 'Choose a time');
  await expectAccessibleEverywhere(page, 'move without a time');
  await openPage(page, `${appointment}/cancel`);
  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('heading', { name: 'This appointment is cancelled' })).toBeVisible();
  for (const path of [appointment, `${appointment}/cancel`, `${appointment}/move`, '/appointments?tab=cancelled', '/admin']) {
    await openPage(page, path);
    await expectAccessibleEverywhere(page, `${path} afterwards`);
  }
});

test('the pages of a household', async ({ page, doctors, request }) => {
  test.setTimeout(240_000);
  const look = async (path: string) => {
    await openPage(page, path);
    await expectAccessibleEverywhere(page, path);
  };
  const [time] = await overlappingTimes(request, doctors);
  await signUp(page, 'Maria Novak');
  await openPage(page, '/account/people/child');
  await page.getByLabel('Full name of the child').fill('Ana Novak');
  for (const [label, text] of [['Day', '3'], ['Month', '12'], ['Year', '2019']] as const) await page.getByLabel(label).fill(text);
  await page.getByRole('button', { name: 'Add the child' }).click();
  await page.getByRole('link', { name: 'Ask the other parent' }).click();
  await expectAccessibleEverywhere(page, 'the other parent');
  await fail(page, 'Ask them', 'Enter the email address');
  await expectAccessibleEverywhere(page, 'the other parent, with a mistake');
  await page.getByLabel('The email address of their account here').fill('petr@example.org');
  await page.getByRole('button', { name: 'Ask them' }).click();
  await expectAccessibleEverywhere(page, 'people');
  for (const path of [
    `/doctors/${time.doctor}/series?visit_type=${time.visitType}`,
    '/soonest?specialty=general-practice',
    `/waiting-list/join?doctor=${time.doctor}&visit_type=${time.visitType}`,
    '/pair',
  ]) {
    await look(path);
    await page.getByRole('radio', { name: 'Ana Novak' }).check();
    await page.getByRole('main').getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText('For Ana Novak.')).toBeVisible();
    await expectAccessibleEverywhere(page, `${path} for a child`);
    if (!path.startsWith('/waiting-list')) continue;
    await wishNoDays(page);
    await fail(page, 'Join the waiting list', 'Choose at least one day of the week');
    await expectAccessibleEverywhere(page, 'the waiting list, with a mistake');
    await wishOnlySundays(page);
    await page.getByRole('button', { name: 'Join the waiting list' }).click();
    await expect(page.getByText('You are on the waiting list.')).toBeVisible();
    await expectAccessibleEverywhere(page, 'the waiting list');
  }
  await openPage(page, `/doctors/${time.doctor}/times?visit_type=${time.visitType}`);
  await page.getByRole('radio', { name: 'Ana Novak' }).check();
  await page.getByRole('main').getByRole('button', { name: 'Continue' }).click();
  await openPage(page, `${new URL(page.url()).pathname}${new URL(page.url()).search}&day=${time.day}`);
  await freeTimes(page).first().check();
  await goOn(page).click();
  await giveDetails(page);
  await expectAccessibleEverywhere(page, 'check, for a child');
  const appointment = await confirm(page);
  await look(`${appointment}/papers`);
});

test('records, matches and a doctor’s waiting list', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  for (const path of ['/patients', '/patients?q=a', '/patients/matches', '/doctor/waiting-list?doctor=amara-okafor']) {
    await openPage(page, path);
    await expectAccessibleEverywhere(page, path);
  }
  await openPage(page, '/patients?q=a');
  await page.getByRole('main').locator('a[href^="/patients/"]:not([href="/patients/matches"])').first().click();
  await expect(page).toHaveURL(/\/patients\/[0-9a-f-]{36}$/);
  await expectAccessibleEverywhere(page, 'a record');
  await openPage(page, `${new URL(page.url()).pathname}/edit`);
  await expectAccessibleEverywhere(page, 'a record, edited');
});

test('a patient with a history', async ({ page }) => {
  await signIn(page, demoSignIn('patient'));
  for (const path of ['/', '/appointments', '/appointments?tab=past', '/appointments?tab=cancelled']) {
    await openPage(page, path);
    await expectAccessibleEverywhere(page, path);
  }
});

test('the doctor’s and the staff’s pages', async ({ page }) => {
  await signIn(page, demoSignIn('doctor'));
  for (const days of [0, 1, 2, 5]) {
    const date = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    await openPage(page, `/doctor?date=${date}`);
    await expectAccessibleEverywhere(page, `doctor, ${days} days ahead`);
  }
  for (const path of ['', '/week', '/list', '/add', '/availability?day=2', '/overrides', '/time-off', '/visit-types']) {
    await openPage(page, `/doctor${path}`);
    await expectAccessibleEverywhere(page, `/doctor${path}`);
  }
  for (const path of ['/visit-types/new', '/profile', '/profile/preview', '/leave']) {
    await openPage(page, `/doctor${path}`);
    await expectAccessibleEverywhere(page, `/doctor${path}`);
  }
});

test('what the doctor edits, with mistakes', async ({ page }) => {
  await signIn(page, demoSignIn('doctor'));
  await openPage(page, '/doctor/availability?day=7');
  await page.getByLabel('Sunday, first hours, From').fill('late');
  await page.getByRole('main').getByRole('button', { name: /^Save/ }).click();
  await expectErrorSummary(page, /Enter a time/);
  await expectAccessibleEverywhere(page, 'hours with a mistake');
  await openPage(page, '/doctor/visit-types/new');
  await page.getByRole('main').getByRole('button', { name: /^(Save|Add)/ }).click();
  await expectErrorSummary(page, /Enter/);
  await expectAccessibleEverywhere(page, 'visit type with mistakes');
  await openPage(page, '/doctor/time-off');
  await page.getByRole('main').getByRole('button').last().click();
  await expectAccessibleEverywhere(page, 'time off with mistakes');
});

test('the staff’s pages', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  for (const path of ['', '/doctors', '/doctors/amara-okafor', '/doctors/amara-okafor/leaving', '/invitations', '/users']) {
    await openPage(page, `/admin${path}`);
    await expectAccessibleEverywhere(page, `/admin${path}`);
  }
  await page.getByRole('main').getByRole('table').getByRole('link').first().click();
  await expectAccessibleEverywhere(page, 'one account');
});

test('the staff’s pages about the clinic', async ({ page }) => {
  await signIn(page, demoSignIn('admin'));
  for (const path of ['/specialties', '/locations', '/locations/new', '/closures', '/settings', '/audit', '/why', '/statistics']) {
    await openPage(page, `/admin${path}`);
    await expectAccessibleEverywhere(page, `/admin${path}`);
  }
  await openPage(page, '/doctor/week?doctor=amara-okafor');
  await expectAccessibleEverywhere(page, 'a doctor’s week, for staff');
});

test('times with forced colours: what is chosen still looks different', async ({ page, doctor }) => {
  await openTimes(page, doctor);
  await page.emulateMedia({ forcedColors: 'active' });
  const slot = freeTimes(page).first().locator('xpath=ancestor::label');
  await page.mouse.move(0, 0);
  const before = await slot.screenshot();
  await freeTimes(page).first().check();
  await freeDays(page).first().focus();
  await page.mouse.move(0, 0);
  expect(before.equals(await slot.screenshot()), 'the chosen time looks like the others').toBe(false);
  // axe measures the page's own colours, not the forced ones.
  await expectAccessible(page, 'forced colours', ['color-contrast']);
});

test('times with wide text spacing, also in a narrow window', async ({ page, doctor }) => {
  await openTimes(page, doctor);
  await page.evaluate(() => {
    const spacing = new CSSStyleSheet();
    spacing.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
      p { margin-block-end: 2em !important }`);
    document.adoptedStyleSheets = [spacing];
  });
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await expectNoOverflow(page, `text spacing at ${width} px`);
    const cut = await page.getByRole('main').evaluate((main) =>
      [...main.querySelectorAll('label, a, button, h1, h2, p')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflow === 'hidden')
        .filter((element) => !element.closest('.visually-hidden, .by-hand'))
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(cut, 'text that is cut off').toEqual([]);
  }
});

test('a person who asks for less motion gets none', async ({ page, open }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open('/doctors');
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((element) => {
        const style = getComputedStyle(element);
        const seconds = (text: string) => Math.max(...text.split(',').map((part) => parseFloat(part)));
        return seconds(style.transitionDuration) > 0.01 || (style.animationName !== 'none' && seconds(style.animationDuration) > 0.01);
      })
      .map((element) => element.outerHTML.slice(0, 100)),
  );
  expect(moving).toEqual([]);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});
