//! The files of an export about people: their records, who acts for whom, the waiting list, questions.

use super::tables::{
    Kind::{Date, Id, Moment, Number, Text, YesNo},
    Table,
};

/// They follow those of [`super::tables::TABLES`]. The fields of a record that no import reads are in a file of their own.
pub(super) static PEOPLE: [Table; 10] = [
    Table {
        name: "patient_records",
        columns: &[
            ("id", Id),
            ("call_name", Text),
            ("birth_date", Date),
            ("phone_with_country", Text),
            ("clinic_number", Text),
            ("language", Text),
            ("access_needs", Text),
            ("desk_notes", Text),
            ("version", Number),
        ],
        sql: "select id, call_name, birth_date, phone_e164, clinic_number, language, access_needs, desk_notes, version
            from persons where role = 'patient' order by id",
    },
    Table {
        name: "record_changes",
        columns: &[
            ("id", Id),
            ("patient_id", Id),
            ("at", Moment),
            ("actor_id", Id),
            ("field", Text),
            ("before", Text),
            ("after", Text),
        ],
        sql: "select id, person_id, at, actor_id, field, before, after from person_changes order by at, id",
    },
    Table {
        name: "record_merges",
        columns: &[
            ("id", Id),
            ("kept_id", Id),
            ("merged_id", Id),
            ("at", Moment),
            ("actor_id", Id),
            ("undone_at", Moment),
        ],
        sql: "select id, kept_id, merged_id, at, actor_id, undone_at from person_merges order by at, id",
    },
    Table {
        name: "record_merge_fields",
        columns: &[("merge_id", Id), ("patient_id", Id), ("field", Text), ("before", Text), ("after", Text)],
        sql: "select merge_id, person_id, field, before, after from person_merge_fields
            order by merge_id, person_id, field",
    },
    Table {
        name: "record_match_candidates",
        columns: &[
            ("id", Id),
            ("patient_id", Id),
            ("other_id", Id),
            ("reason", Text),
            ("at", Moment),
            ("decided_at", Moment),
            ("decided_by", Id),
            ("same", YesNo),
        ],
        sql: "select id, person_id, other_id, reason, at, decided_at, decided_by, same from match_candidates
            order by at, id",
    },
    Table {
        name: "care_grants",
        columns: &[
            ("id", Id),
            ("patient_id", Id),
            ("account_id", Id),
            ("invited_email", Text),
            ("kind", Text),
            ("scope", Text),
            ("valid_until", Moment),
            ("granted_by", Id),
            ("reason", Text),
            ("created_at", Moment),
            ("accepted_at", Moment),
            ("revoked_at", Moment),
            ("revoked_by", Id),
        ],
        sql:
            "select id, person_id, account_id, invited_email, kind, scope, valid_until, granted_by, reason, created_at,
                accepted_at, revoked_at, revoked_by
            from care_grants order by created_at, id",
    },
    Table {
        name: "waiting_list",
        columns: &[
            ("id", Id),
            ("patient_id", Id),
            ("account_id", Id),
            ("doctor_id", Id),
            ("visit_type_id", Id),
            ("specialty_id", Id),
            ("location_id", Id),
            ("weekdays", Number),
            ("day_parts", Number),
            ("earliest_date", Date),
            ("latest_date", Date),
            ("notice_minutes", Number),
            ("appointment_id", Id),
            ("created_at", Moment),
            ("ended_at", Moment),
            ("end_reason", Text),
        ],
        sql:
            "select id, person_id, account_id, doctor_id, visit_type_id, specialty_id, location_id, weekdays, day_parts,
                earliest_date, latest_date, notice_minutes, appointment_id, created_at, ended_at, end_reason
            from waiting_entries order by created_at, id",
    },
    Table {
        name: "waiting_list_offers",
        columns: &[
            ("id", Id),
            ("waiting_list_id", Id),
            ("doctor_id", Id),
            ("start", Moment),
            ("made_at", Moment),
            ("until", Moment),
            ("outcome", Text),
            ("outcome_at", Moment),
            ("appointment_id", Id),
        ],
        sql: "select id, entry_id, doctor_id, starts_at, made_at, until_at, outcome, outcome_at, appointment_id
            from offers order by made_at, id",
    },
    Table {
        name: "questions",
        columns: &[("visit_type_id", Id), ("version", Number), ("questions", Text), ("created_at", Moment)],
        sql: "select visit_type_id, version, list, created_at from questions order by visit_type_id, version",
    },
    Table {
        name: "calendar_colleagues",
        columns: &[("id", Id), ("doctor_id", Id), ("colleague_id", Id), ("created_at", Moment), ("ended_at", Moment)],
        sql: "select id, doctor_id, colleague_id, created_at, ended_at from calendar_colleagues order by created_at, id",
    },
];

/// What is stored encrypted, and is written as people read it.
pub(super) const ANSWERS: Table = Table {
    name: "answers",
    columns: &[
        ("appointment_id", Id),
        ("reference", Text),
        ("visit_type_id", Id),
        ("questions_version", Number),
        ("answered_at", Moment),
        ("question", Text),
        ("answer", Text),
        ("readable", YesNo),
    ],
    sql: "",
};

/// The list of the files that patients and doctors sent along; those that can be opened are in the folder of this name.
pub(super) const PAPERS: Table = Table {
    name: "papers",
    columns: &[
        ("id", Id),
        ("reference", Text),
        ("patient_id", Id),
        ("added_by", Id),
        ("added_role", Text),
        ("name", Text),
        ("kind", Text),
        ("bytes", Number),
        ("state", Text),
        ("added_at", Moment),
        ("ended_at", Moment),
        ("file", Text),
    ],
    sql: "",
};

/// Tables of the database that are in no file, and why. Every other one is.
#[cfg(test)]
pub(super) const LEFT_OUT: [(&str, &str); 32] = [
    ("sessions", "a secret: who is signed in now"),
    ("refresh_tokens", "a secret of programs"),
    ("signing_keys", "a secret of this server"),
    ("sign_in_failures", "of this server, for a short time"),
    ("sign_in_networks", "of this server, for a short time"),
    ("invitations", "links that work here alone; who accepted one is among the accounts"),
    ("mail_links", "links that work here alone"),
    ("calendar_feeds", "addresses that work here alone"),
    ("api_tokens", "a secret of programs"),
    ("idempotency_keys", "of this server, for a day"),
    ("appointment_counts", "counted from the appointments"),
    ("appointment_counts_state", "counted from the appointments"),
    ("seals", "a proof about the rows of this database"),
    ("sealed_records", "a proof about the rows of this database"),
    ("address_counts", "of this server, for a short time"),
    ("data_keys", "a secret: what it encrypts is written as people read it"),
    ("appointment_answers", "written as people read it: answers"),
    ("papers", "written as people read it: papers, with a folder"),
    ("person_words", "made from the records, for the search"),
    ("person_merge_rows", "what an undo needs, for a day"),
    ("series_drafts", "forms that failed, for a day"),
    ("second_factors", "a secret: how a person proves who they are"),
    ("recovery_codes", "a secret: how a person proves who they are"),
    ("trusted_browsers", "a secret of browsers"),
    ("passkeys", "how a person proves who they are, to this website alone"),
    ("passkey_challenges", "of this server, for five minutes"),
    ("directory_identities", "how a person proves who they are, by the clinic's directory"),
    ("second_factor_rule", "a setting of this server"),
    ("second_factor_grace", "of this server, for a short time"),
    ("data_exports", "copies of what is in the other files, for a week"),
    ("registrations", "who has not finished, for three days"),
    ("closed_persons", "of this server, until a closed record is erased"),
];
