"""docs/asvs.csv against the source: every control that is called met names tests, and each of them exists.

A test is "FILE:NAME", the file below src. What a document has to say is "FILE:HEADING", what another file has to hold
"FILE:TEXT", both below the root. Every control of levels 1 and 2 has a row. Prints how many of each level are met.
"""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

root = Path(__file__).resolve().parents[2]
STATUSES = ("met", "not met", "not applicable")
# As many controls as the standard (5.0.0) has at these levels.
CONTROLS = {"1": 70, "2": 183}


def missing(test):
    """What is wrong with the name of a test, if anything."""
    file, _, name = test.partition(":")
    is_test = file.endswith(".rs")
    path = root / "src" / file if is_test else root / file
    if not name or not path.is_file():
        return f"no file {path.relative_to(root)}"
    text = path.read_text(encoding="utf-8")
    if is_test:
        found = re.search(rf"\bfn {re.escape(name)}\b", text)
    else:
        found = f"{name}\n" in text if file.endswith(".md") else name in text
    return None if found else f"no {name} in {path.relative_to(root)}"


def main():
    wrong, seen, counts = [], set(), Counter()
    with (root / "docs/asvs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            control, status, said = row["id"], row["status"], row["tests_or_reason"].strip()
            if not re.fullmatch(r"\d+\.\d+\.\d+", control) or control in seen:
                wrong.append(f"{control}: no id, or twice")
            if row["level"] not in ("1", "2", "3") or status not in STATUSES or not said:
                wrong.append(f"{control}: wrong level or status, or nothing said")
            seen.add(control)
            counts[row["level"], status] += 1
            if status == "met":
                wrong.extend(f"{control}: {words}" for words in map(missing, said.split("; ")) if words)
    for level, count in CONTROLS.items():
        rows = sum(counts[level, status] for status in STATUSES)
        if rows != count:
            wrong.append(f"{rows} of {count} controls of level {level} have a row")
    for words in wrong:
        print(words, file=sys.stderr)
    for level in "123":
        applicable = counts[level, "met"] + counts[level, "not met"]
        print(f"ASVS level {level}: {counts[level, 'met']} of {applicable} controls met, "
              f"{counts[level, 'not applicable']} not applicable")
    sys.exit(1 if wrong else 0)


main()
