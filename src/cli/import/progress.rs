//! How far an import has come: a bar on a terminal, else a line now and then.

use std::io::{IsTerminal, Write};

const WIDTH: u64 = 30;
/// Rows between two lines.
const EVERY: u64 = 10_000;

pub(super) struct Progress {
    what: &'static str,
    /// Bytes of the file.
    all: u64,
    terminal: bool,
    next: u64,
}

impl Progress {
    pub fn new(what: &'static str, all: u64) -> Self {
        Progress { what, all: all.max(1), terminal: std::io::stderr().is_terminal(), next: EVERY }
    }

    pub fn show(&mut self, rows: u64, bytes: u64) {
        let percent = (bytes.min(self.all) * 100 / self.all).min(100);
        if self.terminal {
            let done = percent * WIDTH / 100;
            let (bar, rest) = ("#".repeat(done as usize), ".".repeat((WIDTH - done) as usize));
            eprint!("\r{} [{bar}{rest}] {percent:3}% {rows} rows", self.what);
            let _ = std::io::stderr().flush();
        } else if rows >= self.next {
            self.next = rows - rows % EVERY + EVERY;
            eprintln!("{} {rows} rows, {percent}% of the file", self.what);
        }
    }

    /// Makes room for lines of text.
    pub fn end(&self) {
        if self.terminal {
            eprint!("\r{:70}\r", "");
        }
    }
}
