//! The messages that people want: reminders for patients, the day's appointments for doctors.

use super::reminders;
use crate::{
    accounts::{Permission, Role},
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::PersonId,
    notifications::model::{BookingMail, Choosable, MessageChoice},
    state::AppState,
    web::request::Actor,
};

/// What this person can choose, and what they chose; nothing for staff.
///
/// # Errors
/// The database's.
pub async fn of(app: &AppState, actor: Actor) -> Result<Option<MessageChoice>, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let booking_mail = booking_mail(conn, actor).await?;
    Ok(match actor.role {
        Role::Patient => {
            let mut days_before: Vec<i64> = app.settings.mail.reminder_days.iter().map(|days| days.0).collect();
            days_before.sort_by(|a, b| b.cmp(a));
            Some((Choosable::Reminders { days_before }, reminders::are_on(conn, actor.user).await?))
        }
        Role::Doctor => Some((Choosable::DailyAgenda, daily_agenda_is_on(conn, actor.user).await?)),
        Role::Receptionist | Role::Admin => None,
    }
    .map(|(message, on)| MessageChoice { message, on, booking_mail }))
}

/// Keeps whether this person wants the messages of their role, and of a doctor besides, when given, which changes are
/// mailed at once.
///
/// # Errors
/// [`AppError::Forbidden`] for staff, who have nothing to choose.
pub async fn choose(
    app: &AppState,
    actor: Actor,
    wanted: bool,
    booking_mail: Option<BookingMail>,
) -> Result<(), AppError> {
    const REMINDERS: &str = "update persons set reminders = $2 where id = $1";
    const DAILY_AGENDA: &str = "update persons set daily_agenda = $2 where id = $1";
    let sql = match actor.role {
        Role::Patient => REMINDERS,
        Role::Doctor => DAILY_AGENDA,
        Role::Receptionist | Role::Admin => return Err(AppError::Forbidden),
    };
    let booking_mail = booking_mail.filter(|_| actor.may(Permission::KeepOwnCalendar));
    Ok(app.db.write(ChooseMessages { sql, user: actor.user, wanted, booking_mail }).await?)
}

/// What this doctor hears of at once; none without a doctor's profile.
async fn booking_mail(conn: &mut Conn<'_>, actor: Actor) -> Result<Option<BookingMail>, Error> {
    const SQL: &str = "select booking_mail from doctors where person_id = $1";
    if !actor.may(Permission::KeepOwnCalendar) {
        return Ok(None);
    }
    conn.fetch_optional_value(SQL, (actor.user,)).await
}

/// Keeps which messages a person wants.
struct ChooseMessages {
    /// Sets the column of the role: the person's id, then whether they are wanted.
    sql: &'static str,
    user: PersonId,
    wanted: bool,
    booking_mail: Option<BookingMail>,
}

impl WriteUnit for ChooseMessages {
    const NAME: &'static str = "choose_messages";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const BOOKING_MAIL: &str = "update doctors set booking_mail = $2 where person_id = $1";
        tx.execute(self.sql, (self.user, self.wanted)).await?;
        if let Some(booking_mail) = self.booking_mail {
            tx.execute(BOOKING_MAIL, (self.user, booking_mail)).await?;
        }
        Ok(())
    }
}

/// Whether this doctor wants the day's appointments by mail.
pub(super) async fn daily_agenda_is_on(conn: &mut Conn<'_>, doctor: PersonId) -> Result<bool, Error> {
    const SQL: &str = "select daily_agenda from persons where id = $1";
    conn.fetch_value(SQL, (doctor,)).await
}
