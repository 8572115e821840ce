//! Reading the form of a visit type, and filling it in.

use std::str::FromStr;

use sqlx::FromRow;
use uuid::Uuid;

use super::schedule::Audience;
use crate::{
    availability::model::visit_types::{Unit, VisitTypeInput},
    booking::{LateCancel, Mode},
    error::{AppError, FieldCode, FieldError},
    ids::{ResourceKindId, VisitTypeId},
    text::{check_line, check_lines, figures, is_blank, kept_lines, line},
};

/// The bounds of the database, in minutes.
const LONGEST_APPOINTMENT: i64 = 720;
/// Minutes that a buffer has at most, as `visit_types_buffers_check` has it.
pub const LONGEST_BUFFER: i64 = 720;
const ONE_YEAR: i64 = 365 * 24 * 60;
const MAX_DAYS_AHEAD: i64 = 730;
const MAX_APPOINTMENTS_A_DAY: i64 = 200;
/// As `visit_types_most_at_once_check` has it.
const MOST_AT_ONCE: i64 = 20;
const MAX_NAME: u32 = 80;
const MAX_INSTRUCTIONS: u32 = 1000;

/// The columns of a visit type that its doctor decides about.
#[derive(Clone, Debug, FromRow)]
pub(super) struct VisitTypeColumns {
    pub id: VisitTypeId,
    pub name: String,
    pub mode: Mode,
    pub minutes: i32,
    pub buffer_before_minutes: i32,
    pub buffer_after_minutes: i32,
    pub step_minutes: i32,
    pub notice_minutes: i32,
    pub horizon_days: i32,
    pub daily_cap: Option<i32>,
    pub audience: Audience,
    pub needs_approval: bool,
    pub cutoff_minutes: i32,
    pub late_cancel: LateCancel,
    pub instructions: String,
    pub active: bool,
    pub most_at_once: i32,
    pub resource_kind_id: Option<ResourceKindId>,
}

/// What a new visit type begins with.
pub(super) fn fresh(cutoff_minutes: i32) -> VisitTypeInput {
    let (cutoff, cutoff_unit) = Unit::split(cutoff_minutes.into());
    VisitTypeInput {
        name: String::new(),
        mode: "in_person".into(),
        minutes: "20".into(),
        before: "0".into(),
        after: "0".into(),
        step: "20".into(),
        notice: "2".into(),
        notice_unit: Unit::Hours.into_str().into(),
        days_ahead: "90".into(),
        daily_cap: String::new(),
        audience: "any".into(),
        approval: String::new(),
        cutoff: cutoff.to_string(),
        cutoff_unit: cutoff_unit.into_str().into(),
        late_cancel: "deny".into(),
        instructions: String::new(),
        active: "true".into(),
        at_once: "1".into(),
        needs: String::new(),
    }
}

impl VisitTypeColumns {
    /// As the form shows it.
    pub fn into_input(self) -> VisitTypeInput {
        let (notice, notice_unit) = Unit::split(self.notice_minutes.into());
        let (cutoff, cutoff_unit) = Unit::split(self.cutoff_minutes.into());
        let ticked = |yes: bool| if yes { "true".to_owned() } else { String::new() };
        VisitTypeInput {
            name: self.name,
            mode: self.mode.into_str().into(),
            minutes: self.minutes.to_string(),
            before: self.buffer_before_minutes.to_string(),
            after: self.buffer_after_minutes.to_string(),
            step: self.step_minutes.to_string(),
            notice: notice.to_string(),
            notice_unit: notice_unit.into_str().into(),
            days_ahead: self.horizon_days.to_string(),
            daily_cap: self.daily_cap.map(|cap| cap.to_string()).unwrap_or_default(),
            audience: self.audience.into_str().into(),
            approval: ticked(self.needs_approval),
            cutoff: cutoff.to_string(),
            cutoff_unit: cutoff_unit.into_str().into(),
            late_cancel: self.late_cancel.into_str().into(),
            instructions: self.instructions,
            active: ticked(self.active),
            at_once: self.most_at_once.to_string(),
            needs: self.resource_kind_id.map(|kind| kind.to_string()).unwrap_or_default(),
        }
    }
}

/// The columns of a filled-in form.
///
/// # Errors
/// [`AppError::Invalid`] with fields such as `visit_type[minutes]`.
pub(super) fn read(id: VisitTypeId, typed: &VisitTypeInput) -> Result<VisitTypeColumns, AppError> {
    let mut form = Form(Vec::new());
    let columns = VisitTypeColumns {
        id,
        name: line(&form.text("name", &typed.name, check_line(&typed.name, MAX_NAME))),
        mode: form.choice("mode", &typed.mode, Mode::InPerson),
        minutes: form.number("minutes", &typed.minutes, (5, LONGEST_APPOINTMENT)),
        buffer_before_minutes: form.number("before", &typed.before, (0, LONGEST_BUFFER)),
        buffer_after_minutes: form.number("after", &typed.after, (0, LONGEST_BUFFER)),
        step_minutes: form.number("step", &typed.step, (5, LONGEST_APPOINTMENT)),
        notice_minutes: form.length("notice", &typed.notice, &typed.notice_unit),
        horizon_days: form.number("days_ahead", &typed.days_ahead, (1, MAX_DAYS_AHEAD)),
        daily_cap: (!is_blank(&typed.daily_cap))
            .then(|| form.number("daily_cap", &typed.daily_cap, (1, MAX_APPOINTMENTS_A_DAY))),
        audience: form.choice("audience", &typed.audience, Audience::Any),
        needs_approval: !typed.approval.is_empty(),
        cutoff_minutes: form.length("cutoff", &typed.cutoff, &typed.cutoff_unit),
        late_cancel: form.choice("late_cancel", &typed.late_cancel, LateCancel::Deny),
        instructions: form.text(
            "instructions",
            &typed.instructions,
            check_lines(&typed.instructions, MAX_INSTRUCTIONS),
        ),
        active: !typed.active.is_empty(),
        most_at_once: if is_blank(&typed.at_once) {
            1
        } else {
            form.number("at_once", &typed.at_once, (1, MOST_AT_ONCE))
        },
        resource_kind_id: (!typed.needs.is_empty()).then(|| form.choice("needs", &typed.needs, NO_KIND)),
    };
    if form.0.is_empty() { Ok(columns) } else { Err(AppError::Invalid { fields: form.0 }) }
}

