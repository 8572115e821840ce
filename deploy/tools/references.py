#!/usr/bin/env python3
"""Checks that every file and name to which docs/ARCHITECTURE.md points is there.

A reference is `folder/file.rs` or `folder/file.rs:name` in backticks, below `src` unless it says otherwise. A file without
a folder stands beside one that was named before it: any file of that name will do. Ends with 1 when one is wrong.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "ARCHITECTURE.md"
# an example of a name, in the chapter on migrations
EXAMPLES = {"0007_works_from_6_nickname.sql"}
REFERENCE = re.compile(r"^([\w./-]+\.(?:rs|sql|js|css|sh|py))(?::([\w:]+))?$")


def candidates(path: str) -> list[pathlib.Path]:
    for base in (ROOT / "src", ROOT):
        if (base / path).is_file():
            return [base / path]
    known = [file for folder in ("src", "migrations", "style") for file in (ROOT / folder).rglob(pathlib.Path(path).name)]
    return [file for file in known if str(file).endswith("/" + path)]


def wrong_references() -> tuple[int, list[str]]:
    checked, wrong = 0, []
    for number, line in enumerate(DOCUMENT.read_text(encoding="utf-8").splitlines(), 1):
        for quoted in re.findall(r"`([^`]+)`", line):
            reference = REFERENCE.match(quoted)
            if not reference or reference[1] in EXAMPLES:
                continue
            checked += 1
            files, name = candidates(reference[1]), (reference[2] or "").split("::")[-1]
            if not files:
                wrong.append(f"{DOCUMENT.name}:{number}: there is no {reference[1]}")
            elif name and not any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files):
                wrong.append(f"{DOCUMENT.name}:{number}: {reference[1]} has no {name}")
    return checked, wrong


if __name__ == "__main__":
    checked, wrong = wrong_references()
    print("\n".join([*wrong, f"{checked} references in {DOCUMENT.name}, {len(wrong)} wrong"]))
    sys.exit(1 if wrong else 0)
