//! Components without business knowledge: they define looks and access by keyboard and screen reader, not meaning. Each
//! is plain HTML that works before, or without, WASM.

mod avatar;
mod button;
mod chart;
mod choice;
mod date_field;
mod day_list;
mod empty;
mod error_summary;
mod events;
mod field;
mod hero_art;
mod icon;
mod mark;
mod notice;
mod pager;
mod section_nav;
mod status;
mod summary_list;
mod tabs;
mod tag;
mod theme;
mod time_grid;

pub use avatar::{Avatar, AvatarSize};
pub use button::{Button, ButtonKind, ButtonLink};
pub use chart::{Bar, ColumnChart, LineChart, Point, RowChart};
pub use choice::{Checkbox, Choice, Choices, Select};
pub use date_field::{DateField, DateParts};
pub use day_list::DayList;
pub use empty::Empty;
pub use error_summary::{ErrorLine, ErrorSummary};
pub use events::Events;
pub(crate) use field::escaped;
pub use field::{Field, TextArea};
pub use hero_art::HeroArt;
pub use icon::{Glyph, Icon};
pub use mark::Mark;
pub use notice::{Notice, Tone};
pub use pager::Pager;
pub use section_nav::SectionNav;
pub use status::{StatusRegion, say};
pub use summary_list::{Change, SummaryList, SummaryRow};
pub use tabs::{Tab, Tabs};
pub use tag::Tag;
pub use theme::Theme;
pub use time_grid::{TIMES_FIELD, TimeGrid};
