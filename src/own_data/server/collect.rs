//! Everything that the clinic keeps of one person.
//!
//! What is in the copy, and what is left out, stands in docs/OWN-DATA.md; a test compares the names of the fields. It
//! names nobody but the person and the doctors of their appointments: whoever else did something is told by role.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{access_log::lines, node::Node};
use crate::{
    accounts::{
        model::{
            care::{CareKind, CareScope},
            record::RECORD_FIELDS,
        },
        server::person_record::{self, StoredRecord},
    },
    booking::{
        ActorRole,
        server::own_copy::{OwnAppointment, by_words, own_calendar_file, own_copy},
        waiting::EntryEnd,
    },
    clinic::server::clinic_zone,
    db::{Conn, Error},
    ids::{PaperId, PersonId},
    notifications::model::{Kind, State},
    papers::server::{OwnPaper, own_papers},
    state::AppState,
    time::{Timestamp, server::LocalDate},
};

/// What the desk writes for itself, which no copy and no page shows to the person.
const FOR_THE_DESK: &str = "desk_notes";

/// The copy in its three forms, and the files that go into the archive with it.
pub(super) struct Collected {
    pub tree: Node,
    pub calendar: String,
    pub papers: Vec<(PaperId, String)>,
}

/// Reads everything about a person.
pub(super) async fn collect(
    conn: &mut Conn<'_>,
    app: &AppState,
    person: PersonId,
    now: Timestamp,
) -> Result<Collected, Error> {
    let clinic = app.clinic.now().await;
    let record = person_record::stored(conn, person).await?;
    let appointments = own_copy(conn, app, person).await?;
    let papers = own_papers(conn, &app.data_keys, person).await?;
    let names: HashMap<PaperId, String> =
        papers.iter().enumerate().filter_map(|(at, paper)| Some((paper.id, place(at + 1, paper)?))).collect();
    let calendar = own_calendar_file(conn, app, &clinic, &appointments).await?;
    let listed = appointments.iter().map(appointment).collect();
    let zone = clinic_zone(conn).await?;
    let tree = Node::Record(vec![
        ("format", Node::text("docslot own data 1")),
        ("clinic", Node::text(clinic.name.clone())),
        ("clinic_time_zone", Node::text(zone.name())),
        ("made_at", Node::Moment(now)),
        ("person", about(conn, person, &record).await?),
        ("appointments", Node::List(listed)),
        ("papers", Node::List(papers.iter().map(|paper| kept_paper(paper, names.get(&paper.id))).collect())),
        ("waiting_list", waiting(conn, person).await?),
        ("messages", messages(conn, person).await?),
        ("care", care(conn, person).await?),
        ("changes_of_the_record", changes(conn, person).await?),
        ("sign_ins", sessions(conn, person).await?),
        ("passkeys", passkeys(conn, person).await?),
        ("directory", directory(conn, person).await?),
        ("programs", programs(conn, person).await?),
        ("calendars", calendars(conn, person).await?),
        ("copies", copies(conn, person).await?),
        ("looked_at_or_changed", looked_at(conn, app, person).await?),
    ]);
    let papers = papers.iter().filter_map(|paper| Some((paper.id, names.get(&paper.id)?.clone()))).collect();
    Ok(Collected { tree, calendar, papers })
}

/// Where a file is in the archive: numbered, and named in letters that every system takes. None for one that is gone.
fn place(number: usize, paper: &OwnPaper) -> Option<String> {
    let name = paper.name.as_ref()?;
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let plain: String = stem.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).take(60).collect();
    let extension = match paper.kind.label() {
        "JPEG" => "jpg".to_owned(),
        other => other.to_lowercase(),
    };
    Some(format!("papers/{number:03}-{plain}.{extension}"))
}

#[derive(FromRow)]
struct AccountRow {
    created_at: Timestamp,
    email_verified_at: Option<Timestamp>,
    pending_email: Option<String>,
    mail_failed_at: Option<Timestamp>,
    reminders: bool,
}

async fn about(conn: &mut Conn<'_>, person: PersonId, record: &StoredRecord) -> Result<Node, Error> {
    const SQL: &str = "select created_at, email_verified_at, pending_email, mail_failed_at, reminders
        from persons where id = $1";
    let row: AccountRow = conn.fetch_one(SQL, (person,)).await?;
    let mut fields =
        vec![("id", Node::text(person.to_string())), ("role", Node::text(ActorRole::from(record.role).into_str()))];
    for (field, _) in RECORD_FIELDS.into_iter().filter(|(field, _)| *field != FOR_THE_DESK) {
        fields.push((field, Node::text(record.values.get(field))));
    }
    fields.extend([
        ("has_account", Node::Flag(record.has_account)),
        ("known_since_at", Node::Moment(row.created_at)),
        ("email_confirmed_at", Node::moment(row.email_verified_at)),
        ("email_asked_for", Node::from(row.pending_email)),
        ("email_refused_since_at", Node::moment(row.mail_failed_at)),
        ("wants_reminders", Node::Flag(row.reminders)),
    ]);
    Ok(Node::Record(fields))
}

