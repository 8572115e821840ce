//! Planning a series of appointments: which times, what speaks against each, and what to take instead.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    address::{failed, in_query, profile_path, times_path},
    facts::appointment_words,
    messages::{line, sentence},
    questions_together::{changed, problems_of},
    series_plan::{FIELDS, missing, plan_form, row_id},
    who::{Before, QUESTION_OF_SEVERAL, ask_before, chosen_before, kept_fields},
};
use crate::{
    app::{DoctorNav, Fields, FormState, PageTitle, named_doctor, problem_words, tel_href},
    booking::{
        actions::series::{desk_series_plan, series_plan},
        series::{MOST_TOGETHER, Pattern, Pick, PlanForm, SeriesPage as Plan, SeriesQuery},
    },
    error::AppError,
    ui::{Button, ButtonKind, ButtonLink, Checkbox, DateField, DateParts, ErrorLine, ErrorSummary, Field, Glyph, Icon},
};

/// The fields that name the times: name, and what it is.
const PATTERN: Fields = &[
    ("date", "the first day"),
    ("time", "the time"),
    ("weekdays", "the number of days of the week"),
    ("weeks", "the number of weeks"),
];

/// The boxes of the days of the week: Monday first.
const WEEKDAYS: [(&str, &str); 7] = [
    ("day1", "Monday"),
    ("day2", "Tuesday"),
    ("day3", "Wednesday"),
    ("day4", "Thursday"),
    ("day5", "Friday"),
    ("day6", "Saturday"),
    ("day7", "Sunday"),
];

/// `/doctors/:slug/series?visit_type=&date_day=&time=&weeks=`: several appointments with one doctor, for a patient.
#[component]
pub fn SeriesPage() -> impl IntoView {
    let doctor = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    let state = FormState::of("booking/series");
    let address = Address::read(doctor);
    let query = address.query(&state);
    let plan = Resource::new_blocking(move || query.clone(), series_plan);
    view! { <Suspense>{shown(plan, address, state)}</Suspense> }
}

/// `/doctor/series?patient=&visit_type=`: the same at the desk, for a patient who was chosen before.
#[component]
pub fn DeskSeriesPage() -> impl IntoView {
    let state = FormState::of("front_desk/series");
    let address = Address::read(named_doctor());
    let query = address.query(&state);
    let plan = Resource::new_blocking(move || query.clone(), desk_series_plan);
    view! {
        <DoctorNav />
        <Suspense>{shown(plan, address, state)}</Suspense>
    }
}

fn shown(
    plan: Resource<Result<Plan, AppError>>,
    address: Address,
    state: FormState,
) -> impl Fn() -> AnyView + Clone + 'static {
    move || {
        let (address, state) = (address.clone(), state.clone());
        Suspend::new(async move {
            match plan.await {
                Ok(plan) => series_view(plan, &address, &state),
                Err(error) => failed(error),
            }
        })
        .into_any()
    }
}

/// What the address says.
#[derive(Clone)]
struct Address {
    doctor: String,
    visit_type: String,
    patient: String,
    q: String,
    person: String,
    /// Everything that the address says, without the person.
    keep: Vec<(String, String)>,
    pattern: Pattern,
    typed: DateParts,
}

impl Address {
    fn read(doctor: String) -> Self {
        let value = |name: &str| in_query(name).unwrap_or_default();
        let typed = DateParts::read("date", value);
        let ticked = |(number, (name, _)): (u8, &(&str, &str))| in_query(name).map(|_| char::from(b'0' + number));
        let pattern = Pattern {
            date: typed.text(),
            time: value("time"),
            weekdays: (1..).zip(&WEEKDAYS).filter_map(ticked).collect(),
            weeks: value("weeks"),
        };
        let (visit_type, patient, q, person) = (value("visit_type"), value("patient"), value("q"), value("person"));
        Address { doctor, visit_type, patient, q, person, keep: kept_fields(), pattern, typed }
    }

