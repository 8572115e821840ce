// How soon pages and the live desk answer in a browser: `make timings` runs end2end/timings/*.timings.ts and prints figures.

import { defineConfig } from '@playwright/test';
import screenshots from './screenshots.config.ts';

export default defineConfig({
  ...screenshots,
  testDir: 'timings',
  testMatch: '*.timings.ts',
  outputDir: 'artefacts/timings',
  timeout: 180_000,
});
