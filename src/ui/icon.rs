//! Plain stroke icons on a 24 by 24 grid. They only decorate: words always stand next to them.

use leptos::prelude::*;

/// Which drawing an [`Icon`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    Bell,
    Bone,
    Calendar,
    Check,
    ChevronLeft,
    ChevronRight,
    Child,
    Clock,
    Cross,
    Drop,
    Ear,
    Eye,
    Heart,
    Info,
    Mail,
    Person,
    Phone,
    Place,
    Plus,
    Print,
    Search,
    Speech,
    Stethoscope,
    Tooth,
    Video,
    Warning,
}

impl Glyph {
    /// The drawing as one SVG path.
    fn path(self) -> &'static str {
        match self {
            Glyph::Bell => "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
            Glyph::Bone => {
                "M8 10.5a2.6 2.6 0 1 0-4.2 1.5A2.6 2.6 0 1 0 8 13.5h8a2.6 2.6 0 1 0 4.2-1.5A2.6 2.6 0 1 0 16 10.5z"
            }
            Glyph::Calendar => "M4 6h16v14H4zM4 10.5h16M8 3v4M16 3v4",
            Glyph::Check => "M5 12.5l4.5 4.5L19 7.5",
            Glyph::ChevronLeft => "M15 5l-7 7 7 7",
            Glyph::ChevronRight => "M9 5l7 7-7 7",
            Glyph::Child => "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17M9 10v.1M15 10v.1M8.5 14.5c2 2.2 5 2.2 7 0",
            Glyph::Clock => "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7v5.2l3.2 2",
            Glyph::Cross => "M6 6l12 12M18 6L6 18",
            Glyph::Drop => "M12 3.5c4 4.5 6 7.6 6 10.5a6 6 0 0 1-12 0c0-2.9 2-6 6-10.5z",
            Glyph::Ear => {
                "M7 10a5 5 0 0 1 10 0c0 4-4 4-4 8a3 3 0 0 1-5.5 1.5M10 10.5a2 2 0 0 1 4 0c0 1.5-1 1.8-1.5 2.7"
            }
            Glyph::Eye => {
                "M2.5 12C5 8 8.3 6 12 6s7 2 9.5 6c-2.5 4-5.8 6-9.5 6s-7-2-9.5-6M12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5"
            }
            Glyph::Heart => "M12 20C6 15.5 3.5 12.5 3.5 9A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8.5 2c0 3.5-2.5 6.5-8.5 11z",
            Glyph::Info => "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 11v5.5M12 7.5v.1",
            Glyph::Mail => "M3 6h18v12.5H3zM3.5 7l8.5 6.5L20.5 7",
            Glyph::Person => "M12 4a4 4 0 1 0 0 8a4 4 0 0 0 0-8M4 20.5c1-4 4-5.5 8-5.5s7 1.5 8 5.5",
            Glyph::Phone => "M7 3h10v18H7zM11 18h2",
            Glyph::Place => {
                "M12 21c-4-4.5-7-7.8-7-11.2a7 7 0 0 1 14 0c0 3.4-3 6.7-7 11.2M12 7.3a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5"
            }
            Glyph::Plus => "M12 5v14M5 12h14",
            Glyph::Print => "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
            Glyph::Search => "M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14M16 16l5 5",
            Glyph::Speech => "M4 5h16v11h-9l-4 4v-4H4z",
            Glyph::Stethoscope => {
                "M7 4H5v5a4.5 4.5 0 0 0 9 0V4h-2M9.5 13.5V16a4.5 4.5 0 0 0 9 0v-2.5M18.5 10a1.75 1.75 0 1 0 0 3.5a1.75 1.75 0 0 0 0-3.5"
            }
            Glyph::Tooth => {
                "M7.5 4C5 4 4 6 4.5 9c.5 2.6 1.2 4 1.5 7 .2 2.5.8 4 2 4 2 0 1.5-6 4-6s2 6 4 6c1.2 0 1.8-1.5 2-4 .3-3 1-4.4 1.5-7C20 6 19 4 16.5 4c-2 0-3 1-4.5 1S9.5 4 7.5 4z"
            }
            Glyph::Video => "M3 7h12v10H3zM15 11l6-3.5v9L15 13",
            Glyph::Warning => "M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.1",
        }
    }
}

/// One icon in the colour and size of the text around it, hidden from screen readers.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    let class = match glyph {
        Glyph::ChevronLeft | Glyph::ChevronRight => "icon icon-flip",
        _ => "icon",
    };
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true">
            <path d=glyph.path()></path>
        </svg>
    }
}
