// How figures are printed.

/** Prints the median, the 95th percentile and the slowest of some times in milliseconds, and what was wanted of the 95th. */
export function report(what: string, times: number[], wanted: number): void {
  if (times.length === 0) throw new Error(`${what}: nothing was measured`);
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  console.log(`${what}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, slowest ${at(1)} ms of ${sorted.length} (wanted p95 at most ${wanted})`);
}
