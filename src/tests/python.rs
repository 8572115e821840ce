//! The Python of the test suite: programs that share no code with docslot.

use std::{path::PathBuf, process::Command};

/// A command that runs a program of `src/tests` with the packages of `deploy/tools/requirements.txt`.
pub fn python(program: &str) -> Command {
    let clone = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("DOCSLOT_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| clone.join(".tools/python/bin/python"));
    assert!(
        python.is_file(),
        "{} is missing: run deploy/tools/install.sh test, or name a Python with the packages of \
         deploy/tools/requirements.txt in DOCSLOT_PYTHON",
        python.display()
    );
    let mut command = Command::new(python);
    // no __pycache__ among the sources
    command.arg("-B").arg(clone.join("src/tests").join(program));
    command
}
