//! What `docslot export` writes: one file per table, each with its columns. Passwords, tokens, keys and the addresses of
//! video calls stay here.

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Text,
    Number,
    YesNo,
    Moment,
    Date,
}

use Kind::{Date, Id, Moment, Number, Text, YesNo};

/// A file.
pub(super) struct Table {
    pub name: &'static str,
    /// In the order of the statement.
    pub columns: &'static [(&'static str, Kind)],
    pub sql: &'static str,
}

/// Every file, in the order in which they are written. Patients, doctors and appointments have the columns that
/// `docslot import` reads.
pub(super) static TABLES: [Table; 20] = [
    Table {
        name: "patients",
        columns: &[
            ("id", Id),
            ("name", Text),
            ("email", Text),
            ("phone", Text),
            ("status", Text),
            ("reminders", YesNo),
            ("created_at", Moment),
        ],
        sql: "select id, display_name, coalesce(email, ''), phone, status, reminders,
                created_at
            from persons where role = 'patient' order by id",
    },
    Table {
        name: "accounts_of_doctors_and_staff",
        columns: &[
            ("id", Id),
            ("name", Text),
            ("email", Text),
            ("phone", Text),
            ("role", Text),
            ("status", Text),
            ("created_at", Moment),
        ],
        sql: "select id, display_name, email, phone, role, status, created_at from persons where role <> 'patient'
            order by id",
    },
    Table {
        name: "doctors",
        columns: &[
            ("id", Id),
            ("name", Text),
            ("title", Text),
            ("registration_number", Text),
            ("about", Text),
            ("specialties", Text),
            ("languages", Text),
            ("accepts_new_patients", YesNo),
            ("status", Text),
            ("slug", Text),
            ("account_id", Id),
            ("approval", Text),
        ],
        sql: "select d.id, d.name, d.designation, d.registration_number, d.about,
                (select string_agg(s.name, '; ' order by ds.position) from doctor_specialties ds
                    join specialties s on s.id = ds.specialty_id where ds.doctor_id = d.id),
                (select string_agg(l.language, '; ' order by l.language) from doctor_languages l
                    where l.doctor_id = d.id),
                d.accepts_new_patients, d.status, d.slug, d.person_id, d.approval
            from doctors d order by d.id",
    },
    Table {
        name: "specialties",
        columns: &[("id", Id), ("slug", Text), ("name", Text), ("other_words", Text)],
        sql: "select id, slug, name, other_words from specialties order by id",
    },
    Table {
        name: "locations",
        columns: &[("id", Id), ("name", Text), ("address", Text), ("phone", Text), ("time_zone", Text)],
        sql: "select id, name, address, phone, time_zone from locations order by id",
    },
    Table {
        name: "visit_types",
        columns: &[
            ("id", Id),
            ("doctor_id", Id),
            ("name", Text),
            ("position", Number),
            ("mode", Text),
            ("minutes", Number),
            ("buffer_before_minutes", Number),
            ("buffer_after_minutes", Number),
            ("step_minutes", Number),
            ("notice_minutes", Number),
            ("horizon_days", Number),
            ("daily_cap", Number),
            ("audience", Text),
            ("needs_approval", YesNo),
            ("cutoff_minutes", Number),
            ("late_cancel", Text),
            ("instructions", Text),
            ("active", YesNo),
            ("most_at_once", Number),
            ("resource_kind_id", Id),
        ],
        sql: "select id, doctor_id, name, position, mode, minutes, buffer_before_minutes, buffer_after_minutes,
                step_minutes, notice_minutes, horizon_days, daily_cap, audience, needs_approval, cutoff_minutes,
                late_cancel, instructions, active, most_at_once, resource_kind_id
            from visit_types order by doctor_id, position",
    },
    Table {
        name: "weekly_hours",
        columns: &[
            ("id", Id),
            ("doctor_id", Id),
            ("location_id", Id),
            ("weekday", Number),
            ("start_minute", Number),
            ("end_minute", Number),
            ("valid_from", Date),
            ("valid_until", Date),
            ("every_weeks", Number),
            ("month_week", Text),
            ("visit_type_id", Id),
        ],
        sql:
            "select id, doctor_id, location_id, weekday, start_minute, end_minute, valid_from, valid_until, every_weeks,
                month_week, visit_type_id
            from weekly_hours order by doctor_id, weekday, start_minute",
    },
    Table {
        name: "overrides",
        columns: &[
            ("id", Id),
            ("doctor_id", Id),
            ("date", Date),
            ("kind", Text),
            ("location_id", Id),
            ("start_minute", Number),
            ("end_minute", Number),
        ],
        sql: "select id, doctor_id, local_date, kind, location_id, start_minute, end_minute from overrides
            order by doctor_id, local_date",
    },
    Table {
        name: "time_off",
        columns: &[("id", Id), ("doctor_id", Id), ("start", Moment), ("end", Moment), ("private_reason", Text)],
        sql: "select id, doctor_id, starts_at, ends_at, private_reason from time_off order by doctor_id, ends_at",
    },
    Table {
        name: "closures",
        columns: &[("id", Id), ("location_id", Id), ("first_date", Date), ("last_date", Date), ("reason", Text)],
        sql: "select id, location_id, first_date, last_date, reason from closures order by location_id, last_date",
    },
    APPOINTMENTS,
    Table {
        name: "appointment_history",
        columns: &[
            ("appointment_id", Id),
            ("version", Number),
            ("at", Moment),
            ("actor_id", Id),
            ("actor_role", Text),
            ("action", Text),
            ("from_status", Text),
            ("to_status", Text),
            ("reason_code", Text),
        ],
        sql: "select appointment_id, version, at, actor_id, actor_role, action, from_status, to_status, reason_code
            from appointment_events order by appointment_id, version",
    },
    Table {
        name: "messages",
        columns: &[
            ("id", Id),
            ("kind", Text),
            ("to_account_id", Id),
            ("invitation_id", Id),
            ("appointments", Text),
            ("due_at", Moment),
            ("state", Text),
            ("attempts", Number),
            ("last_error", Text),
            ("created_at", Moment),
            ("updated_at", Moment),
        ],
        sql: "select id, kind, person_id, invitation_id, appointments, due_at, state, attempts, last_error, created_at,
                updated_at
            from outbox order by created_at",
    },
    Table {
        name: "settings",
        columns: &[
            ("name", Text),
            ("phone", Text),
            ("emergency_line", Text),
            ("approve_doctors", YesNo),
            ("request_hours", Number),
            ("cutoff_minutes", Number),
        ],
        sql: "select name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes from clinic_settings",
    },
    Table { name: "time_zone", columns: &[("time_zone", Text)], sql: "select time_zone from clinic_zone" },
    Table {
        name: "audit_log",
        columns: &[
            ("id", Id),
            ("at", Moment),
            ("actor_id", Id),
            ("actor_role", Text),
            ("action", Text),
            ("subject_kind", Text),
            ("subject_id", Id),
            ("details", Text),
        ],
        sql: "select id, at, actor_id, actor_role, action, subject_kind, subject_id, details from audit_entries
            order by at",
    },
    Table {
        name: "appointments_booked_together",
        columns: &[("series_id", Id), ("kind", Text), ("position", Number), ("appointment_id", Id)],
        sql: "select m.series_id, s.kind, m.position, m.appointment_id from series_members m
            join appointment_series s on s.id = m.series_id order by m.series_id, m.position",
    },
    Table {
        name: "kinds_of_rooms_and_devices",
        columns: &[("id", Id), ("name", Text)],
        sql: "select id, name from resource_kinds order by name",
    },
    Table {
        name: "rooms_and_devices",
        columns: &[("id", Id), ("kind_id", Id), ("location_id", Id), ("name", Text), ("out_of_use_from", Date)],
        sql: "select id, kind_id, location_id, name, out_of_use_from from resources order by location_id, name",
    },
    Table {
        name: "imported_rows",
        columns: &[("kind", Text), ("source", Text), ("external_id", Text), ("our_id", Id), ("at", Moment)],
        sql: "select kind, source, external_id, our_id, at from imported_rows order by kind, source, external_id",
    },
];