/// Stands in for a kind that cannot be read.
const NO_KIND: ResourceKindId = ResourceKindId(Uuid::nil());

/// Collects what is wrong; the values of wrong fields are of no use.
struct Form(Vec<FieldError>);

impl Form {
    fn wrong(&mut self, field: &str, code: FieldCode) {
        self.0.push(FieldError { field: format!("visit_type[{field}]"), code });
    }

    fn text(&mut self, field: &str, typed: &str, wrong: Option<FieldCode>) -> String {
        if let Some(code) = wrong {
            self.wrong(field, code);
        }
        kept_lines(typed)
    }

    fn number(&mut self, field: &str, typed: &str, (least, most): (i64, i64)) -> i32 {
        let typed = figures(typed);
        let digits = typed.strip_prefix('-').unwrap_or(&typed);
        if typed.is_empty() {
            self.wrong(field, FieldCode::Missing);
        } else if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.wrong(field, FieldCode::NotANumber);
        } else {
            match typed.parse::<i64>().ok().filter(|number| (least..=most).contains(number)) {
                Some(number) => return i32::try_from(number).unwrap_or_default(),
                None => self.wrong(field, FieldCode::OutOfRange(least, most)),
            }
        }
        0
    }

    /// A length of time of at most a year, in minutes.
    fn length(&mut self, field: &str, typed: &str, unit: &str) -> i32 {
        let Ok(unit) = unit.parse::<Unit>() else {
            self.wrong(field, FieldCode::Unknown);
            return 0;
        };
        let number = self.number(field, typed, (0, ONE_YEAR / unit.minutes()));
        i32::try_from(i64::from(number) * unit.minutes()).unwrap_or_default()
    }

    /// What the code names; `other` stands in for what names nothing.
    fn choice<T: FromStr>(&mut self, field: &str, typed: &str, other: T) -> T {
        typed.parse().unwrap_or_else(|_| {
            self.wrong(field, FieldCode::Unknown);
            other
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> VisitTypeInput {
        VisitTypeInput { name: "Follow-up".into(), ..fresh(1440) }
    }

    fn codes(typed: &VisitTypeInput) -> Vec<(String, FieldCode)> {
        match read(VisitTypeId(Uuid::nil()), typed) {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|error| (error.field, error.code)).collect(),
            Err(other) => panic!("{other:?}"),
            Ok(_) => Vec::new(),
        }
    }

    #[test]
    fn a_saved_form_comes_back_as_it_was() {
        let typed = VisitTypeInput { daily_cap: "12".into(), approval: "true".into(), ..good() };
        let columns = read(VisitTypeId(Uuid::nil()), &typed).expect("a good form");
        assert_eq!((columns.notice_minutes, columns.cutoff_minutes), (120, 1440));
        assert_eq!(columns.into_input(), typed);
    }

    #[test]
    fn each_field_has_its_bounds() {
        let number = |text: &str| VisitTypeInput { minutes: text.into(), ..good() };
        assert_eq!(codes(&number("")), [("visit_type[minutes]".into(), FieldCode::Missing)]);
        for text in ["x", "1.5", "20 min", "-", "+20", "1\0"] {
            assert_eq!(codes(&number(text)), [("visit_type[minutes]".into(), FieldCode::NotANumber)], "{text:?}");
        }
        for text in ["4", "721", "-20", "99999999999999999999"] {
            assert_eq!(
                codes(&number(text)),
                [("visit_type[minutes]".into(), FieldCode::OutOfRange(5, 720))],
                "{text:?}"
            );
        }
        let long_buffer = VisitTypeInput { after: "1441".into(), ..good() };
        assert_eq!(codes(&long_buffer), [("visit_type[after]".into(), FieldCode::OutOfRange(0, 720))]);
        let notice = VisitTypeInput { notice: "366".into(), notice_unit: "days".into(), ..good() };
        assert_eq!(codes(&notice), [("visit_type[notice]".into(), FieldCode::OutOfRange(0, 365))]);
        let cap = VisitTypeInput { daily_cap: "0".into(), ..good() };
        assert_eq!(codes(&cap), [("visit_type[daily_cap]".into(), FieldCode::OutOfRange(1, 200))]);
        let name = |name: &str| VisitTypeInput { name: name.into(), ..good() };
        assert_eq!(codes(&name(" ")), [("visit_type[name]".into(), FieldCode::Missing)]);
        assert_eq!(codes(&name("a\0b")), [("visit_type[name]".into(), FieldCode::BadCharacters)]);
        assert_eq!(codes(&name(&"x".repeat(81))), [("visit_type[name]".into(), FieldCode::TooLong(80))]);
        let text = VisitTypeInput { instructions: "one\r\ntwo".into(), ..good() };
        assert_eq!(codes(&text), []);
        let unknown = VisitTypeInput { mode: "by_post".into(), audience: "nobody".into(), ..good() };
        assert_eq!(codes(&unknown).len(), 2);
    }
}
