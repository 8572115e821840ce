// Who may see what: signing in and out, roles, and other people's appointments.

import { demoSignIn, expect, signIn, signUp, test, openPage } from '../support/test.ts';
import { book, choose, expectErrorSummary, freeDays, giveDetails, goOn, showDay, showDays } from '../support/booking.ts';
import { linkTo, messagesTo } from '../support/mail.ts';

test('a visitor signs in on the way and arrives where they wanted to go', async ({ page, open }) => {
  const patient = await signUp(page);
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
  await open('/appointments?tab=past');
  await expect(page).toHaveURL(/\/sign-in\?next=/);

  await page.getByLabel('Email address').fill(patient.email);
  await page.getByLabel('Password').fill('not my password');
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expectErrorSummary(page, 'Email or password is not right.');
  await expect(page.getByLabel('Email address')).toHaveValue(patient.email);
  await expect(page.getByLabel('Password')).toHaveValue('');

  await page.getByLabel('Password').fill(patient.password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/appointments\?tab=past$/);
  await expect(page).toHaveTitle(/^My past appointments/);
});

test('signing in never leads to another site', async ({ page, open }) => {
  const patient = await signUp(page);
  for (const next of ['https://example.com/', '//example.com', '/\\example.com']) {
    await page.context().clearCookies();
    await open(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByLabel('Email address').fill(patient.email);
    await page.getByLabel('Password').fill(patient.password);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('banner').getByRole('button', { name: 'Sign out' })).toBeVisible();
    expect(new URL(page.url()).origin, next).toBe(process.env.DOCSLOT_URL);
  }
});

test('after signing out, going back shows nothing private', async ({ page, open }) => {
  const patient = await signUp(page);
  await open('/account');
  await expect(page.getByText(patient.email)).toBeVisible();
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible();
  await page.goBack();
  await expect(page.getByText(patient.email)).toHaveCount(0);
  await open('/account');
  await expect(page).toHaveURL(/\/sign-in\?next=%2Faccount$/);
});

test('registration names each mistake and keeps what was typed', async ({ page, open }) => {
  await open('/register');
  await page.getByLabel('Full name').fill('Ana Novak');
  await page.getByLabel('Email address').fill('ana at home');
  await page.getByLabel('Phone number').fill('none');
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await expectErrorSummary(page, 'Enter an email address, like name@example.org');
  await expect(page.getByLabel('Full name')).toHaveValue('Ana Novak');
  await expect(page.getByLabel('Email address')).toHaveValue('ana at home');
  await expect(page.getByLabel('Email address')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('link', { name: 'Enter an email address, like name@example.org' }).click();
  await expect(page.getByLabel('Email address')).toBeFocused();
});

test('the link of a registration asks for a password, once', async ({ page, open, browser }) => {
  test.skip(!process.env.DOCSLOT_MAIL, 'the messages of a server elsewhere cannot be read');
  const email = `ana.${test.info().project.name}.${Date.now()}@example.org`;
  await open('/register');
  await page.getByLabel('Full name').fill('Ana Novak');
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Check your inbox');
  await expect(page.getByText(email)).toBeVisible();
  const link = await linkTo('/open-account/', email);
  const telephone = await (await browser.newContext()).newPage();
  await openPage(telephone, link);
  await expect(telephone.getByText('Ana Novak')).toBeVisible();
  await telephone.getByLabel('Password').fill('short');
  await telephone.getByRole('button', { name: 'Create account' }).click();
  await expectErrorSummary(telephone, 'Your password must have at least 12 characters');
  await telephone.getByLabel('Password').fill('seven slow lighthouses');
  await telephone.getByRole('button', { name: 'Create account' }).click();
  await expect(telephone.getByRole('banner').getByRole('button', { name: 'Sign out' })).toBeVisible();
  await open(link);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link no longer works');

  // the same form again: the same page, and another message
  await open('/register');
  await page.getByLabel('Full name').fill('Ana Novak');
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send me the link' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Check your inbox');
  await expect.poll(() => messagesTo(email).some((text) => text.includes('Subject: You already have an account'))).toBe(true);
  await telephone.context().close();
});

