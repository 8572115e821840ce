#!/usr/bin/env python3
"""Holds the source to the order of the rooms in docs/ARCHITECTURE.md, and its files and functions to their length.

    rooms.py [ORDER [SRC]]     (docs/ARCHITECTURE.md and src)

An arrow goes from a file to the file that defines what it names, in a `use` or in a path. Re-exports are followed to
the definition, so a module that only declares and re-exports has no arrows, and a `use` of a module counts where the
module's items are named. Tests have no arrows. Indentation tells where an item ends, because rustfmt formats the
source. Calls of methods, and names that a macro makes or a string holds, are not seen. Python 3.9 or newer.
"""
import os
import re
import sys
from collections import defaultdict

MAX_FILE, MAX_FUNCTION, MAX_CIRCLE = 400, 60, 2
NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|\bb?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'\n])'""", re.S)
TEST = re.compile(r"^( *)#\[cfg\(test\)\]\n(?: *#\[.*\n)*(?:.*;\n|.*\n(?:(?!\1\}).*\n)*\1\})", re.M)
USE = re.compile(r"(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);")
MODULE = re.compile(r"^((?:#\[.*\n)*)(?:pub(?:\([^)]*\))? )?mod (\w+)( \{|;)", re.M)
ITEM = re.compile(
    r"^(?:pub(?:\([^)]*\))? )?(?:async |const |unsafe )*(?:fn|struct|enum|trait|type|const|static) (\w+)", re.M)
PATH = re.compile(r"(?<![\w:.])[A-Za-z_]\w*(?:::\w+)+")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def blank(found):
    return re.sub(r"[^\n]", " ", found.group())


def expand(tree):
    """A use tree as paths and the names they get: `a::{b as c, d::*}` is a::b as c, and a::d::* as *."""
    prefixes, leaf, found = [""], "", []
    for token in re.findall(r"[{},]|[^{},\s][^{},]*", tree + ","):
        if token == "{":
            prefixes.append(prefixes[-1] + leaf)
        elif token in "},":
            found += [(prefixes[-1] + leaf).partition(" as ")] if leaf else []
            prefixes = prefixes[:-1] if token == "}" else prefixes
        leaf = "" if token in "{}," else token.strip()
    paths = [(re.sub(r"::self$", "", path).split("::"), alias) for path, _, alias in found]
    return [(path, alias or path[-1]) for path, alias in paths]


class File:
    """A source file with the modules below it. A program finds the library under the name of the crate."""

    def __init__(self, path, parent=None, library=None):
        self.path, self.parent, self.library = path, parent, library
        self.root = parent.root if parent else self
        raw = read(path)
        text = TEST.sub(blank, NOISE.sub(blank, raw))
        self.lines, self.code = text.split("\n"), USE.sub(blank, text)
        self.uses = [(names, alias, public) for public, tree in USE.findall(text) for names, alias in expand(tree)]
        self.names = {alias: names for names, alias, _ in self.uses if names[0] != alias}
        for names, alias, _ in self.uses:  # a name that means two things stays unresolved
            if self.names.get(alias, names) != names:
                del self.names[alias]
        self.modules, self.children = {}, []
        folder, name = os.path.split(path)
        below = folder if name in ("mod.rs", "lib.rs", "main.rs") else path[:-3]
        for found in MODULE.finditer(text):
            places = [os.path.join(below, found.group(2) + end) for end in (".rs", "/mod.rs")]
            stated = re.findall(r'path = "([^"]+)"', raw[found.start(1):found.end(1)])
            places = [os.path.join(folder, place) for place in stated] or places
            made = [File(place, self) for place in places if found.group(3) == ";" and os.path.exists(place)]
            self.modules[found.group(2)] = (made + [self])[0]  # a module in braces counts as the file around it
            self.children += made
        self.defined = set(ITEM.findall(text))
        self.items = {*self.defined, *self.modules, *(alias for _, alias, public in self.uses if public)}
        self.offers = None

    def all(self):
        return [self] + [file for child in self.children for file in child.all()]

    def is_below(self, other):
        return self is other or (self.parent is not None and self.parent.is_below(other))

    def offered(self):
        """The names that a `use` of everything brings."""
        if self.offers is None:
            self.offers = set(self.items)
            globs = [self.find(path) for path, alias, public in self.uses if public and alias == "*"]
            self.offers.update(name for target in globs if target for name in target[0].offered())
        return self.offers

    def find(self, names, inside=False):
        """The file that defines what a path names, and the item's name or None for a module; None in another crate."""
        if not names or names[0] == "*":
            return self, None
        first, rest = names[0], names[1:]
        if inside and not rest and first in self.defined:
            return self, first
        step = {"crate": self.root, "self": self, "super": self.parent, "docslot": self.root.library}.get(first)
        if step or first in self.modules:
            return (step or self.modules[first]).find(rest, True)
        target = self.find(self.names[first]) if first in self.names else None
        for path, alias, _ in self.uses if inside and not target and first not in self.items else ():
            glob = self.find(path) if alias == "*" else None
            target = glob[0].find([first], True) if glob and first in glob[0].offered() else target
        if target and target[1] is None:
            return target[0].find(rest, True)
        return target or ((self, first) if inside and first not in self.names else None)

    def arrows(self):
        """What this file names of others, as pairs of a file and an item."""
        found = [(self.find(path.split("::")), path.split("::")[-1]) for path in PATH.findall(self.code)]
        words = set(re.findall(r"\w+", self.code))
        for names, alias, public in self.uses:
            target = self.find(names)
            if target and alias == "*":
                found += [(target[0].find([name], True), name) for name in target[0].offered() & words if not public]
            elif target and not (target[1] is None and alias in self.names and re.search(rf"\b{alias}::", self.code)):
                found += [] if public and target[0].is_below(self) and alias not in words else [(target, names[-1])]
        return {(target[0], target[1] or name) for target, name in found if target and target[0] is not self}

    def functions(self):
        """Name, first line and number of lines of each function whose body has lines of its own."""
        for first, line in enumerate(self.lines):
            found = re.match(r"( *)(?:[\w():]+ )*fn (\w+)", line)
            if found and not line.rstrip().endswith((";", "}")):
                end = re.compile(found.group(1) + r"(\}|\).*;$)")
                length = next(n for n, last in enumerate(self.lines[first:], 1) if end.match(last))
                yield found.group(2), first + 1, length


