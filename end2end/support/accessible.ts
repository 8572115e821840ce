// What axe and the layout say about a page.

import axe from 'axe-core';
import { expect, test, type Page } from './test.ts';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Looks at a page with axe, which is a script. A page of a browser without scripts is looked at in another one, as it was
 * shown: without its own scripts, and with what stands in `noscript`.
 */
async function withScripts(page: Page, look: (page: Page) => Promise<void>): Promise<void> {
  if (test.info().project.use.javaScriptEnabled !== false) return look(page);
  const html = (await page.content()).replace(/<script\b.*?<\/script>/gs, '').replace(/<\/?noscript>/g, '');
  const address = page.url().split('#')[0];
  const context = await page.context().browser()?.newContext({ javaScriptEnabled: true });
  if (!context) throw new Error('the page belongs to no browser');
  const copy = await context.newPage();
  await copy.route((url) => url.href.split('#')[0] === address, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await copy.goto(address);
  await look(copy);
  await context.close();
}

/** No rule of WCAG 2.2 A and AA, target size included, and none of axe's best practices is broken on the page. */
export async function expectAccessible(page: Page, what: string, off: string[] = []): Promise<void> {
  await withScripts(page, (shown) => expectNoViolations(shown, what, off));
}

async function expectNoViolations(page: Page, what: string, off: string[] = []): Promise<void> {
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
  await withScripts(page, (shown) => lookEverywhere(shown, what));
}

async function lookEverywhere(page: Page, what: string): Promise<void> {
  const size = page.viewportSize() ?? { width: 1280, height: 720 };
  await expectNoViolations(page, `${what}, light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectNoViolations(page, `${what}, dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 320, height: size.height });
  await expectNoOverflow(page, `${what}, 320 px`);
  await expectNoViolations(page, `${what}, 320 px`);
  await page.setViewportSize(size);
}