test('the wrong role gets a page that names the account', async ({ page }) => {
  await signUp(page, 'Petra Patient');
  for (const path of ['/doctor', '/admin']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(403);
    await expect(page.getByRole('heading', { level: 1, name: 'You cannot see this page' })).toBeVisible();
    await expect(page.getByText('You are signed in as Petra Patient, patient.')).toBeVisible();
  }
  await page.getByRole('button', { name: 'Sign out and use another account' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible();
});

test('another person’s appointment does not exist, nor does one that never was', async ({ browser, page, doctor }) => {
  await signUp(page);
  const { appointment } = await book(page, doctor);
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await signUp(stranger);
  const strange = '0197f2c4-0000-7000-8000-000000000001';
  const paths = ['', '/done', '/move', '/cancel'].map((part) => appointment + part);
  for (const path of [...paths, `/appointments/${strange}`, '/appointments/else', '/book/else', '/doctors/nobody', '/nowhere']) {
    const answer = await stranger.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(stranger.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
  }
  expect((await stranger.request.get(`${appointment}/calendar.ics`)).status()).toBe(404);
  await other.close();
});

test('a doctor accepts a request, and the patient sees it', async ({ browser, page, enhanced }) => {
  const name = enhanced ? 'Wanda Wasm' : 'Paul Plain';
  await signUp(page, name);
  await openPage(page, '/doctors/amara-okafor');
  await page.getByRole('radio', { name: /^Minor procedure/ }).check();
  await showDays(page);
  const date = await freeDays(page).nth(enhanced ? 2 : 3).getAttribute('value');
  await showDay(page, enhanced ? 2 : 3);
  await choose(page);
  await goOn(page).click();
  await giveDetails(page, 'A small thing');
  await page.getByRole('button', { name: 'Send request' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Request sent' })).toBeVisible();
  const appointment = new URL(page.url()).pathname.replace(/\/done$/, '');

  const other = await browser.newContext();
  const surgery = await other.newPage();
  await signIn(surgery, demoSignIn('doctor'));
  await openPage(surgery, `/doctor?date=${date}`);
  // the requests of all days stand above the day itself
  const entry = surgery.getByRole('listitem').filter({ hasText: name }).last();
  await expect(entry).toContainText('Waiting for approval');
  await entry.getByRole('button', { name: `Accept the request of ${name}` }).click();
  await expect(entry).not.toContainText('Waiting for approval');
  await expect(entry.getByRole('button')).toHaveCount(0);
  await expect(surgery).toHaveURL(new RegExp(`date=${date}$`));
  expect((await surgery.goto('/admin'))?.status()).toBe(403);
  await other.close();

  await openPage(page, appointment);
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: /Accepted by/ })).toBeVisible();
});

test('the doctor’s day turns by one day', async ({ page, open }) => {
  await signIn(page, demoSignIn('doctor'));
  await open('/doctor');
  const today = page.getByRole('heading', { level: 1, name: /^Today, / });
  await expect(today).toBeVisible();
  await page.getByRole('link', { name: 'Next day' }).click();
  await expect(today).toHaveCount(0);
  await page.getByRole('link', { name: 'Previous day' }).click();
  await expect(today).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'My day' })).toHaveAttribute('aria-current', 'page');
});

test('clinic staff see every doctor with the day’s numbers', async ({ page, open }) => {
  await signIn(page, demoSignIn('admin'));
  await open('/admin');
  await expect(page.getByRole('heading', { level: 1, name: 'Clinic overview' })).toBeVisible();
  // the head of the table and the demo's 24 doctors, without those who join in other specs
  await expect(page.getByRole('row').filter({ hasNotText: /Dr (Willow|Kay|Hazel|Rowan|Wim) (Wasm|Plain)/ })).toHaveCount(25);
  await page.getByRole('rowheader', { name: 'Dr Amara Okafor' }).getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: 'Dr Amara Okafor' })).toBeVisible();
});
