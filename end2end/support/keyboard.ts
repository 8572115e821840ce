// Going through a page without a pointer.

import type { Locator } from '@playwright/test';
import { expect, type Page } from './test.ts';

/** Presses Tab until `wanted` has the focus; every element on the way must show a ring. */
export async function tabTo(page: Page, wanted: Locator, most = 60): Promise<void> {
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press('Tab');
    await expectRing(page);
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      await expect(wanted).toBeFocused();
      return;
    }
  }
  await expect(wanted, `within ${most} presses of Tab`).toBeFocused();
}

/** The focused element, or the label around a hidden control, has an outline. */
async function expectRing(page: Page): Promise<void> {
  const ring = await page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return 'nothing has the focus';
    const drawn = [focused, focused.nextElementSibling, focused.closest('label')].some((element) => {
      if (!element) return false;
      const style = getComputedStyle(element);
      return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    });
    return drawn ? 'drawn' : `missing on ${focused.outerHTML.slice(0, 120)}`;
  });
  expect(ring, 'focus ring').toBe('drawn');
}
