//! The forms that book several appointments: what was chosen and typed is read here, and what is wrong is said at once.

use super::{
    book::{Asked, By, SeriesKind, Wanted, write},
    draft::Draft,
    pair::starts_of,
};
use crate::{
    availability::server::calendar_at_desk,
    booking::{
        MAX_REASON, SentAnswers,
        series::{PairForm, Pick, SeriesForm, plan_key},
        server::{
            answers::{TogetherAnswers, read_together},
            availability::doctor_with_slug,
            booker::Booker,
            details::Details,
            front_desk::clinic_only,
            who::named,
        },
    },
    db::Conn,
    error::{AppError, FieldCode, FieldError},
    ids::{DoctorId, PersonId, SeriesId, VisitTypeId},
    state::AppState,
    text::{check_lines, kept_lines},
    time::Timestamp,
    web::request::Actor,
};

/// Books the chosen times of a plan for the signed-in patient, or for the person for whom they act, or none of them. The
/// same form sent twice books once. What was typed into a form that fails is kept for the page that shows it again.
///
/// # Errors
/// [`AppError::TimeGone`] naming the first time that cannot be had, with nothing booked; [`AppError::Invalid`] naming
/// `reason`, `phone`, answers, or a time for which nothing was chosen; [`AppError::TooManyAppointments`] when the whole
/// series would be more than a patient may have ahead; [`AppError::NotActing`] for a person for whom the booker may not
/// book; [`AppError::Conflict`] when the doctor asks other questions meanwhile; [`AppError::NotFound`] for an unknown
/// doctor or visit type.
pub async fn book(app: &AppState, booker: Booker, form: SeriesForm) -> Result<SeriesId, AppError> {
    booker.signed_in()?;
    let draft = Draft { reason: form.reason.clone(), one: form.one.clone(), other: SentAnswers::default() };
    let (key, account) = (form.key.clone(), booker.account());
    kept_if_it_fails(app, draft, account, &key, book_chosen(app, booker, form).await).await
}

async fn book_chosen(app: &AppState, booker: Booker, form: SeriesForm) -> Result<SeriesId, AppError> {
    let booker = booker.acting_for(named(&form.person)?);
    let details = Details { reason: form.reason.clone(), phone: form.phone.clone() }.checked();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    booker.check(conn, app.clock.now()).await?;
    let doctor = doctor_with_slug(conn, &form.doctor).await?;
    let visit_type = visit_type(&form.visit_type)?;
    let answers = read_together(conn, visit_type, ONE, form.one.clone()).await?.map_err(invalid);
    drop(reader);
    let (details, wanted, answers) = all_right(details, chosen(&form, doctor), answers)?;
    let by = By::Patient { patient: booker.signed_in()?, booker };
    let asked = Asked { wanted, details, answers: answers.into_iter().collect() };
    write(app, &form.key, SeriesKind::Series, by, asked).await
}

/// Under which names forms send the answers to one doctor, and to the other one of a pair.
const ONE: &str = "one";
const OTHER: &str = "other";

fn invalid(fields: Vec<FieldError>) -> AppError {
    AppError::Invalid { fields }
}

/// Three parts of a form, or everything that is wrong with them at once.
fn all_right<A, B, C>(
    first: Result<A, AppError>,
    second: Result<B, AppError>,
    third: Result<C, AppError>,
) -> Result<(A, B, C), AppError> {
    let mut all = Vec::new();
    let mut fields = |error: &AppError| match error {
        AppError::Invalid { fields } => {
            all.extend(fields.iter().cloned());
            true
        }
        _ => false,
    };
    let only_fields = [first.as_ref().err(), second.as_ref().err(), third.as_ref().err()];
    if only_fields.into_iter().flatten().all(&mut fields) && !all.is_empty() {
        return Err(invalid(all));
    }
    Ok((first?, second?, third?))
}

/// The outcome of a form; what was typed is kept when it failed.
async fn kept_if_it_fails(
    app: &AppState,
    draft: Draft,
    account: Option<PersonId>,
    key: &str,
    booked: Result<SeriesId, AppError>,
) -> Result<SeriesId, AppError> {
    if let (Err(_), Some(account)) = (&booked, account)
        && let Err(error) = draft.keep(app, account, key).await
    {
        tracing::warn!(%error, "what was typed into a form of several appointments could not be kept");
    }
    booked
}

