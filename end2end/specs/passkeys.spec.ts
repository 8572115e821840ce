// Passkeys, with an authenticator that Chromium plays: made, used alone and after the password, removed. Browsers keep them
// for names and not for numbers, so this has a server of its own at "localhost". Without scripts the pages say why there are
// none.

import { type CDPSession } from '@playwright/test';
import { expectAccessibleEverywhere } from '../support/accessible.ts';
import { startServer, signInFor, type RunningServer, type SignIn } from '../support/server.ts';
import { expect, openPage, test, type Page } from '../support/test.ts';

test.describe.configure({ timeout: 120_000 });

let server: RunningServer;
test.beforeAll(async () => {
  server = await startServer('', 'localhost');
});
test.afterAll(() => server.stop());

const main = (page: Page) => page.getByRole('main');
const heading = (page: Page) => page.getByRole('heading', { level: 1 });

/** A device that unlocks its passkeys by itself. */
async function device(page: Page): Promise<{ cdp: CDPSession; id: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2' as const,
    transport: 'internal' as const,
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
  return { cdp, id: authenticatorId };
}

async function typePassword(page: Page, who: SignIn, next: string): Promise<void> {
  await openPage(page, `${server.url}/sign-in?next=${next}`);
  await page.getByLabel('Email address').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await main(page).getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible();
}

test('a passkey signs in alone and after the password', async ({ page, enhanced }) => {
  test.skip(!enhanced, 'passkeys are a script of the browser');
  const doctor = signInFor('doctor', server.seeded);
  const { cdp, id } = await device(page);
  await typePassword(page, doctor, '/account/second-factor');
  await expect(heading(page)).toHaveText('Sign-in and security');
  await expectAccessibleEverywhere(page, 'sign-in and security');
  await main(page).getByRole('button', { name: 'Add a passkey' }).click();
  await expect(heading(page)).toHaveText('Add a passkey');
  await expectAccessibleEverywhere(page, 'a new passkey');
  await page.getByLabel('What to call it').fill('My telephone');
  await page.getByRole('button', { name: 'Make the passkey' }).click();
  await expect(page.locator('.code-list li')).toHaveCount(10);
  await expect(main(page).getByText('My telephone', { exact: true })).toBeVisible();
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id });
  expect(credentials.map((credential) => [credential.rpId, credential.isResidentCredential])).toEqual([['localhost', true]]);
  await expectAccessibleEverywhere(page, 'a passkey in the list');

  await signOut(page);
  await openPage(page, `${server.url}/sign-in?next=/account/second-factor`);
  await expectAccessibleEverywhere(page, 'the sign-in page');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(/\/account\/second-factor$/);
  await expect(main(page).getByText(/Last used/)).toBeVisible();

  await signOut(page);
  await typePassword(page, doctor, '/account/second-factor');
  await expect(heading(page)).toHaveText('Use your passkey');
  await expectAccessibleEverywhere(page, 'the passkey after the password');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page).toHaveURL(/\/account\/second-factor$/);

  // with another passkey in place of a code
  await page.getByRole('link', { name: 'recovery codes' }).click();
  await expectAccessibleEverywhere(page, 'a passkey in place of a code');
  await page.getByRole('button', { name: 'Use a passkey instead' }).click();
  await expect(page.locator('.code-list li')).toHaveCount(10);

  // an owner who stops, and a device that has none, are told so
  await signOut(page);
  await cdp.send('WebAuthn.clearCredentials', { authenticatorId: id });
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false });
  await openPage(page, `${server.url}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(main(page).getByRole('status')).toContainText('No passkey was used');
  await expectAccessibleEverywhere(page, 'no passkey was used');
});

test('a browser without passkeys is told why', async ({ page, enhanced }) => {
  test.skip(!enhanced, 'the other test says it of browsers without scripts');
  await page.addInitScript(() => { Reflect.deleteProperty(window, 'PublicKeyCredential'); });
  await openPage(page, `${server.url}/sign-in`);
  await expect(main(page).getByText('Passkeys are not offered here, because this browser cannot use them.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeHidden();
});

test('without scripts the pages say why there are no passkeys', async ({ page, enhanced }) => {
  test.skip(enhanced, 'with scripts there are passkeys');
  await openPage(page, `${server.url}/sign-in`);
  await expect(main(page).getByText('because they need JavaScript, which is off in this browser')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeHidden();
  await expectAccessibleEverywhere(page, 'the sign-in page without scripts');
  await typePassword(page, signInFor('receptionist', server.seeded), '/account/second-factor');
  await expect(heading(page)).toHaveText('Sign-in and security');
  await main(page).getByRole('button', { name: 'Add a passkey' }).click();
  await expect(heading(page)).toHaveText('Add a passkey');
  await expect(main(page).getByText('because they need JavaScript, which is off in this browser')).toBeVisible();
  await expectAccessibleEverywhere(page, 'a new passkey without scripts');
});
