//! Times of day as people type them: "9", "9:30", "1730".