    /// The question to the server: with what was chosen in a form that failed, so that the rest of the plan is kept.
    fn query(&self, state: &FormState) -> SeriesQuery {
        let mut plan = PlanForm::default();
        state.values().iter().for_each(|(name, value)| plan.set(name, value));
        SeriesQuery {
            doctor: self.doctor.clone(),
            visit_type: self.visit_type.clone(),
            patient: self.patient.clone(),
            q: self.q.clone(),
            person: self.person.clone(),
            draft: state.typed("key"),
            pattern: self.pattern.clone(),
            plan,
        }
    }

    /// What both forms send of the address.
    fn hidden(&self) -> impl IntoView + use<> {
        let (person, visit_type) = (("person", &self.person), ("visit_type", &self.visit_type));
        let fields = [("doctor", &self.doctor), visit_type, ("patient", &self.patient), ("q", &self.q), person];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        fields.map(|(name, value)| view! { <input type="hidden" name=name value=value.clone() /> }).collect_view()
    }
}

/// The address of one appointment in place of several.
fn one_alone(plan: &Plan, address: &Address) -> String {
    if plan.at_desk {
        let doctor = if address.doctor.is_empty() { String::new() } else { ["doctor=", &address.doctor, "&"].concat() };
        return ["/doctor/add?", &doctor, "patient=", &address.patient, "&visit_type=", &plan.visit_type].concat();
    }
    let person = if address.person.is_empty() { String::new() } else { ["&person=", &address.person].concat() };
    [&times_path(&plan.doctor_slug, &plan.visit_type), person.as_str()].concat()
}

/// Whom the plan of a patient's account is for comes first.
fn ask_whom(plan: &Plan, address: &Address) -> AnyView {
    let about = Before {
        back: (one_alone(plan, address), "Back to one appointment".to_owned()),
        question: QUESTION_OF_SEVERAL,
        what: [&plan.doctor_name, ", ", &plan.visit_type_name].concat(),
        page: [&profile_path(&plan.doctor_slug), "/series"].concat(),
        keep: address.keep.clone(),
    };
    ask_before(&plan.whom.persons, about)
}

fn series_view(plan: Plan, address: &Address, state: &FormState) -> AnyView {
    if plan.whom.is_open() {
        return ask_whom(&plan, address);
    }
    let problems = problems(&plan, state);
    let failed = !problems.is_empty();
    let title = "Book several appointments";
    let (back, back_words) = (one_alone(&plan, address), "Back to one appointment");
    let whose = chosen_before(&plan.whom, &[&profile_path(&plan.doctor_slug), "/series"].concat(), &address.keep);
    let kind = appointment_words(&plan.visit_type_name, &plan.minutes.to_string(), plan.mode);
    let patient = plan.patient.clone().filter(|_| plan.at_desk).map(|name| {
        view! {
            <p>
                "For "
                <strong>
                    <bdi>{name}</bdi>
                </strong>
            </p>
        }
    });
    let rest = match (plan.refused, plan.most) {
        (Some(_), _) | (None, ..2) => not_together(&plan).into_any(),
        (None, _) => view! {
            {pattern_form(&plan, address)}
            {(!plan.rows.is_empty()).then(|| plan_form(&plan, address.hidden(), state))}
        }
        .into_any(),
    };
    view! {
        <PageTitle text=title failed />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            {back_words}
        </a>
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">"With " <bdi>{plan.doctor_name.clone()}</bdi> ". " {kind} "."</p>
            {patient}
            {whose}
        </div>
        {rest}
    }
    .into_any()
}

