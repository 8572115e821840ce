//! Every component of [`crate::ui`] in each of its states, on one page: for whoever changes the styles. Development
//! builds alone have it.

use leptos::prelude::*;

use super::{failure::NotFound, title::PageTitle};
use crate::{
    availability::{DayOption, DayPart, TimeOption},
    time::Timestamp,
    ui::{
        Avatar, AvatarSize, Bar, Button, ButtonKind, ButtonLink, Checkbox, Choice, Choices, Column, ColumnChart,
        DateField, DateParts, DayList, Empty, ErrorLine, ErrorSummary, Field, Glyph, Icon, LineChart, Notice, Pager,
        Point, RowChart, Select, SummaryList, SummaryRow, Tab, Table, Tabs, Tag, TextArea, TimeGrid, Tone,
    },
};

/// Long enough to break lines, in letters that fonts often lack.
const LONG: &str = "Professor Wilhelmina Featherstonehaugh-Ōkubo Nguyễn de la Fuente y Santamaría";
const TONES: [(Tone, &str); 5] = [
    (Tone::Plain, "Plain"),
    (Tone::Info, "Info"),
    (Tone::Success, "Success"),
    (Tone::Warning, "Warning"),
    (Tone::Danger, "Danger"),
];
const GLYPHS: [Glyph; 26] = [
    Glyph::Bell,
    Glyph::Bone,
    Glyph::Calendar,
    Glyph::Check,
    Glyph::ChevronLeft,
    Glyph::ChevronRight,
    Glyph::Child,
    Glyph::Clock,
    Glyph::Cross,
    Glyph::Drop,
    Glyph::Ear,
    Glyph::Eye,
    Glyph::Heart,
    Glyph::Info,
    Glyph::Mail,
    Glyph::Person,
    Glyph::Phone,
    Glyph::Place,
    Glyph::Plus,
    Glyph::Print,
    Glyph::Search,
    Glyph::Speech,
    Glyph::Stethoscope,
    Glyph::Tooth,
    Glyph::Video,
    Glyph::Warning,
];

/// `/components`.
#[component]
pub fn ComponentsPage() -> impl IntoView {
    // a constant, so that a release has nothing of what follows
    if !cfg!(debug_assertions) {
        return view! { <NotFound /> }.into_any();
    }
    view! {
        <PageTitle text="Components" />
        <h1>"Components"</h1>
        {part("Buttons", buttons())}
        {part("Labels, icons and initials", labels())}
        {part("Notices", notices())}
        {part("Text fields", fields())}
        {part("Choosing", choosing())}
        {part("Days and times", times())}
        {part("What is wrong", wrong())}
        {part("Lists", lists())}
        {part("Plots", plots())}
    }
    .into_any()
}

fn part(title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section>
            <h2>{title}</h2>
            {content}
        </section>
    }
    .into_any()
}

fn buttons() -> AnyView {
    let kinds = [
        (ButtonKind::Primary, "Primary"),
        (ButtonKind::Secondary, "Secondary"),
        (ButtonKind::Danger, "Danger"),
        (ButtonKind::Quiet, "Quiet"),
        (ButtonKind::QuietDanger, "Quiet danger"),
        (ButtonKind::Link, "Link"),
    ];
    let each = kinds.map(|(kind, name)| view! { <Button kind>{name}</Button> });
    let links = kinds.map(|(kind, name)| view! { <ButtonLink href="#" kind>{name} " as a link"</ButtonLink> });
    view! {
        <div class="btns">{each.collect_view()}</div>
        <div class="btns">{links.collect_view()}</div>
        <div class="btns">
            <button type="submit" class="btn" disabled>
                "Cannot be pressed"
            </button>
            <button type="submit" class="btn" aria-busy="true">
                "Under way"
            </button>
            <Button>{LONG}</Button>
        </div>
    }
    .into_any()
}

