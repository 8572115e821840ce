import { resolve } from 'node:path';
import { demoSignIn, expect, signIn, signUp, test, type Page } from '../support/test.ts';

const folder = resolve(import.meta.dirname, '../../docs/screenshots');

async function picture(page: Page, name: string) {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.screenshot({ path: resolve(folder, `${name}.png`), animations: 'disabled' });
}

for (const theme of ['light', 'dark'] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    test('home, directory and a doctor', async ({ page, open, doctor }) => {
      await open('/');
      await picture(page, `home-${theme}`);
      await open('/doctors');
      await picture(page, `doctors-${theme}`);
      await open(`/doctors/${doctor}`);
      await picture(page, `doctor-${theme}`);
    });

    test('a doctor’s day, week and hours', async ({ page, open }) => {
      await signIn(page, demoSignIn('doctor'));
      await open('/doctor');
      await picture(page, `day-${theme}`);
      await open('/doctor/week');
      await picture(page, `week-${theme}`);
      await open('/doctor/availability?day=1');
      await picture(page, `hours-${theme}`);
    });

    test('the clinic’s statistics', async ({ page, open }) => {
      await signIn(page, demoSignIn('admin'));
      await open('/admin');
      await picture(page, `overview-${theme}`);
      await open('/admin/statistics');
      await picture(page, `statistics-${theme}`);
    });
  });
}

test('my appointments on a small screen', async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signUp(page);
  await open('/appointments');
  await picture(page, 'appointments-small');
});
