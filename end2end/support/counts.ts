// Prints one plain closing line, "browser suite: N passed, N failed", which `make test` adds up.

import type { FullConfig, FullResult, Reporter, Suite } from '@playwright/test/reporter';

export default class Counts implements Reporter {
  private suite?: Suite;

  onBegin(_config: FullConfig, suite: Suite) {
    this.suite = suite;
  }

  onEnd(result: FullResult) {
    const outcomes = this.suite?.allTests().map((test) => test.outcome()) ?? [];
    const count = (...wanted: string[]) => outcomes.filter((outcome) => wanted.includes(outcome)).length;
    // A run that broke before or outside its tests (in the global setup, say) failed, even if no test did.
    const failed = count('unexpected') || (result.status === 'passed' ? 0 : 1);
    // The last lines are what a log that was cut off still has: each failure once more, in a line.
    for (const test of this.suite?.allTests() ?? []) {
      if (test.outcome() !== 'unexpected') continue;
      const message = test.results.at(-1)?.error?.message?.split('\n')[0] ?? '';
      console.log(`failed: [${test.parent.project()?.name}] ${test.title}: ${message}`);
    }
    console.log(`browser suite: ${count('expected', 'flaky')} passed, ${failed} failed, ${count('skipped')} skipped`);
  }

  printsToStdio() {
    return false;
  }
}
