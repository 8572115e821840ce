//! The clinic at a glance, for its staff.

use leptos::prelude::*;

use crate::{
    admin::{Overview, OverviewDoctor, actions::overview::clinic_overview},
    app::{Failure, PageTitle},
};

/// `/admin`: doctors, their visits, and what waits.
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
    let Overview { doctors, visible, today, week, waiting } = overview;
    let waiting = match waiting {
        0 => "No request waits for an answer.".to_owned(),
        1 => "1 request waits for an answer.".to_owned(),
        more => more.to_string() + " requests wait for an answer.",
    };
    let all = doctors.len();
    let rows = doctors.into_iter().map(row).collect_view();
    view! {
        <PageTitle text="Clinic overview" />
        <div class="page-head">
            <h1 tabindex="-1">"Clinic overview"</h1>
            <p class="lead">
                {today} " visits today, " {week} " in the next 7 days. " {waiting}
            </p>
        </div>
        <h2 id="doctors">"Doctors"</h2>
        <p>"Patients can find " {visible} " of " {all} ". They cannot see the others."</p>
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
                        <th scope="col" class="num">
                            "7 days"
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(doctor: OverviewDoctor) -> AnyView {
    let name = if doctor.visible {
        view! {
            <a href=["/doctors/", &doctor.slug].concat()>
                <bdi>{doctor.name}</bdi>
            </a>
        }
        .into_any()
    } else {
        view! { <bdi>{doctor.name}</bdi> }.into_any()
    };
    let status = if doctor.visible { doctor.status } else { doctor.status + ", not shown" };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>{doctor.specialty}</td>
            <td>{status}</td>
            <td>{doctor.next.unwrap_or_else(|| "None".to_owned())}</td>
            <td class="num">{doctor.today}</td>
            <td class="num">{doctor.week}</td>
        </tr>
    }
    .into_any()
}
