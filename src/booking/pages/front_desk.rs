//! Appointments that doctors and staff add for a patient.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::location::Url;

use super::{
    address::{failed, in_query},
    clinic_time::{ClinicForm, time_fields},
    messages::line,
};
use crate::{
    app::{DoctorNav, FormPage, PageTitle, named_doctor},
    booking::{
        actions::front_desk::{AddAppointment, add_page},
        front_desk::{AddPage, AddQuery, ClinicDay, FoundPatient, NEW_PATIENT, TimeForm, day_path},
    },
    ui::{
        Avatar, AvatarSize, Button, ButtonKind, ButtonLink, Choice, DateField, DateParts, ErrorSummary, Field, Glyph,
        Icon, Select, SummaryList, SummaryRow, TextArea,
    },
};

/// `/doctor/add?date=&start=`: add an appointment for a patient. The address says what is chosen so far: the patient,
/// the visit type and the day. Staff name the doctor too.
#[component]
pub fn AddAppointmentPage() -> impl IntoView {
    let form = ClinicForm::of("front_desk/add");
    let address = Address::read();
    let asked = AddQuery { time: form.time(address.query.time.clone()), ..address.query.clone() };
    let page = Resource::new_blocking(move || asked.clone(), add_page);
    let content = move || {
        let (form, address) = (form.clone(), address.clone());
        Suspend::new(async move {
            match page.await {
                Ok(page) => add_view(page, &address, &form),
                Err(error) => failed(error),
            }
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{content}</Suspense>
    }
}

/// What the address says.
#[derive(Clone)]
struct Address {
    query: AddQuery,
    /// A date that was typed as three numbers.
    typed: DateParts,
}

impl Address {
    fn read() -> Self {
        let value = |name: &str| in_query(name).unwrap_or_default();
        let typed = DateParts::read("day", value);
        let date = in_query("date").or_else(|| typed.iso()).unwrap_or_default();
        let time = TimeForm { start: value("start"), date, ..TimeForm::default() };
        let query = AddQuery {
            doctor: named_doctor(),
            q: value("q"),
            patient: value("patient"),
            visit_type: value("visit_type"),
            time,
        };
        Address { query, typed }
    }

    fn pairs(&self) -> [(&'static str, &str); 6] {
        let query = &self.query;
        [
            ("doctor", &query.doctor),
            ("q", &query.q),
            ("patient", &query.patient),
            ("visit_type", &query.visit_type),
            ("date", &query.time.date),
            ("start", &query.time.start),
        ]
    }

    /// This page with other values; an empty one leaves its name out.
    fn with(&self, changes: &[(&str, &str)]) -> String {
        let mut address = "/doctor/add".to_owned();
        for (name, value) in self.pairs() {
            let value = changes.iter().find(|(changed, _)| *changed == name).map_or(value, |(_, value)| value);
            if !value.is_empty() {
                address.push(if address.contains('?') { '&' } else { '?' });
                address.push_str(name);
                address.push('=');
                // ids and dates stay readable
                address.push_str(&Url::escape(value).replace("%2D", "-"));
            }
        }
        address
    }

    /// What a form keeps of the address, without the names that it sends itself.
    fn kept(&self, without: &[&str]) -> impl IntoView + use<> {
        let kept = |(name, value): &(&'static str, &str)| !value.is_empty() && !without.contains(name);
        let fields = self.pairs().into_iter().filter(kept);
        fields.map(|(name, value)| view! { <input type="hidden" name=name value=value.to_owned() /> }).collect_view()
    }

    /// What is wrong with a typed date.
    fn date_problem(&self) -> Option<String> {
        let typed = self.typed != DateParts::default();
        (typed && self.query.time.date.is_empty()).then(|| "Enter a date, such as 3 12 2026".to_owned())
    }
}

fn add_view(page: AddPage, address: &Address, form: &ClinicForm) -> AnyView {
    let wanted = page.day.as_ref().and_then(|day| day.wanted.as_ref());
    let mut problems: Vec<_> = address.date_problem().map(|text| line("day", text)).into_iter().collect();
    problems.extend(form.lines(wanted));
    let wrong = !problems.is_empty();
    let back = match &page.day {
        Some(day) => day_path(&address.query.doctor, &day.date),
        None => day_path(&address.query.doctor, ""),
    };
    let doctor = page.doctor_name.clone();
    let chosen = page.patient.is_some() || address.query.patient == NEW_PATIENT;
    let rest = chosen.then(|| match page.day.clone() {
        Some(day) => appointment_parts(&page, day, address, form),
        None => no_visit_types(&address.query.doctor),
    });
    let who = if chosen { patient_chosen(&page, address) } else { patient_search(&page, address) };
    view! {
        <PageTitle text="Add an appointment" failed=wrong />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the day"
        </a>
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">"Add an appointment"</h1>
            <p class="lead">"With " <bdi>{doctor}</bdi></p>
        </div>
        {who}
        {rest}
    }
    .into_any()
}

fn patient_chosen(page: &AddPage, address: &Address) -> AnyView {
    let words = match &page.patient {
        Some(patient) => lines_of(patient),
        None => "A new patient".to_owned(),
    };
    let again = address.with(&[("patient", "")]);
    let rows = vec![SummaryRow::new("Patient", words).changed_at(again, "the patient")];
    view! { <SummaryList rows /> }.into_any()
}

/// Name, address and number, one on each line.
fn lines_of(patient: &FoundPatient) -> String {
    let called = called(patient);
    let parts = [patient.name.as_str(), &called, &patient.birth_date, &patient.email, &patient.phone];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// "Called Amazing"; empty where the name says it.
fn called(patient: &FoundPatient) -> String {
    if patient.call_name.is_empty() { String::new() } else { ["Called ", &patient.call_name].concat() }
}

fn patient_search(page: &AddPage, address: &Address) -> AnyView {
    let hint = if page.by_staff {
        "Any words of the name, a birth date, a phone number, an email address, a clinic number, or the reference of an \
         appointment."
    } else {
        "The name or phone number of a patient you have seen before, or the full email address of any patient."
    };
    let new = address.with(&[("patient", NEW_PATIENT), ("q", "")]);
    let found = page.found.as_ref().map(|found| found_patients(found, address));
    view! {
        <section class="narrow" aria-labelledby="who">
            <h2 id="who">"Who is it for?"</h2>
            <form method="get" action="/doctor/add" role="search">
                {address.kept(&["q", "patient"])}
                <Field name="q" label="Find the patient" kind="search" hint value=address.query.q.clone() />
                <div class="btns">
                    <Button>"Search"</Button>
                    <ButtonLink href=new kind=ButtonKind::Secondary>
                        "New patient"
                    </ButtonLink>
                </div>
            </form>
            {found}
        </section>
    }
    .into_any()
}

fn found_patients(found: &[FoundPatient], address: &Address) -> AnyView {
    if found.is_empty() {
        return view! {
            <p class="section">"No patient was found. Check the spelling, or choose \u{201c}New patient\u{201d}."</p>
        }
        .into_any();
    }
    let choice = |patient: &FoundPatient| {
        let href = address.with(&[("patient", &patient.id.to_string())]);
        let name = patient.name.clone();
        let called = called(patient);
        let more = [called.as_str(), &patient.birth_date, &patient.email, &patient.phone];
        let more = more.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        view! {
            <li class="person">
                <Avatar name=name.clone() size=AvatarSize::Small />
                <div>
                    <p>
                        <a href=href>
                            <bdi>{name}</bdi>
                        </a>
                    </p>
                    <p class="muted small">
                        <bdi>{more}</bdi>
                    </p>
                </div>
            </li>
        }
    };
    view! {
        <section class="section" aria-labelledby="found">
            <h3 id="found">"Choose the patient"</h3>
            <ul class="stack plain-list">{found.iter().map(choice).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn no_visit_types(doctor: &str) -> AnyView {
    let href = ["/doctor/visit-types", &crate::app::whose_query(doctor)].concat();
    let add = crate::app::edits_calendar(doctor).then(|| view! { <ButtonLink href>"Add a visit type"</ButtonLink> });
    view! {
        <p>"There is no visit type yet, so nothing can be booked."</p>
        {add}
    }
    .into_any()
}

/// Visit type and day, then everything else.
fn appointment_parts(page: &AddPage, day: ClinicDay, address: &Address, form: &ClinicForm) -> AnyView {
    let choices = page.visit_types.iter().map(|(id, words)| Choice::new(id, words)).collect();
    let typed = match address.date_problem() {
        Some(_) => address.typed.clone(),
        None => DateParts::of(&day.date),
    };
    let on = |date: &str| address.with(&[("date", date), ("start", "")]);
    let (previous, next) = (on(&day.previous), on(&day.next));
    let next_free = day.next_free.as_ref().map(|free| {
        let href = on(&free.date);
        view! { <p>"The next day with a free time is " <a href=href>{free.label.clone()}</a> "."</p> }
    });
    view! {
        <section class="section" aria-labelledby="what">
            <h2 id="what">"Which appointment, on which day?"</h2>
            <form method="get" action="/doctor/add">
                {address.kept(&["visit_type", "date", "start"])}
                <Select name="visit_type" label="Visit type" choices chosen=page.visit_type.clone() />
                <DateField name="day" legend="Day" hint="For example, 3 12 2026" value=typed error=address.date_problem() />
                <div class="btns">
                    <Button kind=ButtonKind::Secondary>"Show times"</Button>
                    <ButtonLink href=previous kind=ButtonKind::Quiet>
                        "Day before"
                    </ButtonLink>
                    <ButtonLink href=next kind=ButtonKind::Quiet>
                        "Day after"
                    </ButtonLink>
                </div>
            </form>
        </section>
        <section class="section" aria-labelledby="when">
            <h2 id="when">"Time and details"</h2>
            {next_free} {several_link(page, address)}
            <form method="post" action=AddAppointment::PATH novalidate>
                <FormPage />
                {address.kept(&["visit_type", "date", "start"])}
                <input type="hidden" name="key" value=page.key.to_string() />
                <input type="hidden" name="visit_type" value=page.visit_type.clone() />
                {page.patient.is_none().then(|| new_patient(form))}
                {time_fields(&day, form)}
                <TextArea
                    name="note"
                    label="Reason for the appointment"
                    hint="The doctor and the patient can read it afterwards, and staff only if the doctor lets them."
                    rows="2"
                    optional=true
                    value=form.typed("note")
                    error=form.problem("note")
                />
                <p class="hint">
                    "The button books the appointment at once. The patient sees it under \u{201c}My appointments\u{201d}."
                </p>
                <button class="btn btn-large" type="submit">
                    "Add the appointment"
                </button>
            </form>
        </section>
    }
    .into_any()
}

/// The way to several appointments at once, for a patient whom the clinic knows.
fn several_link(page: &AddPage, address: &Address) -> impl IntoView + use<> {
    page.patient.as_ref().map(|_| {
        let href = address.with(&[("visit_type", &page.visit_type), ("date", ""), ("start", "")]);
        let href = href.replacen("/doctor/add", "/doctor/series", 1);
        view! {
            <p>
                <a href=href>"Book several appointments at once"</a>
            </p>
        }
    })
}

fn new_patient(form: &ClinicForm) -> impl IntoView + use<> {
    view! {
        <Field
            name="name"
            label="Full name of the patient"
            autocomplete="off"
            value=form.typed("name")
            error=form.problem("name")
        />
        <Field
            name="email"
            label="Email address"
            kind="email"
            hint="Without one, the patient cannot see or change the appointment online."
            autocomplete="off"
            optional=true
            value=form.typed("email")
            error=form.problem("email")
        />
        <Field
            name="phone"
            label="Phone number"
            kind="tel"
            autocomplete="off"
            optional=true
            value=form.typed("phone")
            error=form.problem("phone")
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_what_is_chosen_and_escape_what_was_typed() {
        let query =
            AddQuery { doctor: "dr-lee".into(), q: "a&b".into(), visit_type: "7".into(), ..AddQuery::default() };
        let address = Address { query, typed: DateParts::default() };
        assert_eq!(address.with(&[("patient", "new")]), "/doctor/add?doctor=dr-lee&q=a%26b&patient=new&visit_type=7");
        assert_eq!(address.with(&[("doctor", ""), ("q", ""), ("visit_type", "")]), "/doctor/add");
    }

    #[test]
    fn a_date_stands_in_its_fields_without_zeros() {
        let parts = DateParts::of("2026-01-06");
        assert_eq!((parts.day.as_str(), parts.month.as_str(), parts.year.as_str()), ("6", "1", "2026"));
    }
}
