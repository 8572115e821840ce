// What axe and the layout say about a page.

import axe from 'axe-core';
import { expect, type Page } from './test.ts';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** No rule of WCAG 2.2 A and AA, target size included, and none of axe's best practices is broken on the page. */
export async function expectAccessible(page: Page, what: string, off: string[] = []): Promise<void> {
  // Colours that are still changing after a change of theme would be measured half-way.
  await page.evaluate(() =>
    document.getAnimations().filter((running) => running instanceof CSSTransition).forEach((running) => running.finish()),
  );
  // By the debugger, which the content security policy does not concern.
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    async ([tags, disabled]) => {
      const { axe: runner } = window as unknown as { axe: typeof import('axe-core') };
      const switches = [['target-size', true] as const, ...disabled.map((rule) => [rule, false] as const)];
      const result = await runner.run(document, {
        runOnly: { type: 'tag', values: tags },
        rules: Object.fromEntries(switches.map(([rule, enabled]) => [rule, { enabled }])),
        resultTypes: ['violations'],
      });
      return {
        rules: result.passes.length + result.violations.length,
        violations: result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`)),
      };
    },
    [rules, off] as const,
  );
  expect(found.violations, what).toEqual([]);
  expect(found.rules, `${what}: rules that had something to look at`).toBeGreaterThan(15);
}

/** Nothing makes the page wider than the window. */
export async function expectNoOverflow(page: Page, what: string): Promise<void> {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const inside = (element: Element) => element.getBoundingClientRect().right <= width + 1;
    const late = [...document.body.querySelectorAll('*')].filter((element) => !inside(element));
    return late.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
  });
  expect(wide, `${what}: wider than the window`).toEqual([]);
}

/** The page in light, in dark, and in a window of 320 pixels; without loading it again. */
export async function expectAccessibleEverywhere(page: Page, what: string): Promise<void> {
  const size = page.viewportSize() ?? { width: 1280, height: 720 };
  await expectAccessible(page, `${what}, light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, `${what}, dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 320, height: size.height });
  await expectNoOverflow(page, `${what}, 320 px`);
  await expectAccessible(page, `${what}, 320 px`);
  await page.setViewportSize(size);
}
