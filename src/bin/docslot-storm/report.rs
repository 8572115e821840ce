//! What the checker found.

use std::fmt::Display;

/// One thing that must hold, how often it was looked at, and where it did not.
#[derive(Clone, Debug, Default)]
pub struct Property {
    pub checked: u64,
    pub violations: u64,
    pub first: Option<String>,
}

impl Property {
    /// Looks once; the words are only made for the first violation.
    pub fn check<T: Display>(&mut self, holds: bool, words: impl FnOnce() -> T) {
        self.checked += 1;
        if !holds {
            self.violations += 1;
            if self.first.is_none() {
                self.first = Some(words().to_string());
            }
        }
    }
}

/// Prints the properties, and says whether all of them hold.
pub fn print(properties: &[(&str, Property)]) -> bool {
    for (name, Property { checked, violations, first }) in properties {
        println!("{name:<58} {checked:>9} checked {violations:>6} violations");
        if let Some(words) = first {
            println!("    first: {words}");
        }
    }
    properties.iter().all(|(_, property)| property.violations == 0)
}
