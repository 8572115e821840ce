//! The availability editor.

pub mod address;
mod appointments_outside;
mod cells;
mod hours;
mod hours_form;
pub mod live_count;
mod overrides;
mod question_form;
mod questions;
mod visit_type_form;
mod visit_types;
mod week_row;
mod window_rows;

pub use hours::HoursPage;
pub use overrides::OverridesPage;
pub use questions::{QuestionPage, QuestionsPage};
pub use visit_types::{VisitTypePage, VisitTypesPage};
