#!/usr/bin/env bash
# What Lighthouse says of the pages on which a patient's visit begins, as a mobile telephone sees them: performance,
# accessibility, best practices, search engines, and how far the layout shifts. Runs the release build with the demo clinic,
# and prints the median of several runs. Never fails over a figure.
#
#   lighthouse.sh [RUNS]   of each page (default 5); about a quarter of a minute each
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"

runs=${1:-5}
program=${DOCSLOT_BIN:-$root/target/release/docslot}
[[ -x $program ]] || die "no release build: run make build"
chromium=${DOCSLOT_CHROMIUM:-$(command -v chromium || true)}
[[ -n $chromium ]] || die "chromium is missing: run deploy/tools/install.sh test"

made=$tools/lighthouse
if ! grep -qs "\"version\": \"$LIGHTHOUSE_VERSION\"" "$made/node_modules/lighthouse/package.json"; then
  say "installing lighthouse $LIGHTHOUSE_VERSION"
  mkdir -p "$made"
  npm install --prefix "$made" --no-audit --no-fund --loglevel=error "lighthouse@$LIGHTHOUSE_VERSION"
fi

throw_away

DATABASE_URL=
serve_demo "$program" DOCSLOT_MAIL_TRANSPORT=none DOCSLOT_TELEMETRY_LOG=warn
doctor=$(curl -fsS "$url/api/v1/doctors" | grep -oE '"slug":"[^"]+"' | head -n 1 | cut -d '"' -f 4)

# one PATH: a line with the four scores, the shift and the time of the largest paint in milliseconds
one() {
  CHROME_PATH=$chromium "$made/node_modules/.bin/lighthouse" "$url$1" --quiet --output=json --output-path="$folder/report.json" \
    --only-categories=performance,accessibility,best-practices,seo \
    --chrome-flags='--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync' \
    >"$folder/lighthouse.log" 2>&1 || { tail -n 5 "$folder/lighthouse.log" >&2; return 1; }
  node -e '
    const report = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const score = name => Math.round(report.categories[name].score * 100);
    const audit = name => report.audits[name].numericValue;
    console.log(score("performance"), score("accessibility"), score("best-practices"), score("seo"),
      audit("cumulative-layout-shift").toFixed(3), Math.round(audit("largest-contentful-paint")));
    for (const category of Object.values(report.categories)) {
      for (const { id, weight } of category.auditRefs) {
        const { score, title } = report.audits[id];
        if (weight > 0 && score !== null && score < 0.9) console.error(`${category.id}: ${title} (${id}: ${score})`);
      }
    }' "$folder/report.json" 2>>"$folder/below-$2"
}

printf '%-12s %12s %14s %15s %4s %7s %9s\n' page performance accessibility best-practices seo shift 'paint ms'
for page in home=/ directory=/doctors "doctor=/doctors/$doctor" "times=/doctors/$doctor/times" sign-in=/sign-in; do
  name=${page%%=*}
  for _ in $(seq "$runs"); do one "${page#*=}" "$name"; done >"$folder/scores"
  median() { cut -d ' ' -f "$1" "$folder/scores" | sort -n | sed -n "$(((runs + 1) / 2))p"; }
  printf '%-12s %12s %14s %15s %4s %7s %9s\n' "$name" "$(median 1)" "$(median 2)" "$(median 3)" "$(median 4)" "$(median 5)" "$(median 6)"
  [[ ! -s $folder/below-$name ]] || sort "$folder/below-$name" | uniq -c | sed 's/^/    /'
done