const APPOINTMENTS: Table = Table {
    name: "appointments",
    columns: &[
        ("id", Id),
        ("reference", Text),
        ("chain_position", Number),
        ("doctor", Id),
        ("patient_id", Id),
        ("visit_type", Text),
        ("mode", Text),
        ("location", Text),
        ("start", Moment),
        ("end", Moment),
        ("time_zone", Text),
        ("status", Text),
        ("version", Number),
        ("reason", Text),
        ("contact_phone", Text),
        ("overbook", YesNo),
        ("override_reason", Text),
        ("cancelled_by", Text),
        ("cancel_reason", Text),
        ("cancelled_late", YesNo),
        ("rescheduled_from", Id),
        ("rescheduled_to", Id),
        ("resource_id", Id),
        ("booked_at", Moment),
        ("updated_at", Moment),
    ],
    sql: "select a.id, a.reference, a.chain_position, a.doctor_id, a.patient_id, t.visit_type_name, t.mode,
            t.location_name, a.starts_at, a.ends_at, t.time_zone, a.status, a.version, a.reason, a.contact_phone,
            a.overbook, a.override_reason, a.cancelled_by, a.cancel_reason, a.cancelled_late, a.rescheduled_from,
            a.rescheduled_to, a.resource_id, a.created_at, a.updated_at
        from appointments a join appointment_terms t on t.id = a.terms_id order by a.starts_at",
};