fn appointment(own: &OwnAppointment) -> Node {
    let row = &own.row;
    let history = own.history.iter().map(|event| {
        Node::Record(vec![
            ("at", Node::Moment(event.at)),
            ("by", Node::text(event.by)),
            ("action", Node::text(<&str>::from(event.action))),
            ("status", Node::text(<&str>::from(event.status))),
        ])
    });
    let answers = match &own.answers {
        None => Node::text("cannot be read"),
        Some(answers) => {
            let one = |answered: &crate::booking::Answered| {
                Node::Record(vec![
                    ("question", Node::text(answered.question.clone())),
                    ("answer", Node::text(answered.answer.clone())),
                ])
            };
            Node::List(answers.iter().map(one).collect())
        }
    };
    Node::Record(vec![
        ("reference", Node::text(row.reference.clone())),
        ("starts_at", Node::Moment(row.starts_at)),
        ("ends_at", Node::Moment(row.ends_at)),
        ("time_zone", Node::text(row.time_zone.clone())),
        ("on_the_clock_there", Node::text(row.local_start.replace('T', " "))),
        ("status", Node::text(<&str>::from(row.status))),
        ("doctor", Node::text(row.doctor_name.clone())),
        ("visit_type", Node::text(row.visit_type_name.clone())),
        ("mode", Node::text(<&str>::from(row.mode))),
        ("location", Node::text(row.location_name.clone())),
        ("location_address", Node::text(row.location_address.clone())),
        ("location_phone", Node::text(row.location_phone.clone())),
        ("instructions", Node::text(row.instructions.clone())),
        ("reason", Node::text(own.reason.clone())),
        ("contact_phone", Node::text(row.contact_phone.clone())),
        ("answers", answers),
        ("cancelled_by", row.cancelled_by.map(<&str>::from).into()),
        ("cancel_reason", row.cancel_reason.map(<&str>::from).into()),
        ("cancelled_late", Node::Flag(row.cancelled_late)),
        ("history", Node::List(history.collect())),
    ])
}

fn kept_paper(paper: &OwnPaper, place: Option<&String>) -> Node {
    Node::Record(vec![
        ("appointment", Node::text(paper.reference.clone())),
        ("name", paper.name.clone().into()),
        ("kind", Node::text(paper.kind.label())),
        ("bytes", Node::Number(paper.bytes.into())),
        ("state", Node::text(<&str>::from(paper.state))),
        ("sent_at", Node::Moment(paper.added_at)),
        ("by", Node::text(paper.by)),
        ("file", place.cloned().into()),
    ])
}

#[derive(FromRow)]
struct WaitingRow {
    doctor: Option<String>,
    visit_type: Option<String>,
    specialty: Option<String>,
    location: Option<String>,
    earliest_date: LocalDate,
    latest_date: LocalDate,
    created_at: Timestamp,
    ended_at: Option<Timestamp>,
    end_reason: Option<EntryEnd>,
    offers: i64,
}

