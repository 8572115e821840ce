//! The availability editor.

mod hours;
mod overrides;
mod time_off;
mod visit_types;

pub use hours::HoursPage;
pub use overrides::OverridesPage;
pub use time_off::{TimeOffPage, TimeOffVisitsPage};
pub use visit_types::{VisitTypePage, VisitTypesPage};
