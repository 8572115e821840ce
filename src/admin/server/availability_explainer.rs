//! Why a time is not offered, in words that staff understand.

use crate::{
    admin::model::availability_explainer::{ExplainerAnswer, ExplainerPageData, ExplainerQuery},
    availability::{
        Reason,
        model::clock_input::parse_clock,
        server::{Calendar, DoctorCalendars, VisitTypeRules, calendar_at_desk},
    },
    booking::server::reasons_not_offered,
    db::{Conn, Error},
    error::{AppError, FieldCode, FieldError},
    ids::{DoctorId, VisitTypeId},
    state::AppState,
    text::{figures, is_blank},
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// The question and, once it is complete, its answer. Nothing is changed.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown doctor; the database's.
pub async fn page(app: &AppState, actor: Actor, query: ExplainerQuery) -> Result<ExplainerPageData, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let mut page = ExplainerPageData {
        doctors: doctors(conn).await?,
        visit_types: Vec::new(),
        zone_words: String::new(),
        problems: Vec::new(),
        answer: None,
        query,
    };
    if page.query.doctor.is_empty() {
        return Ok(page);
    }
    let calendar = calendar_at_desk(conn, actor, &page.query.doctor).await?;
    page.visit_types = visit_types(conn, calendar.doctor).await?;
    page.zone_words = calendar.zone.label();
    let ExplainerQuery { visit_type, date, time, .. } = &page.query;
    if visit_type.is_empty() && date.is_empty() && time.is_empty() {
        return Ok(page);
    }
    match read(&page.query) {
        Ok(question) => page.answer = Some(answer(conn, &app.calendars, &calendar, question, now).await?),
        Err(problems) => page.problems = problems,
    }
    Ok(page)
}

async fn doctors(conn: &mut Conn<'_>) -> Result<Vec<(String, String)>, Error> {
    const SQL: &str = "select slug, name from doctors where status <> 'deactivated' order by name, slug";
    conn.fetch_all(SQL, ()).await
}

