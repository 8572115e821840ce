//! Which appointments take their time at a moment, as conditions for statements.
//!
//! Both are made of parts that no index can answer. PostgreSQL would otherwise read the small indexes of holds and of
//! requests, and bookings with different doctors would make each other fail (see the indexes in the migration).

/// The condition that a row takes its time, for `concat!`: `occupies!("a", "$2")` for the appointment `a` at the moment
/// `$2`. A hold or a request that ran out takes none, though its status stays until a write unit ends it.
macro_rules! occupies {
    ($row:literal, $now:literal) => {
        concat!(
            $row,
            ".status in ('held', 'requested', 'booked', 'arrived') and (",
            $row,
            ".status <> 'held' or ",
            $row,
            ".held_until > ",
            $now,
            ") and (",
            $row,
            ".status <> 'requested' or ",
            $row,
            ".answer_by > ",
            $now,
            ")"
        )
    };
}
pub(crate) use occupies;

/// The condition that a row is a hold or a request that ran out and has not been ended, with the same arguments as
/// [`occupies!`]. The overlap rules of the database still count it.
macro_rules! ran_out {
    ($row:literal, $now:literal) => {
        concat!(
            $row,
            ".status in ('held', 'requested') and (",
            $row,
            ".status <> 'held' or ",
            $row,
            ".held_until <= ",
            $now,
            ") and (",
            $row,
            ".status <> 'requested' or ",
            $row,
            ".answer_by <= ",
            $now,
            ")"
        )
    };
}
pub(crate) use ran_out;
