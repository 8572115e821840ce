"""Prints the licences of the libraries that docslot is made of, each text once, with the libraries that come under it.

Reads what `cargo metadata` and `cargo tree` say of the server (features ssr and embed) and of the browser's part, and the
licence files that each library's package holds. Fails for a library that names no licence.
"""

import collections
import json
import pathlib
import subprocess
import sys

NAMES = ("license", "licence", "copying", "notice", "unlicense", "copyright")
PARTS = (
    ["--features", "ssr,embed", "--target", "x86_64-unknown-linux-gnu"],
    ["--features", "hydrate", "--target", "wasm32-unknown-unknown"],
)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def shipped():
    """Name and version of every library whose code is in the server or in the WASM."""
    found = set()
    for part in PARTS:
        lines = run("cargo", "tree", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format",
                    "{p}", "--no-default-features", *part)
        for line in lines.splitlines():
            words = line.split()
            if words and words[0] != "docslot":
                found.add((words[0], words[1].removeprefix("v")))
    return sorted(found)


def texts(folder):
    """The licence files at the top of a library's folder."""
    files = sorted(entry for entry in folder.iterdir() if entry.is_file() and entry.name.lower().startswith(NAMES))
    return [file.read_text(encoding="utf-8", errors="replace").strip() for file in files]


def main():
    packages = json.loads(run("cargo", "metadata", "--locked", "--all-features", "--format-version", "1"))["packages"]
    packages = {(package["name"], package["version"]): package for package in packages}
    by_text = collections.OrderedDict()
    without_text, without_licence = [], []
    print("Libraries in docslot, and their licences\n")
    for key in shipped():
        package = packages[key]
        licence = package["license"] or (package["license_file"] and "see below")
        name = f"{key[0]} {key[1]}"
        if not licence:
            without_licence.append(name)
            continue
        print(f"{name}: {licence}, {package['repository'] or 'no address'}")
        found = texts(pathlib.Path(package["manifest_path"]).parent)
        for text in found:
            by_text.setdefault(text, []).append(name)
        if not found:
            without_text.append(f"{name}: {licence}, {', '.join(package['authors']) or 'its authors'}")
    if without_licence:
        sys.exit("no licence is named by: " + ", ".join(without_licence))
    if without_text:
        print("\nWithout a text of their own in the package:\n" + "\n".join(without_text))
    for text, names in by_text.items():
        print(f"\n{'-' * 78}\n{', '.join(names)}\n\n{text}")


main()