/// The same for a patient of the clinic, without the limits that patients have.
///
/// # Errors
/// As [`book`]; [`AppError::Forbidden`] for patients; [`AppError::NotFound`] for another doctor's calendar, or a patient
/// whom this doctor does not know.
pub async fn book_at_desk(app: &AppState, actor: Actor, form: SeriesForm) -> Result<SeriesId, AppError> {
    clinic_only(actor)?;
    if let Some(code) = check_lines(&form.reason, MAX_REASON) {
        return Err(AppError::field("reason", code));
    }
    let doctor = calendar_at_desk(&mut app.db.read().await?.conn(), actor, &form.doctor).await?.doctor;
    let wanted = chosen(&form, doctor)?;
    let patient = form.patient.parse().map_err(|_| AppError::NotFound)?;
    let (slug, found_by) = (form.doctor, form.q);
    let details = Details { reason: kept_lines(&form.reason), phone: String::new() };
    let asked = Asked { wanted, details, answers: Vec::new() };
    write(app, &form.key, SeriesKind::Series, By::Desk { actor, patient, slug, found_by }, asked).await
}

/// Books an appointment with each of two doctors on one day for the signed-in patient, or for the person for whom they
/// act, or none.
///
/// # Errors
/// As [`book`]; [`AppError::Invalid`] naming `pair` when the two are not near enough on one day.
pub async fn book_pair(app: &AppState, booker: Booker, form: PairForm) -> Result<SeriesId, AppError> {
    booker.signed_in()?;
    let draft = Draft { reason: form.reason.clone(), one: form.one.clone(), other: form.other.clone() };
    let (key, account) = (form.key.clone(), booker.account());
    kept_if_it_fails(app, draft, account, &key, book_both(app, booker, form).await).await
}

async fn book_both(app: &AppState, booker: Booker, form: PairForm) -> Result<SeriesId, AppError> {
    let booker = booker.acting_for(named(&form.person)?);
    let details = Details { reason: form.reason.clone(), phone: form.phone.clone() }.checked();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    booker.check(conn, app.clock.now()).await?;
    let starts = starts_of(&form);
    let (which, answers) = match (doctors_of(conn, &form).await, &starts) {
        // without two times, nothing else matters
        (Err(_), Err(error)) => return Err(error.clone()),
        (which, _) => which?,
    };
    drop(reader);
    let (details, (first, second), answers) = all_right(details, starts, answers)?;
    let wanted = which.into_iter().zip([first, second]);
    let mut wanted: Vec<Wanted> =
        wanted.map(|((doctor, visit_type), start)| Wanted { doctor, visit_type, start }).collect();
    wanted.sort_unstable_by_key(|wanted| wanted.start);
    let by = By::Patient { patient: booker.signed_in()?, booker };
    write(app, &form.key, SeriesKind::Pair, by, Asked { wanted, details, answers }).await
}

/// The answers of a form, or what is wrong with them.
type Answers = Result<Vec<TogetherAnswers>, AppError>;

/// The two doctors of a pair with their visit types, and what was answered to them.
async fn doctors_of(conn: &mut Conn<'_>, form: &PairForm) -> Result<([(DoctorId, VisitTypeId); 2], Answers), AppError> {
    let (one, other) = (visit_type(&form.first_type)?, visit_type(&form.second_type)?);
    let which =
        [(doctor_with_slug(conn, &form.first).await?, one), (doctor_with_slug(conn, &form.second).await?, other)];
    let (mut answers, mut wrong) = (Vec::new(), Vec::new());
    for (visit_type, name, sent) in [(one, ONE, &form.one), (other, OTHER, &form.other)] {
        match read_together(conn, visit_type, name, sent.clone()).await? {
            Ok(right) => answers.extend(right),
            Err(fields) => wrong.extend(fields),
        }
    }
    Ok((which, if wrong.is_empty() { Ok(answers) } else { Err(invalid(wrong)) }))
}

fn visit_type(typed: &str) -> Result<VisitTypeId, AppError> {
    typed.parse().map_err(|_| AppError::NotFound)
}

/// The chosen times, in order.
///
/// # Errors
/// [`AppError::Invalid`] naming the times for which nothing was chosen, or the first one when all are left out.
fn chosen(form: &SeriesForm, doctor: DoctorId) -> Result<Vec<Wanted>, AppError> {
    let visit_type = visit_type(&form.visit_type)?;
    let times = form.plan.times();
    let missing = |place: usize| FieldError { field: field_of(place), code: FieldCode::Missing };
    let open = times.iter().enumerate().filter(|(_, (_, pick))| *pick == Pick::Open);
    let mut fields: Vec<FieldError> = open.map(|(place, _)| missing(place)).collect();
    let mut starts: Vec<Timestamp> = times
        .iter()
        .filter_map(|(_, pick)| match pick {
            Pick::At(start) => Some(*start),
            Pick::Open | Pick::Out => None,
        })
        .collect();
    if starts.is_empty() && fields.is_empty() {
        fields.push(missing(0));
    }
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields });
    }
    starts.sort_unstable();
    Ok(starts.into_iter().map(|start| Wanted { doctor, visit_type, start }).collect())
}

/// The field in which the time at this place of a plan is chosen.
pub(super) fn field_of(place: usize) -> String {
    ["p[", &plan_key(place), "]"].concat()
}