fn labels() -> AnyView {
    let tags = TONES.map(|(tone, text)| view! { <Tag tone text /> " " });
    let icons = GLYPHS.map(|glyph| view! { <Icon glyph /> " " });
    let avatars = ["Amara Okafor", "Ína", "Lucia Moreau", LONG].map(|name| {
        view! {
            <Avatar name size=AvatarSize::Small />
            " "
            <Avatar name />
            " "
            <Avatar name size=AvatarSize::Large />
            " "
        }
    });
    view! {
        <p>{tags.collect_view()}</p>
        <p>{icons.collect_view()}</p>
        <p>{avatars.collect_view()}</p>
    }
    .into_any()
}

fn notices() -> AnyView {
    let each = TONES.map(|(tone, title)| {
        view! {
            <Notice tone title>
                <p>"What happened, and what to do about it. " {LONG}</p>
            </Notice>
        }
    });
    view! {
        {each.collect_view()}
        <Notice>
            <p>"Without a heading."</p>
        </Notice>
    }
    .into_any()
}

fn fields() -> AnyView {
    let wrong = || Some("Enter an address with an @, such as name@example.org".to_owned());
    view! {
        <Field name="plain" label="Full name" />
        <Field name="hinted" label="Phone number" hint="In case the clinic has to reach you that day." optional=true />
        <Field name="filled" label="Name" value=LONG />
        <Field name="mistaken" label="Email address" kind="email" value="name.example.org" error=wrong() />
        <Field name="secret" label="Password" kind="password" value="quiet green bicycle" />
        <TextArea name="lines" label="Reason" hint="Only your doctor reads this." optional=true />
        <TextArea name="lines_mistaken" label="Reason" value=LONG error=wrong() />
        <DateField name="date" legend="Date of birth" hint="For example 27 3 1985" />
        <DateField
            name="date_mistaken"
            legend="Date of birth"
            value=DateParts::of("31 2 1985")
            error=Some("Enter a date that exists".to_owned())
        />
    }
    .into_any()
}

fn choosing() -> AnyView {
    let choices = || {
        vec![
            Choice::new("one", "In person"),
            Choice { detail: "By a link that you get an hour before.".into(), ..Choice::new("two", "Video call") },
            Choice::new("three", LONG),
        ]
    };
    let wrong = || Some("Choose one".to_owned());
    view! {
        <Select name="select" label="Kind of visit" choices=choices() hint="What the doctor offers." />
        <Select name="select_mistaken" label="Kind of visit" choices=choices() error=wrong() />
        <Choices name="radio" legend="Kind of visit" choices=choices() chosen="two" />
        <Choices name="radio_mistaken" legend="Kind of visit" choices=choices() error=wrong() />
        <Checkbox name="check" label="Remind me by e-mail" checked=true />
        <Checkbox name="check_hinted" label="Only doctors who take new patients" hint="Others see their own patients." />
    }
    .into_any()
}

fn times() -> AnyView {
    // Thursday 3 December 2026, 9am UTC
    let first = 1_796_288_400;
    let time = |place: i64, part: DayPart, label: &str| TimeOption {
        start: Timestamp(first + place * 1200),
        label: label.to_owned(),
        full: ["Thursday 3 December, ", label].concat(),
        part,
        location: "Riverside Clinic".into(),
        zone_words: "London time".into(),
        zone: "Europe/London".into(),
        offset_minutes: 0,
    };
    let shown = || {
        vec![
            time(0, DayPart::Morning, "9am"),
            time(1, DayPart::Morning, "9:20am"),
            time(2, DayPart::Morning, "9:40am"),
            time(15, DayPart::Afternoon, "2pm"),
            time(16, DayPart::Afternoon, "2:20pm"),
            time(27, DayPart::Evening, "6pm"),
        ]
    };
    let day = |date: &str, label: &str, parts: &str, count: u32, location: &str| DayOption {
        date: date.to_owned(),
        label: label.to_owned(),
        parts: parts.to_owned(),
        count,
        location: location.to_owned(),
    };
    let days = vec![
        day("2026-12-03", "Thursday 3 December", "Morning and afternoon available", 14, "Riverside Clinic"),
        day("2026-12-04", "Friday 4 December", "Evening available", 1, ""),
        day("2026-12-07", "Monday 7 December", "Morning available", 3, LONG),
    ];
    view! {
        <DayList legend="Next available days" days chosen="2026-12-04" />
        <TimeGrid times=shown() chosen=Some(first + 1200) />
        <TimeGrid name="mistaken_start" times=shown() error=Some("Choose a time".to_owned()) />
    }
    .into_any()
}

