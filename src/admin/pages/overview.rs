//! The clinic at a glance, for its staff.

use leptos::prelude::*;

use crate::{
    accounts::Permission,
    admin::{Overview, OverviewDoctor, PendingTasks, actions::overview::clinic_overview},
    app::{AdminNav, ClinicClock, Failure, PageTitle, use_frame},
    ui::{Column, Table, Tag, Tone},
};

const NAME: Column = Column::text("Name");
const SPECIALTY: Column = Column::text("Specialty");
const STATUS: Column = Column::text("Status");
const NEXT: Column = Column::text("Next free time");
const TODAY: Column = Column::number("Today");
const CALENDAR: Column = Column::text("Appointments");
const WITH_WEEK: [Column; 7] = [NAME, SPECIALTY, STATUS, NEXT, TODAY, Column::number("7 days"), CALENDAR];
const WITHOUT_WEEK: [Column; 6] = [NAME, SPECIALTY, STATUS, NEXT, TODAY, CALENDAR];

/// `/admin`: doctors, their appointments, and what waits.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let overview = Resource::new_blocking(|| (), |()| clinic_overview());
    let page = move || {
        overview.get().map(|overview| match overview {
            Ok(overview) => show(overview),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(overview: Overview) -> AnyView {
    let Overview { pending_tasks, doctors, visible, today, week, waiting } = overview;
    let all = doctors.len();
    let frame = use_frame();
    let sees = Sees { people: frame.may(Permission::ManagePeople), week: frame.may(Permission::ReadStatistics) };
    let rows = doctors.into_iter().map(|doctor| row(doctor, sees)).collect();
    let columns: &[Column] = if sees.week { &WITH_WEEK } else { &WITHOUT_WEEK };
    let week = sees.week.then(|| number(week, "In the next 7 days"));
    view! {
        <PageTitle text="Clinic overview" />
        <AdminNav />
        <h1 tabindex="-1">"Clinic overview"</h1>
        <ClinicClock />
        <section class="section">
            <h2>"Waiting for you"</h2>
            {to_do(pending_tasks)}
        </section>
        <section class="section">
            <h2>"Appointments"</h2>
            <dl class="numbers">
                {number(today, "Today")} {week} {number(waiting, "Requests waiting for an answer")}
            </dl>
        </section>
        <section class="section">
            <h2 id="doctors">"Doctors"</h2>
            <p>"Patients can find " {visible} " of " {all} ". They cannot see the others."</p>
            <Table label="doctors" columns rows />
        </section>
    }
    .into_any()
}

/// What only some of those who open the page see.
#[derive(Clone, Copy)]
struct Sees {
    /// The pages of doctors.
    people: bool,
    /// More than the day.
    week: bool,
}

/// What waits for the staff; a link leads to where it is dealt with.
fn to_do(pending_tasks: Vec<PendingTasks>) -> AnyView {
    if pending_tasks.is_empty() {
        return view! { <p>"There is nothing for you to do now."</p> }.into_any();
    }
    let items = pending_tasks.into_iter().map(|pending_tasks| {
        let urgent = pending_tasks.urgent.then(|| view! { <Tag tone=Tone::Warning text="Within a day" /> });
        let link = pending_tasks.link.map(|link| {
            let about =
                (!link.about.is_empty()).then(|| view! { <span class="visually-hidden">", " {link.about}</span> });
            view! { <a href=link.href>{link.words} {about}</a> }
        });
        view! {
            <li>
                <span>{pending_tasks.text} " " {urgent}</span>
                " "
                {link}
            </li>
        }
    });
    view! { <ul class="tasks">{items.collect_view()}</ul> }.into_any()
}

/// A number of the day with what it counts.
fn number(count: u32, what: &'static str) -> impl IntoView {
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{count}</dd>
        </div>
    }
}

fn row(doctor: OverviewDoctor, sees: Sees) -> Vec<AnyView> {
    let name = view! { <bdi>{doctor.name.clone()}</bdi> };
    let name = if sees.people {
        view! { <a href=["/admin/doctors/", &doctor.slug].concat()>{name}</a> }.into_any()
    } else {
        name.into_any()
    };
    let status = if doctor.visible { doctor.status } else { doctor.status + ", not shown" };
    let calendar = view! {
        <a href=["/doctor?doctor=", &doctor.slug].concat()>"Day" <span class="visually-hidden">" of " {doctor.name}</span></a>
    };
    let mut cells = vec![
        name,
        doctor.specialty.into_any(),
        status.into_any(),
        doctor.next.unwrap_or_else(|| "None".to_owned()).into_any(),
        doctor.today.into_any(),
    ];
    cells.extend(sees.week.then(|| doctor.week.into_any()));
    cells.push(calendar.into_any());
    cells
}
