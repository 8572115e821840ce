// A desk that stays open: `make soak` runs end2end/soak/*.soak.ts, for an hour unless SOAK_MINUTES says otherwise.

import { defineConfig } from '@playwright/test';
import screenshots from './screenshots.config.ts';

export default defineConfig({
  ...screenshots,
  testDir: 'soak',
  testMatch: '*.soak.ts',
  outputDir: 'artefacts/soak',
  timeout: (Number(process.env.SOAK_MINUTES ?? 60) + 2) * 60_000,
});
