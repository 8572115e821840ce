//! A list of ids in one statement.
//!
//! PostgreSQL has arrays and SQLite does not; both read a JSON array of hexadecimal text as `$1`.

use uuid::Uuid;

/// The JSON array that a statement made by [`in_ids!`](crate::db::in_ids) takes as `$1`.
#[must_use]
pub fn ids_json(ids: impl IntoIterator<Item = Uuid>) -> String {
    let mut json = String::from("[");
    for id in ids {
        if json.len() > 1 {
            json.push(',');
        }
        json.push('"');
        json.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        json.push('"');
    }
    json.push(']');
    json
}

/// A statement in which a column is among a list of ids: `in_ids!("select … where doctor_id", " order by …")`. `$1` is
/// the list, as [`ids_json`] writes it. PostgreSQL first makes an array of it, and then looks each id up in an index;
/// from a subquery it would expect hundreds of rows and read whole tables.
macro_rules! in_ids {
    ($before:expr, $after:literal) => {
        $crate::db::Statement {
            sqlite: concat!($before, " in (select unhex(value) from json_each($1))", $after),
            postgres: concat!(
                $before,
                " = any(array(select value::uuid from json_array_elements_text($1::json)))",
                $after
            ),
        }
    };
}
pub(crate) use in_ids;