async fn waiting(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select d.name as doctor, v.name as visit_type, s.name as specialty, l.name as location,
            e.earliest_date, e.latest_date, e.created_at, e.ended_at, e.end_reason,
            (select count(*) from offers o where o.entry_id = e.id) as offers
        from waiting_entries e
        left join doctors d on d.id = e.doctor_id left join visit_types v on v.id = e.visit_type_id
        left join specialties s on s.id = e.specialty_id left join locations l on l.id = e.location_id
        where e.person_id = $1 order by e.created_at, e.id";
    let rows: Vec<WaitingRow> = conn.fetch_all(SQL, (person,)).await?;
    let one = |row: WaitingRow| {
        Node::Record(vec![
            ("doctor", row.doctor.into()),
            ("visit_type", row.visit_type.into()),
            ("specialty", row.specialty.into()),
            ("location", row.location.into()),
            ("earliest", Node::text(row.earliest_date.to_string())),
            ("latest", Node::text(row.latest_date.to_string())),
            ("since_at", Node::Moment(row.created_at)),
            ("times_offered", Node::Number(row.offers)),
            ("ended_at", Node::moment(row.ended_at)),
            ("why_ended", row.end_reason.map(<&str>::from).into()),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn messages(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select kind, state, created_at from outbox where person_id = $1 order by created_at, id";
    let rows: Vec<(Kind, State, Timestamp)> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(kind, state, at): (Kind, State, Timestamp)| {
        Node::Record(vec![
            ("what", Node::text(kind.label())),
            ("at", Node::Moment(at)),
            ("state", Node::text(<&str>::from(state))),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

/// Who may act for the person and for whom they may act, without saying who that is.
async fn care(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select person_id = $1, kind, scope, accepted_at, valid_until, revoked_at from care_grants
        where (person_id = $1 or account_id = $1) and person_id is not null and account_id is not null
        order by created_at, id";
    type Row = (bool, CareKind, CareScope, Option<Timestamp>, Option<Timestamp>, Option<Timestamp>);
    let rows: Vec<Row> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(for_person, kind, scope, accepted, until, ended): Row| {
        let direction = if for_person { "another person acts for you" } else { "you act for another person" };
        Node::Record(vec![
            ("direction", Node::text(direction)),
            ("as", Node::text(<&str>::from(kind))),
            ("may", Node::text(scope.label())),
            ("since_at", Node::moment(accepted)),
            ("until_at", Node::moment(until)),
            ("ended_at", Node::moment(ended)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn changes(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select c.at, c.actor_id, p.role, c.field, c.before, c.after from person_changes c
        left join persons p on p.id = c.actor_id where c.person_id = $1 and c.field <> $2 order by c.at, c.id";
    type Row = (Timestamp, Option<PersonId>, Option<ActorRole>, String, String, String);
    let rows: Vec<Row> = conn.fetch_all(SQL, (person, FOR_THE_DESK)).await?;
    let one = |(at, actor, role, field, before, after): Row| {
        let by = by_words(role.unwrap_or(ActorRole::System), actor == Some(person));
        Node::Record(vec![
            ("at", Node::Moment(at)),
            ("by", Node::text(by)),
            ("field", Node::text(field)),
            ("before", Node::text(before)),
            ("after", Node::text(after)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn sessions(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select created_at, expires_at, revoked_at, device from sessions where person_id = $1
        order by created_at, id";
    type Row = (Timestamp, Timestamp, Option<Timestamp>, String);
    let rows: Vec<Row> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(begun, until, ended, device): Row| {
        Node::Record(vec![
            ("at", Node::Moment(begun)),
            ("until_at", Node::Moment(until)),
            ("ended_at", Node::moment(ended)),
            ("browser", Node::text(device)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn passkeys(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str =
        "select name, created_at, last_used_at from passkeys where person_id = $1 order by created_at, id";
    let rows: Vec<(String, Timestamp, Option<Timestamp>)> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(name, added, used): (String, Timestamp, Option<Timestamp>)| {
        Node::Record(vec![
            ("name", Node::text(name)),
            ("added_at", Node::Moment(added)),
            ("last_used_at", Node::moment(used)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn directory(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str =
        "select issuer, subject, linked_at from directory_identities where person_id = $1 order by issuer";
    let rows: Vec<(String, String, Timestamp)> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(issuer, subject, linked): (String, String, Timestamp)| {
        Node::Record(vec![
            ("issuer", Node::text(issuer)),
            ("subject", Node::text(subject)),
            ("linked_at", Node::Moment(linked)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn programs(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select name, scopes, created_at, last_used_at, revoked_at from api_tokens where person_id = $1
        order by created_at, id";
    type Row = (String, String, Timestamp, Option<Timestamp>, Option<Timestamp>);
    let rows: Vec<Row> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(name, scopes, made, used, revoked): Row| {
        Node::Record(vec![
            ("name", Node::text(name)),
            ("may", Node::text(scopes)),
            ("made_at", Node::Moment(made)),
            ("last_used_at", Node::moment(used)),
            ("revoked_at", Node::moment(revoked)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn calendars(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select created_at, last_read_at, revoked_at from calendar_feeds where person_id = $1
        order by created_at, id";
    let rows: Vec<(Timestamp, Option<Timestamp>, Option<Timestamp>)> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(made, read, revoked): (Timestamp, Option<Timestamp>, Option<Timestamp>)| {
        Node::Record(vec![
            ("made_at", Node::Moment(made)),
            ("last_read_at", Node::moment(read)),
            ("revoked_at", Node::moment(revoked)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}

async fn looked_at(conn: &mut Conn<'_>, app: &AppState, person: PersonId) -> Result<Node, Error> {
    let names = app.settings.data.show_names;
    let all = lines(conn, person, (i64::MAX, 0)).await?;
    let one = |line: super::access_log::Line| {
        Node::Record(vec![
            ("at", Node::Moment(line.at)),
            ("by", Node::text(line.who(person, names))),
            ("what", Node::text(line.what())),
            ("appointment", Node::text(line.reference)),
        ])
    };
    Ok(Node::List(all.into_iter().map(one).collect()))
}

async fn copies(conn: &mut Conn<'_>, person: PersonId) -> Result<Node, Error> {
    const SQL: &str = "select asked_at, ready_at, ended_at from data_exports where person_id = $1
        order by asked_at, id";
    let rows: Vec<(Timestamp, Option<Timestamp>, Option<Timestamp>)> = conn.fetch_all(SQL, (person,)).await?;
    let one = |(asked, ready, ended): (Timestamp, Option<Timestamp>, Option<Timestamp>)| {
        Node::Record(vec![
            ("asked_at", Node::Moment(asked)),
            ("ready_at", Node::moment(ready)),
            ("deleted_at", Node::moment(ended)),
        ])
    };
    Ok(Node::List(rows.into_iter().map(one).collect()))
}