fn wrong() -> AnyView {
    let line = |field: &str, text: &str| ErrorLine { field: field.to_owned(), text: text.to_owned() };
    view! {
        <ErrorSummary errors=vec![
            line("mistaken", "Enter an address with an @, such as name@example.org"),
            line("date_mistaken", "Enter a date that exists"),
            line("", "The time was booked by somebody else. Nothing was changed."),
        ] />
    }
    .into_any()
}

fn lists() -> AnyView {
    const COLUMNS: [Column; 4] =
        [Column::text("Name"), Column::text("State"), Column::number("Appointments"), Column::long("Notes")];
    let tab = |text: &str, count: Option<u32>, current: bool| Tab {
        href: "/components".to_owned(),
        text: text.to_owned(),
        count,
        current,
    };
    let row = |name: &str, tone: Tone, state: &str, count: &str, notes: &str| {
        let state = state.to_owned();
        vec![
            name.to_owned().into_any(),
            view! { <Tag tone text=state /> }.into_any(),
            count.to_owned().into_any(),
            notes.to_owned().into_any(),
        ]
    };
    let rows = vec![
        row("Amara Okafor", Tone::Success, "Active", "1,204", "Mondays in the other building."),
        row(LONG, Tone::Warning, "Waiting", "3", LONG),
        row("Ína", Tone::Plain, "Left", "0", ""),
    ];
    let summary = vec![
        SummaryRow::new("Doctor", "Amara Okafor").changed_at("/components", "the doctor"),
        SummaryRow::new("When", "Thursday 3 December, 2:20pm").changed_at("/components", "the time"),
        SummaryRow::new("Where", "Riverside Clinic\n1 Quay Street"),
        SummaryRow::new("Notes", LONG),
    ];
    view! {
        <Tabs label="Views" tabs=vec![tab("Coming", Some(3), true), tab("Past", Some(120), false), tab("All", None, false)] />
        <h3 id="example-table">"A table"</h3>
        <Table label="example-table" columns=&COLUMNS rows />
        <Pager page=5 pages=9 prefix="/components?page=" />
        <SummaryList rows=summary />
        <Empty glyph=Glyph::Calendar title="No appointments yet">
            <p>"When you book one, it stands here."</p>
            <div class="btns">
                <ButtonLink href="/doctors">"Find a doctor"</ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

fn plots() -> AnyView {
    let bars = || {
        let bar = |label: &str, value: i64| Bar { label: label.into(), value, text: value.to_string() };
        vec![bar("Mon", 42), bar("Tue", 57), bar("Wed", 0), bar("Thu", 13), bar("Fri", 38)]
    };
    let point = |label: &str, value: Option<i64>| Point {
        label: label.into(),
        detail: "of 120".into(),
        value,
        text: value.map(|value| format!("{value}%")).unwrap_or_default(),
    };
    let points = vec![point("Sep", Some(4)), point("Oct", Some(7)), point("Nov", None), point("Dec", Some(5))];
    let description = "Invented figures.";
    view! {
        <ColumnChart id="columns" title="Tuesdays are the fullest" description bars=bars() />
        <RowChart id="rows" title="Tuesdays are the fullest" description bars=bars() />
        <LineChart id="line" title="Few appointments are missed" description points />
    }
    .into_any()
}