/// Everything that is wrong, for the summary.
fn problems(plan: &Plan, state: &FormState) -> Vec<ErrorLine> {
    let wrong = plan.wrong.iter().map(|error| line(&error.field, problem_words(error.code, &error.field, PATTERN)));
    let mut lines: Vec<ErrorLine> = wrong.collect();
    let Some(error) = state.error() else { return lines };
    let open: Vec<ErrorLine> =
        plan.rows.iter().enumerate().filter_map(|(place, row)| missing(place, row, state)).collect();
    match error {
        AppError::Invalid { .. } if !open.is_empty() => {
            lines.extend(open);
            lines.extend(problems_of("one", &plan.asked, state));
            lines.extend(own_fields(state));
        }
        AppError::Invalid { .. } => {
            lines.extend(problems_of("one", &plan.asked, state));
            lines.extend(own_fields(state));
            if lines.is_empty() {
                lines.extend(state.lines(FIELDS));
            }
        }
        AppError::TimeGone { .. } | AppError::PatientBusy { .. } => {
            let lost = plan.rows.iter().position(|row| row.pick == Pick::Open);
            let words = [&sentence(error), " Nothing was booked. The rest of your plan is kept."].concat();
            lines.push(line(&lost.map(row_id).unwrap_or_default(), words));
        }
        error => lines.push(changed(error).unwrap_or_else(|| line("", sentence(error)))),
    }
    lines
}

/// What is wrong with the reason and the number.
fn own_fields(state: &FormState) -> impl Iterator<Item = ErrorLine> + use<> {
    state.lines(FIELDS).into_iter().filter(|line| !line.field.is_empty())
}

/// There is no series for this person: why, and what they can do.
fn not_together(plan: &Plan) -> impl IntoView + use<> {
    let phone = plan.clinic_phone.clone();
    view! {
        <p>
            "These appointments are booked one at a time. To ask for several, call "
            <a href=tel_href(&phone)>{phone.clone()}</a> "."
        </p>
        <div class="btns">
            <ButtonLink href=times_path(&plan.doctor_slug, &plan.visit_type)>"Choose one time"</ButtonLink>
            <ButtonLink href=profile_path(&plan.doctor_slug) kind=ButtonKind::Secondary>
                "Choose another visit type"
            </ButtonLink>
        </div>
    }
}

/// Which times.
fn pattern_form(plan: &Plan, address: &Address) -> impl IntoView + use<> {
    let action =
        if plan.at_desk { "/doctor/series".to_owned() } else { [&profile_path(&plan.doctor_slug), "/series"].concat() };
    let wrong = |field: &str| {
        let error = plan.wrong.iter().find(|error| error.field == field)?;
        Some(problem_words(error.code, field, PATTERN))
    };
    let pattern = &address.pattern;
    let boxes = (1_u8..).zip(WEEKDAYS).map(|(number, (name, label))| {
        let checked = pattern.weekdays.contains(char::from(b'0' + number));
        view! { <Checkbox name label checked /> }
    });
    let most = plan.most.min(MOST_TOGETHER).to_string();
    let days_wrong = wrong("weekdays");
    let show = if plan.rows.is_empty() { ButtonKind::Primary } else { ButtonKind::Secondary };
    view! {
        <section class="section" aria-labelledby="which">
            <h2 id="which">"Which times?"</h2>
            <form method="get" action=action>
                {address.hidden()}
                <DateField
                    name="date"
                    legend="First day"
                    hint="For example, 3 12 2026"
                    value=address.typed.clone()
                    error=wrong("date")
                />
                <Field
                    name="time"
                    label="Time of day"
                    hint=["For example, 9:30. All times are ", &plan.zone, "."].concat()
                    value=pattern.time.clone()
                    error=wrong("time")
                />
                <fieldset
                    class="field"
                    class:field-error=days_wrong.is_some()
                    id="weekdays"
                    tabindex="-1"
                >
                    <legend class="label">
                        "Days of the week " <span class="optional">"(optional)"</span>
                    </legend>
                    <p class="hint">"Without any, it is the day of the week of the first day."</p>
                    {days_wrong.clone().map(|words| view! { <p class="error-text">{words}</p> })}
                    <div class="row">{boxes.collect_view()}</div>
                </fieldset>
                <Field
                    name="weeks"
                    label="For how many weeks?"
                    inputmode="numeric"
                    hint=["At most ", &most, " appointments at once."].concat()
                    value=pattern.weeks.clone()
                    error=wrong("weeks")
                />
                <Button kind=show>"Show the plan"</Button>
            </form>
        </section>
    }
}
