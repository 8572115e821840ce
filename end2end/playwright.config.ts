// Every spec runs twice: with WASM, and with JavaScript switched off. A file named *.wasm.spec.ts runs only the first
// way (for what exists only there), a file named *.plain.spec.ts only the second.

import { defineConfig, devices } from '@playwright/test';
import { chromium } from './support/browser.ts';

export default defineConfig({
  testDir: 'specs',
  outputDir: 'artefacts/results',
  globalSetup: './support/global-setup.ts',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./support/counts.ts']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: process.env.DOCSLOT_URL,
    locale: 'en-GB',
    timezoneId: 'Europe/London',
    launchOptions: chromium,
    screenshot: 'only-on-failure',
    // A trace's moving pictures cost about a tenth of the run.
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
  projects: [
    { name: 'wasm', testIgnore: '**/*.plain.spec.ts' },
    { name: 'plain', testIgnore: '**/*.wasm.spec.ts', use: { javaScriptEnabled: false } },
  ],
});