async fn visit_types(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<(String, String)>, Error> {
    const SQL: &str =
        "select id, name, minutes, active from visit_types where doctor_id = $1 order by active desc, position, id";
    let rows: Vec<(VisitTypeId, String, i32, bool)> = conn.fetch_all(SQL, (doctor,)).await?;
    let choice = |(id, name, minutes, active): (VisitTypeId, String, i32, bool)| {
        let hidden = if active { "" } else { ", no longer offered" };
        (id.to_string(), format!("{name}, {minutes} minutes{hidden}"))
    };
    Ok(rows.into_iter().map(choice).collect())
}

/// A complete question.
struct Question {
    visit_type: VisitTypeId,
    date: LocalDate,
    /// Minutes since midnight, 0 to 1440.
    minute: u16,
}

fn read(query: &ExplainerQuery) -> Result<Question, Vec<FieldError>> {
    let missing_or = |text: &str, code| if is_blank(text) { FieldCode::Missing } else { code };
    let visit_type = query.visit_type.parse().map_err(|_| ("visit_type", FieldCode::Unknown));
    let date = figures(&query.date).parse().map_err(|_| ("date", missing_or(&query.date, FieldCode::NotADate)));
    let minute = parse_clock(&query.time).ok_or_else(|| ("time", missing_or(&query.time, FieldCode::NotATime)));
    match (visit_type, date, minute) {
        (Ok(visit_type), Ok(date), Ok(minute)) => Ok(Question { visit_type, date, minute }),
        (visit_type, date, minute) => {
            let wrong = [visit_type.err(), date.err(), minute.err()];
            let error = |(field, code): (&str, FieldCode)| FieldError { field: field.to_owned(), code };
            Err(wrong.into_iter().flatten().map(error).collect())
        }
    }
}

async fn answer(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    calendar: &Calendar,
    Question { visit_type, date, minute }: Question,
    now: Timestamp,
) -> Result<ExplainerAnswer, Error> {
    let start = calendar.zone.window_start(date, minute);
    let found = reasons_not_offered(conn, calendars, calendar.doctor, visit_type, start, now).await?;
    let reasons = found.reasons.iter().map(|reason| label(*reason, found.rules.as_ref(), start, now)).collect();
    Ok(ExplainerAnswer {
        when: calendar.zone.moment_words(start, now),
        reasons,
        nearest: found.nearest.iter().map(|time| format!("{}, {}", time.full, time.location)).collect(),
        day_href: format!("/doctor?doctor={}&date={date}", calendar.slug),
    })
}

/// A reason, with the rule behind it where there is one.
fn label(reason: Reason, rules: Option<&VisitTypeRules>, start: Timestamp, now: Timestamp) -> String {
    let fixed = match reason {
        Reason::DoctorUnavailable => "Patients cannot find this doctor at the moment, so nothing is offered.",
        Reason::VisitTypeUnavailable => "The doctor does not offer this visit type, or no longer.",
        Reason::Closed => "The location is closed then, or the doctor does not work on that date.",
        Reason::TimeOff => "The doctor is away then (time off).",
        Reason::OutsideHours => "The appointment does not fit into the doctor's hours for this visit type.",
        Reason::Taken => "Another appointment is booked then, or another patient is booking that time now.",
        Reason::NoResource => {
            "No room or device that this visit type needs is free then at the location where the doctor works."
        }
        Reason::NotForNewPatients => "The doctor sees only patients who have been here before.",
        Reason::OnlyForNewPatients => "This visit type is for new patients only.",
        Reason::PatientBusy => "The patient has another appointment then.",
        Reason::TooSoon if start < now => "That time has passed.",
        Reason::OffStep | Reason::Buffer | Reason::TooSoon | Reason::TooFar | Reason::DayFull => "",
    };
    let Some(rules) = rules.filter(|_| fixed.is_empty()) else { return fixed.to_owned() };
    match reason {
        Reason::OffStep => format!(
            "Appointments of this type start every {} from the beginning of the hours, and this is between two starts.",
            minutes_words(rules.step_minutes.into())
        ),
        Reason::Buffer => buffer_words(rules),
        Reason::TooSoon => {
            format!("Less than {} ahead: this visit type needs notice.", minutes_words(rules.notice_minutes))
        }
        Reason::TooFar => format!(
            "More than {} ahead: patients book this visit type no earlier.",
            minutes_words(u32::from(rules.horizon_days) * 24 * 60)
        ),
        Reason::DayFull => match rules.daily_cap {
            Some(1) => "The doctor takes 1 appointment a day, and that day is full.".to_owned(),
            cap => format!("The doctor takes {} appointments a day, and that day is full.", cap.unwrap_or_default()),
        },
        _ => fixed.to_owned(),
    }
}

fn buffer_words(rules: &VisitTypeRules) -> String {
    let own = match (rules.buffer_before, rules.buffer_after) {
        (0, 0) => String::new(),
        (before, 0) => format!(" This visit type keeps {before} minutes free before it."),
        (0, after) => format!(" This visit type keeps {after} minutes free after it."),
        (before, after) => {
            format!(" This visit type keeps {before} minutes free before it and {after} minutes after it.")
        }
    };
    format!("Too close to the appointment before or after.{own}")
}

/// A number of minutes as people say it: "30 minutes", "2 hours", "3 days".
fn minutes_words(minutes: u32) -> String {
    let (number, unit) = match minutes {
        0 => (0, "minute"),
        _ if minutes.is_multiple_of(24 * 60) => (minutes / (24 * 60), "day"),
        _ if minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_said_in_the_largest_unit_that_fits() {
        let words = [0, 1, 30, 60, 90, 120, 1_440, 2_880].map(minutes_words);
        let said = ["0 minutes", "1 minute", "30 minutes", "1 hour", "90 minutes", "2 hours", "1 day", "2 days"];
        assert_eq!(words, said);
    }

    #[test]
    fn an_incomplete_question_names_each_field() {
        let query = ExplainerQuery { doctor: "x".into(), time: "late".into(), ..ExplainerQuery::default() };
        let problems = read(&query).err().unwrap_or_default();
        let codes: Vec<_> = problems.iter().map(|problem| (problem.field.as_str(), problem.code)).collect();
        let expected =
            [("visit_type", FieldCode::Unknown), ("date", FieldCode::Missing), ("time", FieldCode::NotATime)];
        assert_eq!(codes, expected);
    }
}
