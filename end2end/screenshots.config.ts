// Takes the pictures for the README: `make screenshots` writes docs/screenshots/*.png.

import { defineConfig, devices } from '@playwright/test';
import { chromium } from './support/browser.ts';

export default defineConfig({
  testDir: 'pictures',
  testMatch: '*.pictures.ts',
  outputDir: 'artefacts/pictures',
  globalSetup: './support/global-setup.ts',
  workers: 1,
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: process.env.DOCSLOT_URL,
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    launchOptions: chromium,
    viewport: { width: 1280, height: 900 },
    deviceScaleFactor: 1,
  },
});
