//! Making two records one, as staff see it before, and undoing it.

use uuid::Uuid;

use crate::{
    accounts::{
        Role,
        model::record::{RECORD_FIELDS, RecordValues},
        server::{
            people_search::Among,
            person_merge::{self, Merge},
            person_record::{ChangedBy, StoredRecord, differing, stored},
        },
    },
    booking::server::front_desk::patients,
    clinic::server::clinic_zone,
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::{MergeId, PersonId},
    patients::model::{MergeForm, MergePage, MergePlan, MergeSide},
    state::AppState,
    text::line,
    time::server::LocalDate,
    web::request::Actor,
};

/// The page on which the other record is searched for, and then what making both one would do.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn page(app: &AppState, id: PersonId, with: &str, query: &str) -> Result<MergePage, AppError> {
    let (query, country) = (line(query), app.settings.clinic.phone_country());
    let mut reader = app.db.read().await?;
    let read = async |conn: &mut Conn<'_>| -> Result<MergePage, Error> {
        let one = patient(conn, id).await?;
        let name = one.values.name.clone();
        if with.is_empty() {
            let found = if query.is_empty() {
                None
            } else {
                Some(patients::find(conn, Among::Patients, &query, country).await?)
            };
            let found = found.map(|found| found.into_iter().filter(|other| other.id != id).collect());
            return Ok(MergePage { id, name, query: query.clone(), found, plan: None });
        }
        let other: PersonId = with.parse().map_err(|_| AppError::NotFound)?;
        if other == id {
            return Err(AppError::NotFound.into());
        }
        let other = patient(conn, other).await?;
        let plan = Some(plan(conn, one, other, app).await?);
        Ok(MergePage { id, name, query: query.clone(), found: None, plan })
    };
    Ok(read(&mut reader.conn()).await?)
}

/// A patient's record that is not a part of another one.
async fn patient(conn: &mut Conn<'_>, id: PersonId) -> Result<StoredRecord, Error> {
    let record = stored(conn, id).await?;
    if record.role == Role::Patient && !record.merged && !record.closed {
        Ok(record)
    } else {
        Err(AppError::NotFound.into())
    }
}

async fn plan(conn: &mut Conn<'_>, one: StoredRecord, other: StoredRecord, app: &AppState) -> Result<MergePlan, Error> {
    const COMING: &str = "select count(*) from appointments where patient_id = $1 and status <> 'held'";
    let two_accounts = one.has_account && other.has_account;
    let (kept, merged) = if other.has_account { (other, one) } else { (one, other) };
    let now = app.clock.now();
    let zone = clinic_zone(conn).await?;
    let overlaps = person_merge::overlaps(conn, kept.id, merged.id).await?;
    let appointments: i64 = conn.fetch_value(COMING, (merged.id,)).await?;
    let fields = differing(&kept.values, &merged.values).into_iter();
    // an account keeps the address with which its owner signs in
    let fields = fields.filter(|field| !(kept.has_account && *field == "email"));
    Ok(MergePlan {
        differing: fields.map(str::to_owned).collect(),
        appointments: u32::try_from(appointments).unwrap_or(u32::MAX),
        two_accounts,
        overlaps: overlaps.into_iter().map(|at| zone.moment_words(at, now)).collect(),
        kept: side(kept),
        merged: side(merged),
    })
}

fn side(record: StoredRecord) -> MergeSide {
    let StoredRecord { id, version, values, has_account, .. } = record;
    let born = values.birth_date.parse().map(LocalDate::plain_words);
    MergeSide { id, version, birth_date: born.unwrap_or_default(), values, has_account }
}

/// Makes two records one, each given with the version that was shown.
///
/// # Errors
/// As [`person_merge::merge`].
pub async fn merge(
    app: &AppState,
    staff: Actor,
    kept: (PersonId, i32),
    merged: (PersonId, i32),
    form: &MergeForm,
) -> Result<(), AppError> {
    let by = by(app, staff);
    let unit = MergeRecords { staff, kept, merged, form: form.clone(), by };
    app.db.write(unit).await.map_err(|error| match error.violation() {
        // another appointment was booked meanwhile, or a hold stands in the way
        Some(Violation::PatientOverlap) => {
            AppError::PatientBusy { own: false, with: String::new(), nearest: Vec::new() }
        }
        _ => error.into(),
    })
}

fn by(app: &AppState, staff: Actor) -> ChangedBy {
    ChangedBy { actor: Some(staff.user), now: app.clock.now(), country: app.settings.clinic.phone_country() }
}

/// Makes two records one, with the values that staff chose.
struct MergeRecords {
    staff: Actor,
    kept: (PersonId, i32),
    merged: (PersonId, i32),
    form: MergeForm,
    by: ChangedBy,
}

impl WriteUnit for MergeRecords {
    const NAME: &'static str = "merge_patients";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (kept, merged) = (stored(tx, self.kept.0).await?, stored(tx, self.merged.0).await?);
        let mut values = RecordValues::default();
        for (field, _) in RECORD_FIELDS {
            let from = if self.form.takes(field) { &merged } else { &kept };
            values.set(field, from.values.get(field).to_owned());
        }
        let (kept, kept_version) = self.kept;
        let (merged, merged_version) = self.merged;
        let merge = Merge { kept, kept_version, merged, merged_version, values };
        person_merge::merge(tx, &merge, self.staff.into(), self.by).await.map(|_| ())
    }
}

/// Makes two records of one again.
///
/// # Errors
/// As [`person_merge::undo`].
pub async fn undo(app: &AppState, staff: Actor, kept: PersonId, merge: MergeId) -> Result<(), AppError> {
    let by = by(app, staff);
    Ok(app.db.write(UndoMerge { staff, kept, merge: merge.0, by }).await?)
}

/// Makes two records of one again.
struct UndoMerge {
    staff: Actor,
    kept: PersonId,
    merge: Uuid,
    by: ChangedBy,
}

impl WriteUnit for UndoMerge {
    const NAME: &'static str = "undo_merge";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        stored(tx, self.kept).await?;
        person_merge::undo(tx, self.kept, self.merge, self.staff.into(), self.by).await
    }
}
