//! The clinic at a glance, for its staff.

use leptos::prelude::*;

use crate::{
    accounts::Permission,
    admin::{Overview, OverviewDoctor, PendingTasks, actions::overview::clinic_overview},
    app::{AdminNav, ClinicClock, Failure, PageTitle, use_frame},
    ui::{Tag, Tone},
};

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
    let waiting = match waiting {
        0 => "No requests are waiting for an answer.".to_owned(),
        1 => "1 request is waiting for an answer.".to_owned(),
        more => more.to_string() + " requests are waiting for an answer.",
    };
    let all = doctors.len();
    let frame = use_frame();
    let sees = Sees { people: frame.may(Permission::ManagePeople), week: frame.may(Permission::ReadStatistics) };
    let rows = doctors.into_iter().map(|doctor| row(doctor, sees)).collect_view();
    let in_the_week = sees.week.then(|| view! { ", " {week} " in the next 7 days" });
    view! {
        <PageTitle text="Clinic overview" />
        <AdminNav />
        <h1 tabindex="-1">"Clinic overview"</h1>
        <ClinicClock />
        <h2>"Waiting for you"</h2>
        {to_do(pending_tasks)}
        <h2>"Today"</h2>
        <p>{today} " appointments today" {in_the_week} ". " {waiting}</p>
        <h2 id="doctors">"Doctors"</h2>
        <p>"Patients can find " {visible} " of " {all} ". They cannot see the others."</p>
        <p class="hint scroll-hint">"On a small screen, scroll the table sideways to see every column."</p>
        <div class="table-scroll" role="region" aria-labelledby="doctors" tabindex="0">
            <table class="table" aria-labelledby="doctors">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Specialty"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Next free time"</th>
                        <th scope="col" class="num">
                            "Today"
                        </th>
                        {sees
                            .week
                            .then(|| {
                                view! {
                                    <th scope="col" class="num">
                                        "7 days"
                                    </th>
                                }
                            })}
                        <th scope="col">"Appointments"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
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
        view! { <li>{pending_tasks.text} " " {urgent} " " {link}</li> }
    });
    view! { <ul>{items.collect_view()}</ul> }.into_any()
}

fn row(doctor: OverviewDoctor, sees: Sees) -> AnyView {
    let name = view! { <bdi>{doctor.name.clone()}</bdi> };
    let name = if sees.people {
        view! { <a href=["/admin/doctors/", &doctor.slug].concat()>{name}</a> }.into_any()
    } else {
        name.into_any()
    };
    let status = if doctor.visible { doctor.status } else { doctor.status + ", not shown" };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>{doctor.specialty}</td>
            <td>{status}</td>
            <td>{doctor.next.unwrap_or_else(|| "None".to_owned())}</td>
            <td class="num">{doctor.today}</td>
            {sees.week.then(|| view! { <td class="num">{doctor.week}</td> })}
            <td>
                <a href=["/doctor?doctor=", &doctor.slug].concat()>
                    "Day" <span class="visually-hidden">" of " {doctor.name}</span>
                </a>
            </td>
        </tr>
    }
    .into_any()
}