def circles(arrows):
    """The groups whose members all reach one another, the largest first."""
    reach = {}
    for start in arrows:
        reach[start], todo = set(), [start]
        while todo:
            new = arrows.get(todo.pop(), set()) - reach[start]
            reach[start] |= new
            todo += new
    groups = {frozenset(other for other in reach[start] if start in reach.get(other, ())) for start in arrows}
    return sorted((sorted(group) for group in groups if len(group) > 1), key=lambda group: (-len(group), group))


def read_order(path):
    """The rooms with their levels, and the exceptions as (from, to, item)."""
    block = re.search(r"^```rooms\n(.*?)^```", read(path), re.M | re.S)
    if not block:
        sys.exit(f"error: {path} has no block ```rooms")
    levels, exceptions = {}, []
    for level, line in enumerate(block.group(1).splitlines()):
        stated = re.match(r"(\S+) -> ([^\s:]+)(?:::(\w+))?: \S", line)
        exceptions += [stated.groups()] if stated else []
        levels.update((name, level) for name in re.split(r" {2,}", line)[0].split(", ") if name and not stated)
    return levels, exceptions


def main(order="docs/ARCHITECTURE.md", src="src"):
    levels, exceptions = read_order(order)
    sources = sorted(os.path.join(folder, name) for folder, _, names in os.walk(src) for name in names
                     if name.endswith(".rs") and not folder.startswith(os.path.join(src, "tests")))
    library = File(os.path.join(src, "lib.rs"))
    programs = [File(path, library=library) for path in sources if re.search(r"/(main|bin/[^/]+)\.rs$", path)]
    files = library.all()[1:] + [file for program in programs for file in program.all()]

    def short(file):
        return re.sub(r"(/mod)?\.rs$", "", os.path.relpath(file.path, src))

    def room(name):
        while name not in levels and "/" in name:
            name = os.path.dirname(name)
        return name

    def within(name, stated):
        return stated == "*" or (name + "/").startswith(stated + "/")

    arrows, named, between, wrong = (defaultdict(set) for _ in range(4))
    needed = set()
    for a, b, item in ((short(file), short(other), item) for file in files for other, item in file.arrows()):
        pair = room(a), room(b)
        stated = [each for each in exceptions if within(a, each[0]) and within(b, each[1]) and each[2] in (None, item)]
        needed.update(stated if pair[0] != pair[1] else ())
        if any(each[2] for each in stated):
            continue  # an item that is stated makes no arrow
        arrows[a].add(b)
        named[a, b].add(item)
        if pair[0] != pair[1]:
            between[pair].add((a, b))
            if not stated and levels.get(pair[0], 0) >= levels.get(pair[1], 0):
                wrong[pair].add((a, b))

    rooms = {room(short(file)) for file in files}
    problems = [f"{name} is in no room of the list" for name in sorted(rooms - set(levels))]
    problems += [f"no arrow needs the exception {x} -> {y}{'::' + i if i else ''}" for x, y, i in exceptions
                 if (x, y, i) not in needed]
    for (a, b), against in sorted(wrong.items()):
        back = len(between.get((b, a), ()))
        problems.append(f"{a} -> {b}: {len(against)} arrows against the order ({back} go {b} -> {a})")
        problems += [f"    {x} -> {y}: {', '.join(sorted(named[x, y]))}" for x, y in sorted(against)]
    groups = circles(arrows)
    for group in (group for group in groups if len(group) > MAX_CIRCLE):
        problems.append(f"a circle of {len(group)} files")
        problems += [f"    {a} -> {', '.join(sorted(arrows[a].intersection(group)))}" for a in group]
    lengths = [(path, read(path).count("\n")) for path in sources]
    long_files = [f"{path} has {lines} lines" for path, lines in lengths if lines > MAX_FILE]
    functions = [(file.path, *function) for file in files for function in file.functions()]
    long_functions = [f"{path}:{at} {name} has {n} lines" for path, name, at, n in functions if n > MAX_FUNCTION]

    beside = {a: {b for x, b in between if x == a} for a, _ in between}
    circled, between_files = sum(map(len, circles(beside))), sum(map(len, between.values()))
    print(f"==> rooms: {len(rooms)}, {circled} of them in circles; {len(between)} arrows between them ({between_files} "
          f"between their files), {len(wrong)} against the order ({sum(map(len, wrong.values()))})")
    print(f"==> circles of files: {len(groups)}, of {' + '.join(str(len(group)) for group in groups) or 'no'} files")
    for pair in (group for group in groups if len(group) <= MAX_CIRCLE):
        print("    " + " and ".join(pair))
    print(f"==> src without src/tests: {len(sources)} files, {len(long_files)} over {MAX_FILE} lines; {len(functions)} "
          f"functions, {len(long_functions)} over {MAX_FUNCTION} lines")
    if problems + long_files + long_functions:
        sys.exit("\n".join(["error: the house is not in order", *problems, *long_files, *long_functions]))


if __name__ == "__main__":
    main(*sys.argv[1:])
