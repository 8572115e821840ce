-- The whole schema for PostgreSQL. ../sqlite/0001_schema.sql is the same schema for SQLite: the same tables and columns in
-- the same order, and the same names of constraints and indexes. A change to one file is a change to both.
--
-- Contents
--   1. The clinic and its locations   clinic_settings, clinic_zone, locations, specialties
--   2. Accounts                       persons, sessions, refresh_tokens, signing_keys, sign_in_failures,
--                                     sign_in_networks, invitations, audit_entries
--   3. Doctors                        doctors, doctor_specialties, doctor_languages
--   4. Availability                   visit_types, weekly_hours, overrides, time_off, closures
--   5. Appointments                   appointment_terms, appointments, the overlap rules, appointment_events
--   6. Notifications                  outbox, mail_links, calendar_feeds
--   7. API                            api_tokens, idempotency_keys
--   8. Statistics                     appointment_counts, appointment_counts_state
--   9. Other systems                  imported_rows
--  10. Seals                          seals, sealed_records
--  11. Servers that work together     address_counts
--  12. What patients entrust          data_keys, papers
--  13. Questions                      questions, appointment_answers
--  14. Waiting list                   waiting_entries, offers
--  15. The records of patients        person_words, person_changes, person_merges, person_merge_fields,
--                                     person_merge_rows, match_candidates
--  16. Appointments booked together   appointment_series, series_members
--  17. Acting for others              care_grants
--  18. Second factor                  second_factors, recovery_codes, trusted_browsers, second_factor_rule,
--                                     second_factor_grace
--  19. Own data                       data_exports, closed_persons
--  20. Rooms and devices              resource_kinds, resources
--  21. Forms that failed              series_drafts
--  22. Passkeys                       passkeys, passkey_challenges
--  23. Registrations                  registrations
--  24. The clinic's own directory     directory_identities
--
-- How values are stored
--   ids          UUIDs (uuid)
--   moments      whole seconds (timestamptz): columns named at, ..._at or ..._until, and answer_by
--   local dates  date, as the calendar of a location shows them
--   booleans     boolean
--   codes        lower-case words joined by underscores (text), mostly with a check that lists them
--   tokens       what a person or a program holds as proof is stored as its SHA-256 alone, in a column named ..._hash
-- No delete cascades.


-- ---------------------------------------------------------------------------------------------------------------------------
-- 1. The clinic and its locations
-- ---------------------------------------------------------------------------------------------------------------------------

-- What staff decide about the clinic on its settings page. The first change makes the only row; until then the values of the
-- configuration apply.
create table clinic_settings (
    id integer not null,
    name text not null,
    phone text not null,
    emergency_line text not null,
    -- whether doctors who join wait until staff approve them
    approve_doctors boolean not null,
    -- a request that is not answered within so many hours expires
    request_hours integer not null,
    -- what a new visit type starts with
    cutoff_minutes integer not null,
    -- rises with every change
    version integer not null,
    constraint clinic_settings_pkey primary key (id),
    constraint clinic_settings_single_check check (id = 1),
    constraint clinic_settings_request_hours_check check (request_hours between 1 and 720),
    constraint clinic_settings_cutoff_check check (cutoff_minutes between 0 and 525600)
);

-- The clock by which the clinic as a whole goes, on pages and in messages about no location. The first location makes the
-- only row, and the settings page changes it; it stands apart from clinic_settings, which may not be there yet.
create table clinic_zone (
    id integer not null,
    -- IANA name, such as Europe/London
    time_zone text not null,
    constraint clinic_zone_pkey primary key (id),
    constraint clinic_zone_single_check check (id = 1)
);

-- The addresses at which the clinic sees patients.
create table locations (
    id uuid not null,
    name text not null,
    address text not null,
    phone text not null,
    -- IANA name, such as Europe/London
    time_zone text not null,
    constraint locations_pkey primary key (id),
    constraint locations_name_key unique (name)
);

-- The fields of medicine in which patients look for a doctor.
create table specialties (
    id uuid not null,
    -- how an address of the website names it
    slug text not null,
    name text not null,
    -- what patients say for it, with commas between: "heart, chest pain"; may be empty
    other_words text not null default '',
    constraint specialties_pkey primary key (id),
    constraint specialties_slug_key unique (slug)
);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 2. Accounts
-- ---------------------------------------------------------------------------------------------------------------------------

-- One function for every trigger that keeps rows as they are. The trigger's name is the message of the error.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_name using errcode = 'integrity_constraint_violation';
end
$$;

-- Everybody the clinic knows: patients, doctors and staff ('admin'). A person with a password has an account and signs in. One
-- without has none: a child, or a patient whom the clinic added.
create table persons (
    id uuid not null,
    -- as src/text/server/email.rs keeps it, which is what a sign-in compares: one line in lower case, the domain in the
    -- letters of its own script; null: none is known
    email text,
    -- when the owner opened the link that was sent to this address; null: not yet
    email_verified_at timestamptz,
    -- the address that the owner wants instead; it takes the place of email when the link sent to it is opened
    pending_email text,
    -- since when messages to email are refused; null: the last one was delivered, or none was sent
    mail_failed_at timestamptz,
    display_name text not null,
    -- what the person is called, where it is not a word of the name; may be empty
    call_name text not null default '',
    -- null: not known
    birth_date date,
    -- as the person or the desk wrote it
    phone text,
    -- the same number with its country, '+442079460100', to compare and to search; null: it has none to tell
    phone_e164 text,
    -- the number of the person's paper file, or of another system
    clinic_number text,
    -- the language in which the person wants to be spoken to; may be empty
    language text not null default '',
    -- 'wheelchair', 'needs an interpreter'; may be empty; in no log
    access_needs text not null default '',
    -- for the desk; never shown to the person; in no log
    desk_notes text not null default '',
    -- what a search finds the person by: the name in plain small letters, and the digits of the number
    search_text text not null default '#',
    role text not null,
    -- 'merged': another row is the same person, and has what was this one's
    -- 'closed': the account was closed, and the name is erased or about to be
    status text not null default 'active',
    -- argon2id in PHC text form; null: the person has no account
    password_hash text,
    -- whether the person wants reminders of appointments
    reminders boolean not null default true,
    -- doctors only: whether they want a mail with the day's appointments in the morning
    daily_agenda boolean not null default false,
    created_at timestamptz not null,
    -- rises with every change by staff
    version integer not null default 1,
    constraint persons_pkey primary key (id),
    constraint persons_role_check check (role in ('patient', 'doctor', 'receptionist', 'admin')),
    constraint persons_status_check check (status in ('active', 'suspended', 'merged', 'closed')),
    constraint persons_account_check check (password_hash is null or email is not null)
);

-- an address is that of one account; people without one may share it with others
create unique index persons_email_key on persons (email) where password_hash is not null;
-- whom an address belongs to
create index persons_email_index on persons (email);
create unique index persons_clinic_number_key on persons (clinic_number) where clinic_number is not null;

-- One row per sign-in of a browser or a program. The access token names the row, and every request reads it together with its
-- user: ending a session, suspending a person and changing a role take effect at once.
create table sessions (
    id uuid not null,
    person_id uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    -- when the password was last given
    proved_at timestamptz not null,
    -- the last use, within a minute or, where the session may rest for long, ten
    seen_at timestamptz not null,
    -- browser and system in words
    device text not null default '',
    -- hash of the person and the network of the last use; null where none was known
    network bytea,
    -- when the clinic's directory last proved who this is; null: the session began by a password or a passkey
    directory_at timestamptz,
    constraint sessions_pkey primary key (id),
    constraint sessions_person_fkey foreign key (person_id) references persons (id)
);

-- all sessions of a person end together
create index sessions_person_index on sessions (person_id);
-- devices are forgotten when the session is over
create index sessions_device_index on sessions (expires_at) where device <> '';

-- Single-use tokens that renew a session. A used token that comes back later than parallel requests could bring it was stolen
-- or copied, and ends the session.
create table refresh_tokens (
    token_hash bytea not null,
    session_id uuid not null,
    issued_at timestamptz not null,
    used_at timestamptz,
    constraint refresh_tokens_pkey primary key (token_hash),
    constraint refresh_tokens_session_fkey foreign key (session_id) references sessions (id)
);

-- the tokens of sessions that are over are deleted
create index refresh_tokens_session_index on refresh_tokens (session_id);

-- The keys that sign access tokens and encrypt short-lived cookies. The first start makes one, so there is no default secret.
-- The newest key signs; older keys verify until they are retired.
create table signing_keys (
    -- the "kid" of a token
    id text not null,
    -- a byte and the keys: 0 as they are, 1 wrapped by the machine's key (data.key_file); 32 bytes sign, until the key has
    -- ended, and 64 encrypt cookies
    secret bytea not null,
    created_at timestamptz not null,
    -- until then it signs
    retired_at timestamptz,
    constraint signing_keys_pkey primary key (id)
);

-- Wrong passwords, counted to slow down those who guess them: for each pair of account and network, device or session, for
-- each network, and for each account those of strangers.
create table sign_in_failures (
    -- SHA-256 of what is counted: the row identifies neither person nor network
    key_hash bytea not null,
    -- SHA-256 of the account's address, whose counts end with a new password; null: a network
    account_hash bytea,
    -- the count falls by one every so many seconds, and is nothing at this moment
    drains_at timestamptz not null,
    -- every attempt before this moment is refused
    blocked_until timestamptz not null,
    updated_at timestamptz not null,
    constraint sign_in_failures_pkey primary key (key_hash)
);

-- the counts of one account end together
create index sign_in_failures_account_index on sign_in_failures (account_hash);
-- the oldest counts are removed first
create index sign_in_failures_updated_index on sign_in_failures (updated_at);

-- From where accounts were signed in to: there, strangers' wrong passwords slow nobody down.
create table sign_in_networks (
    -- SHA-256 of account and network
    key_hash bytea not null,
    seen_at timestamptz not null,
    constraint sign_in_networks_pkey primary key (key_hash)
);

-- those not used for long are removed
create index sign_in_networks_seen_index on sign_in_networks (seen_at);

-- An invitation is the only way to become a doctor or staff, besides the command line.
create table invitations (
    id uuid not null,
    code_hash bytea not null,
    role text not null,
    -- trimmed and in lower case; the account that joins must have this address
    email text not null,
    -- doctors only: what the new profile starts with
    specialty_id uuid,
    location_id uuid,
    invited_by uuid not null,
    created_at timestamptz not null,
    -- sending an invitation again makes a new code, which replaces the old one
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    used_by uuid,
    revoked_at timestamptz,
    constraint invitations_pkey primary key (id),
    constraint invitations_code_key unique (code_hash),
    constraint invitations_specialty_fkey foreign key (specialty_id) references specialties (id),
    constraint invitations_location_fkey foreign key (location_id) references locations (id),
    constraint invitations_invited_by_fkey foreign key (invited_by) references persons (id),
    constraint invitations_used_by_fkey foreign key (used_by) references persons (id),
    constraint invitations_role_check check (role in ('doctor', 'receptionist', 'admin')),
    constraint invitations_used_check check ((used_at is null) = (used_by is null)),
    -- an invitation ends once: it is used or revoked
    constraint invitations_end_check check (used_at is null or revoked_at is null)
);

-- a new invitation revokes the open one of the same address
create index invitations_email_index on invitations (email);

-- The audit log: who did what to whom. Appointments have a history of their own, appointment_events. Rows are never changed
-- and never deleted.
create table audit_entries (
    id uuid not null,
    at timestamptz not null,
    -- null: the command line or the system
    actor_id uuid,
    actor_role text not null,
    -- such as 'doctor.approved'
    action text not null,
    -- 'user', 'doctor', 'invitation', 'location' and so on: what subject_id is the id of
    subject_kind text not null,
    subject_id uuid,
    -- the subject's name at that time, and what changed; no health data and no secrets
    details text not null,
    constraint audit_entries_pkey primary key (id),
    constraint audit_entries_actor_fkey foreign key (actor_id) references persons (id),
    constraint audit_entries_actor_role_check check (actor_role in ('visitor', 'patient', 'doctor', 'receptionist', 'admin', 'system'))
);

-- the log shows the newest entries first
create index audit_entries_at_index on audit_entries (at);
-- what happened to one subject, in order
create index audit_entries_subject_index on audit_entries (subject_id, at);

create trigger audit_entries_never_deleted before delete on audit_entries
for each row execute function refuse_change();

create trigger audit_entries_never_changed before update on audit_entries
for each row execute function refuse_change();

create trigger audit_entries_never_truncated before truncate on audit_entries
for each statement execute function refuse_change();


-- ---------------------------------------------------------------------------------------------------------------------------
-- 3. Doctors
-- ---------------------------------------------------------------------------------------------------------------------------

-- The profiles that patients choose from. A doctor is never deleted: past appointments keep pointing here.
create table doctors (
    id uuid not null,
    -- the account that edits the profile; null for a doctor without an account
    person_id uuid,
    -- the last part of the profile's address
    slug text not null,
    name text not null,
    -- professional title, such as Consultant cardiologist
    designation text not null,
    registration_number text not null,
    about text not null,
    accepts_new_patients boolean not null,
    -- patients find a doctor only while this is 'active'; 'deactivated' is a doctor who has left
    status text not null,
    -- who paused the doctor, staff or the doctor, and alone lifts the pause; null: not paused, or not approved yet
    paused_by text,
    -- the decision of staff; a doctor who has just joined is 'paused' and 'waiting'
    approval text not null default 'approved',
    -- why staff said no, for the doctor to read
    approval_note text not null default '',
    -- when the doctor asked to leave the clinic
    leave_requested_at timestamptz,
    -- which changes of appointments by other people the doctor's account gets a mail about at once: 'none', those within the
    -- next 48 hours ('soon'), or 'all'
    booking_mail text not null default 'none',
    -- where the doctor's video calls take place, for patient and doctor alone; empty: each call has an address of its own
    video_url text not null default '',
    -- whether the doctor lets staff read the reasons that patients write
    staff_read_reasons boolean not null default false,
    -- rises with every change of the profile, the visit types, the hours or a location; changes of appointments are found by
    -- their own updated_at instead
    schedule_version bigint not null default 1,
    constraint doctors_pkey primary key (id),
    constraint doctors_slug_key unique (slug),
    constraint doctors_person_key unique (person_id),
    constraint doctors_person_fkey foreign key (person_id) references persons (id),
    constraint doctors_status_check check (status in ('active', 'paused', 'leaving', 'deactivated')),
    constraint doctors_paused_by_check check (paused_by in ('doctor', 'admin')),
    constraint doctors_approval_check check (approval in ('waiting', 'approved', 'rejected')),
    constraint doctors_booking_mail_check check (booking_mail in ('none', 'soon', 'all'))
);

-- The specialties of a doctor.
create table doctor_specialties (
    doctor_id uuid not null,
    specialty_id uuid not null,
    -- the first one is shown on the doctor's card
    position integer not null,
    constraint doctor_specialties_pkey primary key (doctor_id, specialty_id),
    constraint doctor_specialties_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint doctor_specialties_specialty_fkey foreign key (specialty_id) references specialties (id)
);

-- The languages in which a doctor sees patients.
create table doctor_languages (
    doctor_id uuid not null,
    -- ISO 639-1
    language text not null,
    constraint doctor_languages_pkey primary key (doctor_id, language),
    constraint doctor_languages_doctor_fkey foreign key (doctor_id) references doctors (id)
);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 4. Availability: when patients can book, and what
-- ---------------------------------------------------------------------------------------------------------------------------

-- What a doctor offers, and the rules for booking it.
create table visit_types (
    id uuid not null,
    doctor_id uuid not null,
    name text not null,
    -- the order in which they are offered; the first one is shown on the doctor's card
    position integer not null,
    mode text not null,
    minutes integer not null,
    -- time around the appointment in which the doctor sees no other patient
    buffer_before_minutes integer not null,
    buffer_after_minutes integer not null,
    -- a window of the doctor's hours offers a start every so many minutes
    step_minutes integer not null,
    -- patients book at least this long ahead, and at most so many days
    notice_minutes integer not null,
    horizon_days integer not null,
    -- appointments of this type on one day; null: no limit
    daily_cap integer,
    -- which patients may book it: 'new' to the doctor, 'returning', or 'any'
    audience text not null,
    -- whether booking it makes a request, which the doctor accepts or declines
    needs_approval boolean not null,
    -- patients move or cancel until this long before the start
    cutoff_minutes integer not null,
    -- after the cut-off, 'allow' records a late cancellation, and 'deny' shows the clinic's phone number
    late_cancel text not null,
    -- what the patient should know or bring
    instructions text not null,
    -- whether patients can choose it
    active boolean not null,
    -- the version of the questions that patients are asked before such an appointment; 0: none are asked
    questions_version integer not null default 0,
    -- nobody books on the website without answers to this version of the questions or a later one; 0: there is no question that
    -- must be answered
    answers_since integer not null default 0,
    -- how many of it a patient may book at once, as a series; staff may always book one
    most_at_once integer not null default 1,
    -- an appointment uses one room or device of this kind, at its location; null: it needs none
    resource_kind_id uuid,
    constraint visit_types_pkey primary key (id),
    constraint visit_types_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint visit_types_mode_check check (mode in ('in_person', 'video', 'phone')),
    constraint visit_types_minutes_check check (minutes between 5 and 720),
    constraint visit_types_buffers_check check (buffer_before_minutes between 0 and 720 and buffer_after_minutes between 0 and 720),
    constraint visit_types_step_check check (step_minutes between 5 and 720),
    constraint visit_types_notice_check check (notice_minutes between 0 and 525600),
    constraint visit_types_horizon_check check (horizon_days between 1 and 730),
    constraint visit_types_daily_cap_check check (daily_cap is null or daily_cap > 0),
    constraint visit_types_audience_check check (audience in ('any', 'new', 'returning')),
    constraint visit_types_cutoff_check check (cutoff_minutes between 0 and 525600),
    constraint visit_types_late_cancel_check check (late_cancel in ('allow', 'deny')),
    constraint visit_types_most_at_once_check check (most_at_once between 1 and 20)
);

-- a doctor's visit types are read in their order
create index visit_types_doctor_index on visit_types (doctor_id, position);
-- whose free times depend on a kind of room or device
create index visit_types_resource_kind_index on visit_types (resource_kind_id) where resource_kind_id is not null;

-- Weekly windows on the clock of the location. A window never crosses midnight: a longer one is split in two.
create table weekly_hours (
    id uuid not null,
    doctor_id uuid not null,
    location_id uuid not null,
    -- ISO 8601: 1 is Monday, 7 is Sunday
    weekday integer not null,
    -- minutes since midnight
    start_minute integer not null,
    end_minute integer not null,
    -- the first and the last date, both included; no last date: until further notice
    valid_from date not null,
    valid_until date,
    -- 1 is every week, 2 every second week counted from the week of valid_from, and so on
    every_weeks integer not null,
    -- only on the first, second, third, fourth or last such weekday of each month; null: as every_weeks says
    month_week text,
    -- the only visit type offered in this window; null: all of them
    visit_type_id uuid,
    constraint weekly_hours_pkey primary key (id),
    constraint weekly_hours_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint weekly_hours_location_fkey foreign key (location_id) references locations (id),
    constraint weekly_hours_visit_type_fkey foreign key (visit_type_id) references visit_types (id),
    constraint weekly_hours_weekday_check check (weekday between 1 and 7),
    constraint weekly_hours_window_check check (0 <= start_minute and start_minute < end_minute and end_minute <= 1440),
    constraint weekly_hours_valid_check check (valid_until is null or valid_from <= valid_until),
    constraint weekly_hours_every_weeks_check check (every_weeks between 1 and 8),
    constraint weekly_hours_month_week_check check (month_week in ('first', 'second', 'third', 'fourth', 'last')),
    -- one rhythm at a time
    constraint weekly_hours_rhythm_check check (month_week is null or every_weeks = 1)
);

-- a doctor has few windows, and they are read together
create index weekly_hours_doctor_index on weekly_hours (doctor_id);

-- Exceptions to the weekly hours on one date. A closed day has one row without a window; a day whose hours are replaced, or
-- get more hours added, has one row per window.
create table overrides (
    id uuid not null,
    doctor_id uuid not null,
    local_date date not null,
    kind text not null,
    -- null on a closed day: at every location
    location_id uuid,
    -- minutes since midnight
    start_minute integer,
    end_minute integer,
    constraint overrides_pkey primary key (id),
    constraint overrides_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint overrides_location_fkey foreign key (location_id) references locations (id),
    constraint overrides_kind_check check (kind in ('closed', 'replace', 'add')),
    constraint overrides_window_check check (
        (kind = 'closed' and start_minute is null and end_minute is null)
        or (kind <> 'closed' and location_id is not null and start_minute is not null and end_minute is not null
            and 0 <= start_minute and start_minute < end_minute and end_minute <= 1440)
    )
);

-- the dates of a page, or those still to come
create index overrides_doctor_index on overrides (doctor_id, local_date);

-- Holidays, training, illness: nothing is offered from starts_at until ends_at.
create table time_off (
    id uuid not null,
    doctor_id uuid not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- never shown to patients
    private_reason text not null,
    constraint time_off_pkey primary key (id),
    constraint time_off_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint time_off_order_check check (starts_at < ends_at)
);

-- by the end, because readers want what is not over yet
create index time_off_doctor_index on time_off (doctor_id, ends_at);

-- Dates on which a whole location is closed, the first and the last included.
create table closures (
    id uuid not null,
    location_id uuid not null,
    first_date date not null,
    last_date date not null,
    reason text not null,
    constraint closures_pkey primary key (id),
    constraint closures_location_fkey foreign key (location_id) references locations (id),
    constraint closures_order_check check (first_date <= last_date)
);

-- by the end, because readers want what is not over yet
create index closures_location_index on closures (location_id, last_date);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 5. Appointments
--
-- The database itself keeps three promises here, whatever the program does: two occupying appointments of one doctor never
-- overlap, two occupying appointments of one patient never overlap, and nothing is ever deleted. An appointment occupies its
-- time while it is held, requested, booked or arrived. There are two exceptions: an explicit overbooking, and a request to
-- move an appointment, which may overlap that one appointment.
-- ---------------------------------------------------------------------------------------------------------------------------

-- What was agreed with an appointment besides its time, as doctor, location and visit type said it then: once for all
-- appointments with which the same was agreed. The id is a hash of the rest of the row (src/booking/server/terms.rs), so
-- that a booking names it without looking for it. Rows are never changed and never deleted.
create table appointment_terms (
    id uuid not null,
    visit_type_id uuid not null,
    location_id uuid not null,
    -- of the location
    time_zone text not null,
    doctor_name text not null,
    visit_type_name text not null,
    mode text not null,
    location_name text not null,
    location_address text not null,
    location_phone text not null,
    instructions text not null,
    needs_approval boolean not null,
    cutoff_minutes integer not null,
    late_cancel text not null,
    constraint appointment_terms_pkey primary key (id),
    constraint appointment_terms_visit_type_fkey foreign key (visit_type_id) references visit_types (id),
    constraint appointment_terms_location_fkey foreign key (location_id) references locations (id),
    constraint appointment_terms_mode_check check (mode in ('in_person', 'video', 'phone')),
    constraint appointment_terms_late_cancel_check check (late_cancel in ('allow', 'deny'))
);

create trigger appointment_terms_never_deleted before delete on appointment_terms
for each row execute function refuse_change();

create trigger appointment_terms_never_changed before update on appointment_terms
for each row execute function refuse_change();

create trigger appointment_terms_never_truncated before truncate on appointment_terms
for each statement execute function refuse_change();

-- What a clock shows that is so many seconds ahead of UTC.
create function clock_text(moment timestamptz, ahead integer) returns text language plpgsql immutable parallel safe as $$
begin
    return to_char(moment at time zone 'UTC' + ahead * interval '1 second', 'YYYY-MM-DD"T"HH24:MI');
end $$;

-- One row per appointment, from the hold on. Moving an appointment makes a new row with the same reference; the old one becomes
-- 'rescheduled'. Where the doctor has to agree, the new row is a request first, and the old one stays until it is accepted.
create table appointments (
    id uuid not null,
    -- what a patient reads out on the phone; it stays through all moves
    reference text not null,
    -- the place among the rows with this reference: 1 is the appointment as it was made, and each move adds one
    chain_position integer not null default 1,
    doctor_id uuid not null,
    -- null while a visitor who has not signed in holds the time
    patient_id uuid,
    terms_id uuid not null,
    status text not null,
    -- rises by one with every event
    version integer not null,

    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- the start as the location's clock showed it at booking, 'YYYY-MM-DDTHH:MM', and the offset that makes it so. SQLite
    -- works the text out whenever it is read; PostgreSQL 15 does so when it is written, and stores it
    local_start text not null generated always as (clock_text(starts_at, utc_offset_seconds)) stored,
    utc_offset_seconds integer not null,

    -- a hold keeps its time until then; the value stays when the hold becomes something else
    held_until timestamptz,
    hold_extensions integer not null default 0,
    -- SHA-256 of the token of the browser that made the hold
    holder_hash bytea,
    -- a request that is not answered until then expires; booked appointments have none
    answer_by timestamptz,

    -- time around the appointment in which the doctor sees no other patient, as it was agreed. It stands here and not in
    -- appointment_terms because every booking reads the doctor's busy times
    buffer_before_minutes integer not null,
    buffer_after_minutes integer not null,

    -- what the patient wants the doctor to know; never logged and never mailed
    reason text not null default '',
    contact_phone text not null default '',

    -- the clinic booked a time that is taken, on purpose: the overlap rules leave this row out
    overbook boolean not null default false,
    -- why the clinic set a rule aside, in its own words; never shown to patients
    override_reason text not null default '',
    -- of a video call: the random part of its address, where the settings make one; and its own address, if one was set.
    -- Both are known to patient and doctor alone
    video_room text not null default '',
    video_url text not null default '',

    cancelled_by text,
    cancel_reason text,
    -- the patient cancelled after the cut-off
    cancelled_late boolean not null default false,
    rescheduled_from uuid,
    rescheduled_to uuid,
    -- a request to move: the booked appointment that stays until this request is accepted, and for good when it never is;
    -- null: not such a request, or accepted
    would_replace uuid,
    -- the room or device that the appointment uses; null: none
    resource_id uuid,

    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint appointments_pkey primary key (id),
    constraint appointments_reference_key unique (reference, chain_position),
    constraint appointments_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint appointments_patient_fkey foreign key (patient_id) references persons (id),
    constraint appointments_terms_fkey foreign key (terms_id) references appointment_terms (id),
    constraint appointments_rescheduled_from_fkey foreign key (rescheduled_from) references appointments (id),
    constraint appointments_rescheduled_to_fkey foreign key (rescheduled_to) references appointments (id),
    constraint appointments_would_replace_fkey foreign key (would_replace) references appointments (id),
    constraint appointments_status_check check (status in ('held', 'requested', 'booked', 'arrived', 'completed', 'no_show', 'cancelled', 'rescheduled', 'declined', 'expired')),
    constraint appointments_cancelled_by_check check (cancelled_by in ('patient', 'doctor', 'receptionist', 'admin', 'system')),
    -- the overlap rules treat such a row and the appointment that it names as one: it is not booked as long as it names one
    constraint appointments_would_replace_check check (
        would_replace is null or status in ('requested', 'cancelled', 'rescheduled', 'declined', 'expired')),
    constraint appointments_held_check check (status <> 'held' or held_until is not null),
    constraint appointments_requested_has_answer_by check (status <> 'requested' or answer_by is not null),
    constraint appointments_patient_check check (status in ('held', 'expired') or patient_id is not null),
    -- shorter than a day, which bounds the search for overlaps
    constraint appointments_length_check check (starts_at < ends_at and ends_at - starts_at < interval '1 day')
);

-- A search for what overlaps a time compares the ends as well as the starts. With both in the index, only the rows that do
-- overlap are read. PostgreSQL needs that: a serializable transaction collides with every writer of a row that it has read,
-- and one that has read more than some thirty rows of a table collides with every writer of that table
-- (max_pred_locks_per_relation).
create index appointments_doctor_index on appointments (doctor_id, starts_at, ends_at);
create index appointments_patient_index on appointments (patient_id, starts_at, ends_at);
-- the whole clinic's appointments by time, for reminders and statistics
create index appointments_starts_index on appointments (starts_at);
-- what changed lately: calendars that have to be read again, dates to count, histories to seal. Every event changes it
create index appointments_updated_index on appointments (updated_at);

-- The holds of a browser, holds that ran out lately, and requests whose time to answer is over. These three indexes say
-- "where the column is not null", and not "where status = 'held'" or "'requested'". PostgreSQL needs that: a serializable
-- transaction notes which pages of an index it reads, and one of two transactions that read and write the same page fails.
-- An index of the few rows that are held, or wait for an answer, is one page for the whole clinic, and the planner prefers
-- such an index. Bookings with different doctors would make each other fail.
create index appointments_holder_index on appointments (holder_hash) where holder_hash is not null;
create index appointments_held_until_index on appointments (held_until) where held_until is not null;
create index appointments_answer_by_index on appointments (answer_by) where answer_by is not null;

-- The overlap rules. An exclusion constraint refuses a row whose doctor is equal and whose time overlaps. The extension lets
-- a GiST index compare ids. The range includes its start and not its end, so appointments may touch. An appointment and
-- the request to move it count as one. A request that is accepted counts by itself, and so does everything else.
create extension if not exists btree_gist;

alter table appointments add constraint appointments_doctor_no_overlap
exclude using gist (
    doctor_id with =, tstzrange(starts_at, ends_at) with &&, (coalesce(would_replace, id)) with <>)
where (status in ('held', 'requested', 'booked', 'arrived') and not overbook);

alter table appointments add constraint appointments_patient_no_overlap
exclude using gist (
    patient_id with =, tstzrange(starts_at, ends_at) with &&, (coalesce(would_replace, id)) with <>)
where (status in ('held', 'requested', 'booked', 'arrived') and not overbook);

create trigger appointments_never_deleted before delete on appointments
for each row execute function refuse_change();

create trigger appointments_never_truncated before truncate on appointments
for each statement execute function refuse_change();

-- The history: one row per change of an appointment. Replaying the rows of an appointment gives its status and version. Rows
-- are never changed and never deleted.
create table appointment_events (
    appointment_id uuid not null,
    -- the appointment's version after this change
    version integer not null,
    -- the appointment has that of its last event as updated_at
    at timestamptz not null,
    -- null: the system, or a visitor who has not signed in
    actor_id uuid,
    actor_role text not null,
    action text not null,
    -- null for the first event
    from_status text,
    to_status text not null,
    -- of a cancellation
    reason_code text,
    constraint appointment_events_pkey primary key (appointment_id, version),
    constraint appointment_events_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint appointment_events_actor_fkey foreign key (actor_id) references persons (id),
    constraint appointment_events_actor_role_check check (actor_role in ('visitor', 'patient', 'doctor', 'receptionist', 'admin', 'system'))
);

create trigger appointment_events_never_deleted before delete on appointment_events
for each row execute function refuse_change();

create trigger appointment_events_never_changed before update on appointment_events
for each row execute function refuse_change();

create trigger appointment_events_never_truncated before truncate on appointment_events
for each statement execute function refuse_change();


-- ---------------------------------------------------------------------------------------------------------------------------
-- 6. Notifications
-- ---------------------------------------------------------------------------------------------------------------------------

-- Messages to be sent, each written in the transaction of the change that it tells of. A row holds ids and never text about a
-- person: the text is made when the message is sent. A message goes to an account or, as an invitation, to an address without
-- one.
create table outbox (
    id uuid not null,
    -- the same occasion asks for the same message once
    dedupe_key text not null,
    -- 'appointment_booked', 'reminder', 'verify_address' and so on
    kind text not null,
    person_id uuid,
    invitation_id uuid,
    -- JSON list of appointment ids
    appointments text not null,
    -- what else the kind needs, such as the date of a doctor's day
    about text not null default '',
    -- not before this moment; another attempt moves it
    due_at timestamptz not null,
    state text not null,
    attempts integer not null,
    -- one worker has the message until then; afterwards another one may take it
    leased_until timestamptz,
    -- what went wrong with the last attempt; null: there was none, or it was sent
    last_error text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint outbox_pkey primary key (id),
    constraint outbox_dedupe_key unique (dedupe_key),
    constraint outbox_person_fkey foreign key (person_id) references persons (id),
    constraint outbox_invitation_fkey foreign key (invitation_id) references invitations (id),
    -- a registration has neither: "about" names its row, which has the address
    constraint outbox_to_check check ((person_id is null) <> (invitation_id is null) or (kind = 'registration' and person_id is null)),
    constraint outbox_state_check check (state in ('queued', 'sending', 'sent', 'suppressed', 'failed')),
    constraint outbox_last_error_check check (last_error in ('unreachable', 'not_secure', 'sign_in', 'sender', 'try_later', 'refused', 'bad_address', 'unwritable', 'unreadable', 'no_site_address'))
);

-- workers look for what is due
create index outbox_due_index on outbox (state, due_at);
-- the page for staff shows the newest first
create index outbox_created_index on outbox (created_at);

-- Links in messages. Each has one purpose, for one person or one appointment, until it expires; most work once.
create table mail_links (
    token_hash bytea not null,
    -- 'manage_appointment' shows and cancels one appointment while it has the version below; the others do what they say
    purpose text not null,
    -- the message that contains it
    outbox_id uuid not null,
    person_id uuid,
    appointment_id uuid,
    version integer,
    invitation_id uuid,
    -- SHA-256 of the address it was sent to, for a link that proves that address
    address_hash bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint mail_links_pkey primary key (token_hash),
    constraint mail_links_outbox_fkey foreign key (outbox_id) references outbox (id),
    constraint mail_links_person_fkey foreign key (person_id) references persons (id),
    constraint mail_links_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint mail_links_invitation_fkey foreign key (invitation_id) references invitations (id),
    constraint mail_links_purpose_check check (purpose in ('manage_appointment', 'stop_reminders', 'verify_address', 'reset_password', 'reset_second_factor', 'invitation', 'answer_offer', 'open_account'))
);

-- a newer link ends the person's older ones of the same purpose
create index mail_links_person_index on mail_links (person_id, purpose);

-- Private calendar feeds. Knowing a feed's address is enough to read it, so its token is stored as a hash and can be revoked.
create table calendar_feeds (
    id uuid not null,
    person_id uuid not null,
    token_hash bytea not null,
    -- doctors only: whether the feed contains the patients' names; without them, appointments are only busy times
    with_names boolean not null,
    created_at timestamptz not null,
    last_read_at timestamptz,
    revoked_at timestamptz,
    constraint calendar_feeds_pkey primary key (id),
    constraint calendar_feeds_token_key unique (token_hash),
    constraint calendar_feeds_person_fkey foreign key (person_id) references persons (id)
);

-- the feeds of a person are listed on one page
create index calendar_feeds_person_index on calendar_feeds (person_id);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 7. API
-- ---------------------------------------------------------------------------------------------------------------------------

-- Personal tokens, with which a program acts for one person.
create table api_tokens (
    id uuid not null,
    person_id uuid not null,
    -- what its owner calls it
    name text not null,
    token_hash bytea not null,
    -- some of read, book and manage, separated by spaces
    scopes text not null,
    created_at timestamptz not null,
    -- null: never
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    constraint api_tokens_pkey primary key (id),
    constraint api_tokens_hash_key unique (token_hash),
    constraint api_tokens_person_fkey foreign key (person_id) references persons (id)
);

-- the tokens of a person are listed on one page
create index api_tokens_person_index on api_tokens (person_id);

-- One row per Idempotency-Key, kept for a day: a request that is sent again gets the first answer again.
create table idempotency_keys (
    person_id uuid not null,
    -- method and path, such as 'POST /appointments'
    operation text not null,
    key text not null,
    -- SHA-256 of the request: the same key with another request is refused
    request_hash bytea not null,
    -- of a booking or a hold, its id; of other requests, the attempt that has the key
    effect_id uuid not null,
    -- an attempt that stores its answer later has so long for it; a booking stores its answer at once
    lease_until timestamptz not null,
    -- the answer: status code, headers as JSON, and body; null until there is one
    status integer,
    headers text,
    body text,
    created_at timestamptz not null,
    constraint idempotency_keys_pkey primary key (person_id, operation, key),
    constraint idempotency_keys_person_fkey foreign key (person_id) references persons (id)
);

-- keys are deleted when their day is over
create index idempotency_keys_created_index on idempotency_keys (created_at);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 8. Statistics
--
-- A summary of the appointments, so that a page about years reads some thousand rows instead of a million. The page brings it
-- up to date before it reads it. Bookings never write here: they would wait for one another. Both tables may be emptied at any
-- time; they fill again.
-- ---------------------------------------------------------------------------------------------------------------------------

-- One row per local date and thing counted.
create table appointment_counts (
    -- the date on the clock of the appointment's location
    local_date date not null,
    measure text not null,
    -- which part of the measure: an hour of the week, a group of days ahead, who cancelled
    cell integer not null,
    -- appointments or, for 'minutes', minutes
    total bigint not null,
    -- the marks of up to five different patients, 8 bytes each: enough to tell whether the row is about fewer than five people,
    -- also when several rows are added up
    people bytea not null,
    constraint appointment_counts_pkey primary key (local_date, measure, cell),
    constraint appointment_counts_measure_check check (measure in ('appointments', 'minutes', 'attended', 'missed', 'lead', 'cancelled'))
);

-- How far the counts have got, in one row.
create table appointment_counts_state (
    id integer not null,
    -- changes of appointments before this moment are counted
    counted_until timestamptz not null,
    -- rises with every update of the counts
    version integer not null,
    constraint appointment_counts_state_pkey primary key (id),
    constraint appointment_counts_state_single_check check (id = 1)
);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 9. Other systems
-- ---------------------------------------------------------------------------------------------------------------------------

-- What `docslot import` took over, one row per row of a file: a file that comes again adds nothing, and an import that was
-- stopped goes on where it was.
create table imported_rows (
    -- 'patients', 'doctors', 'appointments' or 'holidays'
    kind text not null,
    -- the name of the system that the file came from, as the person who imports it says; may be empty
    source text not null,
    -- the id that the row has there, or one made of the row's content
    external_id text not null,
    -- what it became here: a user, a doctor, an appointment; null: a closure, which may be at several locations
    our_id uuid,
    -- SHA-256 of the row's content
    row_hash bytea not null,
    at timestamptz not null,
    constraint imported_rows_pkey primary key (kind, source, external_id),
    constraint imported_rows_kind_check check (kind in ('patients', 'doctors', 'appointments', 'holidays'))
);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 10. Seals
--
-- Hashes over the histories of appointments and over the audit log, written by a job after the fact, so that a change behind the
-- program's back is found (docs/DECISIONS.md, "Seals"). Bookings never write here. Rows are never changed and never deleted.
-- ---------------------------------------------------------------------------------------------------------------------------

-- The clinic's chain: each seal covers what was new, and the seal before it.
create table seals (
    -- 1, 2, 3 and so on, without a gap
    number bigint not null,
    at timestamptz not null,
    -- the search for what is new had come so far
    sealed_until timestamptz not null,
    -- how many rows of sealed_records belong to it
    records integer not null,
    -- SHA-256 over the seal before it, this row and its sealed_records
    hash bytea not null,
    constraint seals_pkey primary key (number)
);

-- What a seal covers. The records themselves are not referenced: one that is gone is what the seal is there to show.
create table sealed_records (
    seal bigint not null,
    -- an appointment or an entry of the audit log
    record_id uuid not null,
    -- of an appointment, the version up to which its history is covered; of an entry, 0
    version integer not null,
    -- of an appointment, the head of its chain at that version; of an entry, its hash
    hash bytea not null,
    constraint sealed_records_pkey primary key (seal, record_id),
    constraint sealed_records_record_key unique (record_id, version),
    constraint sealed_records_seal_fkey foreign key (seal) references seals (number)
);

create trigger seals_never_deleted before delete on seals
for each row execute function refuse_change();

create trigger seals_never_changed before update on seals
for each row execute function refuse_change();

create trigger seals_never_truncated before truncate on seals
for each statement execute function refuse_change();

create trigger sealed_records_never_deleted before delete on sealed_records
for each row execute function refuse_change();

create trigger sealed_records_never_changed before update on sealed_records
for each row execute function refuse_change();

create trigger sealed_records_never_truncated before truncate on sealed_records
for each statement execute function refuse_change();


-- ---------------------------------------------------------------------------------------------------------------------------
-- 11. Servers that work together
-- ---------------------------------------------------------------------------------------------------------------------------

-- How often a network address did what is limited, in the hour in which it did so last: held a time, made an account, asked
-- for a new password. On PostgreSQL all servers count here.
create table address_counts (
    -- SHA-256 of what is counted: the row identifies no network
    key_hash bytea not null,
    -- when the hour began; of strangers' wrong passwords on the whole website, when their count will have fallen to nothing
    hour_at timestamptz not null,
    taken integer not null,
    constraint address_counts_pkey primary key (key_hash)
);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 12. What patients entrust
-- ---------------------------------------------------------------------------------------------------------------------------

-- The keys that encrypt what patients entrust to the clinic. The first start makes one. The newest key that is not retired
-- encrypts; every key decrypts, so rows are never deleted.
create table data_keys (
    -- stands in front of what the key encrypted
    id text not null,
    -- a byte and the key: 0 as it is, 1 wrapped by the machine's key (data.key_file)
    secret bytea not null,
    created_at timestamptz not null,
    -- until then it encrypts; it decrypts for ever
    retired_at timestamptz,
    constraint data_keys_pkey primary key (id)
);

-- Files that patients send along with an appointment, and that its doctor adds. The bytes are in the store (papers.folder or
-- S3), under the row's id. A row is never deleted: of a file that was taken away, it says that there was one.
create table papers (
    id uuid not null,
    -- of the appointment: a file goes with it through all its moves
    reference text not null,
    -- who is seen; the files of one patient have a quota together
    patient_id uuid not null,
    added_by uuid not null,
    added_role text not null,
    -- what its sender called it, encrypted (data_keys); empty when it was taken away
    name bytea not null,
    -- what it is by its content
    kind text not null,
    -- bytes of the file, before they are encrypted
    size integer not null,
    -- the key that encrypts the bytes, itself encrypted (data_keys); empty when the file was taken away
    file_key bytea not null,
    -- 'waiting' for the virus scanner: nobody opens it; 'ready'; or why it was taken away
    state text not null,
    added_at timestamptz not null,
    -- when it was taken away, and by whom; null: by the system
    ended_at timestamptz,
    ended_by uuid,
    -- whether the store has deleted the bytes of a file that was taken away
    bytes_gone boolean not null,
    constraint papers_pkey primary key (id),
    constraint papers_patient_fkey foreign key (patient_id) references persons (id),
    constraint papers_added_by_fkey foreign key (added_by) references persons (id),
    constraint papers_ended_by_fkey foreign key (ended_by) references persons (id),
    constraint papers_added_role_check check (added_role in ('patient', 'doctor')),
    constraint papers_kind_check check (kind in ('pdf', 'jpeg', 'png', 'heic')),
    constraint papers_state_check check (state in ('waiting', 'ready', 'removed', 'infected', 'expired'))
);

-- the files of an appointment are listed on its page
create index papers_reference_index on papers (reference);
-- a patient's files are added up against the quota
create index papers_patient_index on papers (patient_id);
-- jobs look for what waits for the scanner, and for what the store has still to delete
create index papers_state_index on papers (state, bytes_gone);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 13. Questions
-- ---------------------------------------------------------------------------------------------------------------------------

-- What patients are asked before an appointment of a visit type. Each change makes a new row, so that answers stay readable with
-- the question that they answered. The newest is in force.
create table questions (
    visit_type_id uuid not null,
    -- 1, 2, 3 and so on
    version integer not null,
    -- JSON, in the order in which they are asked (availability/model/questions.rs:Question); empty: none are asked any more
    list text not null,
    created_at timestamptz not null,
    constraint questions_pkey primary key (visit_type_id, version),
    constraint questions_visit_type_fkey foreign key (visit_type_id) references visit_types (id)
);

-- What a patient answered, one row for an appointment through all its moves.
create table appointment_answers (
    -- the row of its chain for which it was answered first
    appointment_id uuid not null,
    -- which questions were answered
    visit_type_id uuid not null,
    questions_version integer not null,
    -- when the answers were accepted last; null: there is only a form that was not filled in rightly
    answered_at timestamptz,
    -- JSON, encrypted (clinic/server/data_keys.rs)
    answers bytea not null,
    constraint appointment_answers_pkey primary key (appointment_id),
    constraint appointment_answers_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint appointment_answers_questions_fkey foreign key (visit_type_id, questions_version) references questions (visit_type_id, version)
);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 14. Waiting list
-- ---------------------------------------------------------------------------------------------------------------------------

-- Who waits for a time to come free: with one doctor, or with any doctor of a specialty at a location. Rows are never deleted.
-- They keep no visit type, specialty or location from being removed: for what is gone, no time comes free.
create table waiting_entries (
    id uuid not null,
    -- who is to be seen
    person_id uuid not null,
    -- the account that joined, and gets the messages
    account_id uuid not null,
    -- null: any doctor of the specialty at the location
    doctor_id uuid,
    -- null: the doctor's first visit type that this person can book
    visit_type_id uuid,
    specialty_id uuid,
    location_id uuid,
    -- the sum of the days that suit: Monday 1, Tuesday 2, Wednesday 4, and so on to Sunday 64
    weekdays integer not null,
    -- the sum of the parts of the day that suit: morning 1, afternoon 2, evening 4
    day_parts integer not null,
    earliest_date date not null,
    latest_date date not null,
    -- how long before its start the person must know of an appointment
    notice_minutes integer not null,
    -- the appointment that the person has, and would give up for an earlier one
    appointment_id uuid,
    -- JSON object: the schedule_version of each doctor concerned when the person joined, to tell hours that are new
    seen_versions text not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    -- 'fulfilled': an offer was accepted; 'left'; 'passed': the latest date is over
    end_reason text,
    constraint waiting_entries_pkey primary key (id),
    constraint waiting_entries_person_fkey foreign key (person_id) references persons (id),
    constraint waiting_entries_account_fkey foreign key (account_id) references persons (id),
    constraint waiting_entries_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint waiting_entries_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint waiting_entries_whom_check check (
        (doctor_id is null) <> (specialty_id is null) and (specialty_id is null) = (location_id is null)),
    constraint waiting_entries_weekdays_check check (weekdays between 1 and 127),
    constraint waiting_entries_day_parts_check check (day_parts between 1 and 7),
    constraint waiting_entries_dates_check check (earliest_date <= latest_date),
    constraint waiting_entries_notice_check check (notice_minutes between 120 and 20160),
    constraint waiting_entries_end_check check ((ended_at is null) = (end_reason is null)),
    constraint waiting_entries_end_reason_check check (end_reason in ('fulfilled', 'left', 'passed'))
);

-- who waits for a doctor, or for a specialty, now
create index waiting_entries_doctor_index on waiting_entries (doctor_id) where ended_at is null;
create index waiting_entries_specialty_index on waiting_entries (specialty_id) where ended_at is null;
-- the entries of a person are listed on one page
create index waiting_entries_person_index on waiting_entries (person_id);

-- A time that came free, offered to one person: a row of appointments keeps it, as a hold whose holder is the offer. Rows are
-- never deleted.
create table offers (
    id uuid not null,
    entry_id uuid not null,
    -- the row of appointments that keeps the time
    hold_id uuid not null,
    -- of the hold
    doctor_id uuid not null,
    starts_at timestamptz not null,
    made_at timestamptz not null,
    until_at timestamptz not null,
    -- null: open, or over and not yet ended by the job
    outcome text,
    outcome_at timestamptz,
    -- the appointment that an accepted offer became
    appointment_id uuid,
    constraint offers_pkey primary key (id),
    constraint offers_hold_key unique (hold_id),
    -- a time is offered to a person once
    constraint offers_time_key unique (entry_id, doctor_id, starts_at),
    constraint offers_entry_fkey foreign key (entry_id) references waiting_entries (id),
    constraint offers_hold_fkey foreign key (hold_id) references appointments (id),
    constraint offers_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint offers_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint offers_outcome_check check (outcome in ('accepted', 'declined', 'ran_out')),
    constraint offers_outcome_at_check check ((outcome is null) = (outcome_at is null)),
    constraint offers_accepted_check check (appointment_id is null or outcome = 'accepted')
);

-- an entry has one open offer at a time
create unique index offers_open_key on offers (entry_id) where outcome is null;


-- ---------------------------------------------------------------------------------------------------------------------------
-- 15. The records of patients
-- ---------------------------------------------------------------------------------------------------------------------------

-- What a search finds a person by: src/accounts/server/person_words.rs writes all rows of a person at every change. A sign in
-- front says what kind of word it is; words of the name have none.
create table person_words (
    word text collate "C" not null,
    person_id uuid not null,
    constraint person_words_pkey primary key (word, person_id),
    constraint person_words_person_fkey foreign key (person_id) references persons (id)
);

-- whether a person has another word, too
create index person_words_person_index on person_words (person_id, word);

-- Who changed which field of a record when, with the text before and after. Staff read it on the person's page. Here, and in
-- no log, is what access needs and the notes of the desk were.
create table person_changes (
    id uuid not null,
    person_id uuid not null,
    at timestamptz not null,
    -- null: the system
    actor_id uuid,
    field text not null,
    before text not null,
    after text not null,
    constraint person_changes_pkey primary key (id),
    constraint person_changes_person_fkey foreign key (person_id) references persons (id),
    constraint person_changes_actor_fkey foreign key (actor_id) references persons (id)
);

create index person_changes_person_index on person_changes (person_id, at);

-- Two records that were made one: everything of merged_id became kept_id's.
create table person_merges (
    id uuid not null,
    kept_id uuid not null,
    merged_id uuid not null,
    at timestamptz not null,
    -- null: the owner, who proved the address that both had
    actor_id uuid,
    undone_at timestamptz,
    constraint person_merges_pkey primary key (id),
    constraint person_merges_kept_fkey foreign key (kept_id) references persons (id),
    constraint person_merges_merged_fkey foreign key (merged_id) references persons (id),
    constraint person_merges_actor_fkey foreign key (actor_id) references persons (id),
    constraint person_merges_two_check check (kept_id <> merged_id)
);

create index person_merges_kept_index on person_merges (kept_id);
create index person_merges_merged_index on person_merges (merged_id);

-- The fields that a merge changed, to undo it; an empty text is none.
create table person_merge_fields (
    merge_id uuid not null,
    -- one of the two
    person_id uuid not null,
    field text not null,
    before text not null,
    after text not null,
    constraint person_merge_fields_pkey primary key (merge_id, person_id, field),
    constraint person_merge_fields_merge_fkey foreign key (merge_id) references person_merges (id),
    constraint person_merge_fields_person_fkey foreign key (person_id) references persons (id)
);

-- The rows of other tables that a merge gave to the record that was kept, to undo it.
create table person_merge_rows (
    merge_id uuid not null,
    -- table and column, 'appointments.patient_id'
    place text not null,
    row_id uuid not null,
    constraint person_merge_rows_pkey primary key (merge_id, place, row_id),
    constraint person_merge_rows_merge_fkey foreign key (merge_id) references person_merges (id)
);

-- Pairs that may be one person, for staff to decide. Nothing is joined because of a row here.
create table match_candidates (
    id uuid not null,
    -- who registered, or wrote a birth date or a number
    person_id uuid not null,
    -- a person without an account
    other_id uuid not null,
    -- what fits: 'birth_date', 'phone' or 'email'
    reason text not null,
    at timestamptz not null,
    decided_at timestamptz,
    decided_by uuid,
    same boolean,
    constraint match_candidates_pkey primary key (id),
    constraint match_candidates_pair_key unique (person_id, other_id),
    constraint match_candidates_person_fkey foreign key (person_id) references persons (id),
    constraint match_candidates_other_fkey foreign key (other_id) references persons (id),
    constraint match_candidates_decided_by_fkey foreign key (decided_by) references persons (id),
    constraint match_candidates_reason_check check (reason in ('birth_date', 'phone', 'email'))
);

-- the page shows what waits
create index match_candidates_open_index on match_candidates (at) where decided_at is null;
create index match_candidates_other_index on match_candidates (other_id);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 16. Appointments that were booked together
-- ---------------------------------------------------------------------------------------------------------------------------

-- Several appointments of one patient that one unit booked. Each is moved and cancelled alone afterwards.
create table appointment_series (
    -- made with the page, so that a form that is sent twice books once
    id uuid not null,
    -- 'series': one doctor, at several times; 'pair': two doctors on one day, one after the other
    kind text not null,
    created_at timestamptz not null,
    constraint appointment_series_pkey primary key (id),
    constraint appointment_series_kind_check check (kind in ('series', 'pair'))
);

-- The appointments of a series. One that belongs to none has no row here, and costs nothing.
create table series_members (
    series_id uuid not null,
    -- 1 is the first, by time as they were booked
    position integer not null,
    -- the row that was booked; those to which it is moved have its reference
    appointment_id uuid not null,
    constraint series_members_pkey primary key (series_id, position),
    constraint series_members_appointment_key unique (appointment_id),
    constraint series_members_series_fkey foreign key (series_id) references appointment_series (id),
    constraint series_members_appointment_fkey foreign key (appointment_id) references appointments (id)
);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 17. Acting for others
-- ---------------------------------------------------------------------------------------------------------------------------

-- Which account may act for which person: parents for their children, carers for adults who let them. A row counts from when
-- it is accepted until it is revoked or its time is over, and is kept afterwards.
create table care_grants (
    id uuid not null,
    -- who is acted for; null: the one with invited_email, who has not answered
    person_id uuid,
    -- the account that acts; null: the one with invited_email, which has not answered
    account_id uuid,
    -- the address of the one whose answer is awaited; null: no answer is needed, or it has come
    invited_email text,
    kind text not null,
    -- what the account may do: see appointments, or also book, move and cancel them
    scope text not null,
    -- null: until it is revoked
    valid_until timestamptz,
    -- the person, the parent who added a child, or staff
    granted_by uuid not null,
    -- why staff granted it; empty where they did not
    reason text not null default '',
    created_at timestamptz not null,
    -- null: not accepted yet
    accepted_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid,
    constraint care_grants_pkey primary key (id),
    constraint care_grants_person_fkey foreign key (person_id) references persons (id),
    constraint care_grants_account_fkey foreign key (account_id) references persons (id),
    constraint care_grants_granted_by_fkey foreign key (granted_by) references persons (id),
    constraint care_grants_revoked_by_fkey foreign key (revoked_by) references persons (id),
    constraint care_grants_kind_check check (kind in ('parent', 'carer')),
    constraint care_grants_scope_check check (scope in ('see', 'book')),
    constraint care_grants_other_check check (person_id <> account_id),
    constraint care_grants_answer_check check (
        case when invited_email is null then person_id is not null and account_id is not null
        else accepted_at is null and (person_id is null) <> (account_id is null) end)
);

-- one account acts for one person by one row
create unique index care_grants_open_key on care_grants (person_id, account_id)
where accepted_at is not null and revoked_at is null;
-- who acts for a person
create index care_grants_person_index on care_grants (person_id);
-- for whom an account acts
create index care_grants_account_index on care_grants (account_id);
-- what waits for the answer of an address
create index care_grants_email_index on care_grants (invited_email);


-- Which doctors may work in the calendar of another one: see, book, move and cancel its appointments, and no more. A row counts
-- until it is ended, and is kept afterwards.
create table calendar_colleagues (
    id uuid not null,
    -- whose calendar it is
    doctor_id uuid not null,
    -- who may work in it
    colleague_id uuid not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    constraint calendar_colleagues_pkey primary key (id),
    constraint calendar_colleagues_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint calendar_colleagues_colleague_fkey foreign key (colleague_id) references doctors (id),
    constraint calendar_colleagues_other_check check (doctor_id <> colleague_id)
);

-- one doctor works in the calendar of another by one row
create unique index calendar_colleagues_open_key on calendar_colleagues (doctor_id, colleague_id) where ended_at is null;
-- in whose calendars a doctor works
create index calendar_colleagues_colleague_index on calendar_colleagues (colleague_id);

-- ---------------------------------------------------------------------------------------------------------------------------
-- 18. Second factor
-- ---------------------------------------------------------------------------------------------------------------------------

-- Codes that a telephone makes from a secret (RFC 6238): one row for each person who has them, or begins to.
create table second_factors (
    person_id uuid not null,
    -- encrypted with a data key; null: not set up yet
    secret bytea,
    -- when the first code of the secret was typed, from which moment codes are asked for
    confirmed_at timestamptz,
    -- the secret that waits for its first code, encrypted likewise
    pending_secret bytea,
    pending_at timestamptz,
    -- the step of 30 seconds of the last code that was used: codes of this step and of earlier ones are over
    last_step bigint not null default 0,
    -- the step of a code that came too early or too late and was named, which no longer opens anything
    refused_step bigint,
    constraint second_factors_pkey primary key (person_id),
    constraint second_factors_person_fkey foreign key (person_id) references persons (id),
    constraint second_factors_confirmed_check check ((secret is null) = (confirmed_at is null)),
    constraint second_factors_pending_check check ((pending_secret is null) = (pending_at is null))
);

-- Codes to write down, for the day on which the telephone is gone. Each works once.
create table recovery_codes (
    person_id uuid not null,
    -- the first sign of the code, 0 to 9
    position integer not null,
    -- argon2id in PHC text form
    code_hash text not null,
    used_at timestamptz,
    constraint recovery_codes_pkey primary key (person_id, position),
    constraint recovery_codes_person_fkey foreign key (person_id) references persons (id)
);

-- Browsers that are not asked for a code for 30 days.
create table trusted_browsers (
    id uuid not null,
    person_id uuid not null,
    -- SHA-256 of the token in the browser's cookie
    token_hash bytea not null,
    -- 'Firefox on Windows'; may be empty
    device text not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    constraint trusted_browsers_pkey primary key (id),
    constraint trusted_browsers_hash_key unique (token_hash),
    constraint trusted_browsers_person_fkey foreign key (person_id) references persons (id)
);

-- a person's browsers are listed, and end together
create index trusted_browsers_person_index on trusted_browsers (person_id);

-- Whether doctors and staff need a second factor. No row: they do, and have 14 days to set one up.
create table second_factor_rule (
    id integer not null,
    is_needed boolean not null,
    -- days from the first sign-in under the rule
    days integer not null,
    constraint second_factor_rule_pkey primary key (id),
    constraint second_factor_rule_single_check check (id = 1),
    constraint second_factor_rule_days_check check (days between 0 and 90)
);

-- Who signed in under the rule without a second factor, and when for the first time.
create table second_factor_grace (
    person_id uuid not null,
    began_at timestamptz not null,
    constraint second_factor_grace_pkey primary key (person_id),
    constraint second_factor_grace_person_fkey foreign key (person_id) references persons (id)
);

-- 19. Own data
-- ---------------------------------------------------------------------------------------------------------------------------

-- Everything that the clinic keeps of one person, as files that a job writes when they are asked for. Rows stay; what they hold
-- is deleted after some days.
create table data_exports (
    id uuid not null,
    -- whose data it is
    person_id uuid not null,
    -- the account that asked and gets the message: the person's own, or one that may book for them
    asked_by uuid not null,
    asked_at timestamptz not null,
    -- null: not written yet
    ready_at timestamptz,
    -- from then on it is deleted
    until_at timestamptz,
    -- the files in one value, encrypted (clinic/server/data_keys.rs); null: not written yet, or deleted
    content bytea,
    -- when it was deleted, or given up before it was written
    ended_at timestamptz,
    constraint data_exports_pkey primary key (id),
    constraint data_exports_person_fkey foreign key (person_id) references persons (id),
    constraint data_exports_asked_by_fkey foreign key (asked_by) references persons (id),
    constraint data_exports_ready_check check ((ready_at is null) = (until_at is null)),
    constraint data_exports_content_check check (
        (content is not null) = (ready_at is not null and ended_at is null))
);

-- one person has one that is being written
create unique index data_exports_open_key on data_exports (person_id) where ready_at is null and ended_at is null;
-- those of a person, the newest first
create index data_exports_person_index on data_exports (person_id, asked_at);
-- what a job has to write, or to delete
create index data_exports_work_index on data_exports (until_at) where ended_at is null;

-- Accounts that were closed, by their owner or because nobody needed them any more, and records of patients without one. The
-- person's row stays without a name: appointments and histories point to it.
create table closed_persons (
    person_id uuid not null,
    -- 'owner', or 'retention': nothing happened for as many years as the settings say
    reason text not null,
    closed_at timestamptz not null,
    -- when name, address and what was written were erased: after the last message was sent; null: not yet
    erased_at timestamptz,
    constraint closed_persons_pkey primary key (person_id),
    constraint closed_persons_person_fkey foreign key (person_id) references persons (id),
    constraint closed_persons_reason_check check (reason in ('owner', 'retention'))
);

-- what a job has to erase
create index closed_persons_open_index on closed_persons (closed_at) where erased_at is null;

-- ---------------------------------------------------------------------------------------------------------------------------
-- 20. Rooms and devices
--
-- A fourth promise about appointments: two occupying appointments that use one room or device never overlap, whoever's they
-- are. An overbooking is no exception: a doctor can squeeze a person in, but one machine is not two. An appointment that
-- uses none has no entry in the indexes below.
-- ---------------------------------------------------------------------------------------------------------------------------

-- Kinds of rooms and devices, such as 'Ultrasound' or 'Treatment room'. A visit type may need one of a kind.
create table resource_kinds (
    id uuid not null,
    name text not null,
    constraint resource_kinds_pkey primary key (id),
    constraint resource_kinds_name_key unique (name)
);

-- The rooms and devices themselves. Past appointments keep pointing here: rows go only with a location that never had any.
create table resources (
    id uuid not null,
    kind_id uuid not null,
    location_id uuid not null,
    name text not null,
    -- the first date, by the calendar of the location, on which no appointment gets it any more; null: it is in use
    out_of_use_from date,
    -- rises with every change
    version integer not null default 1,
    constraint resources_pkey primary key (id),
    constraint resources_name_key unique (location_id, name),
    constraint resources_kind_fkey foreign key (kind_id) references resource_kinds (id),
    constraint resources_location_fkey foreign key (location_id) references locations (id)
);

-- those of a kind are read together
create index resources_kind_index on resources (kind_id);
-- what a room or device is used for: with both ends, as the indexes of doctors and patients
create index appointments_resource_index on appointments (resource_id, starts_at, ends_at) where resource_id is not null;

alter table visit_types add constraint visit_types_resource_kind_fkey
foreign key (resource_kind_id) references resource_kinds (id);

alter table appointments add constraint appointments_resource_fkey
foreign key (resource_id) references resources (id);

alter table appointments add constraint appointments_resource_no_overlap
exclude using gist (
    resource_id with =, tstzrange(starts_at, ends_at) with &&, (coalesce(would_replace, id)) with <>)
where (resource_id is not null and status in ('held', 'requested', 'booked', 'arrived'));

-- ---------------------------------------------------------------------------------------------------------------------------
-- 21. Forms that failed
-- ---------------------------------------------------------------------------------------------------------------------------

-- What was typed into a form of several appointments that failed, for a day: it may be more than a cookie can carry. The rows of
-- an account are deleted when its form is booked.
create table series_drafts (
    -- the key of the form, which the series will have
    id uuid not null,
    -- who typed it
    account_id uuid not null,
    -- JSON, encrypted (clinic/server/data_keys.rs)
    content bytea not null,
    created_at timestamptz not null,
    constraint series_drafts_pkey primary key (id),
    constraint series_drafts_account_fkey foreign key (account_id) references persons (id)
);

create index series_drafts_account_index on series_drafts (account_id);

-- ---------------------------------------------------------------------------------------------------------------------------
-- 22. Passkeys
-- ---------------------------------------------------------------------------------------------------------------------------

-- Keys in telephones, computers and security keys by which people sign in (WebAuthn). What is here is no secret: it proves
-- nothing without the key itself, which never leaves its device.
create table passkeys (
    id uuid not null,
    person_id uuid not null,
    -- what the device calls it
    credential_id bytea not null,
    -- the public key and what is known of the device, as JSON of webauthn-rs
    credential text not null,
    -- 'Chrome on Android', or what its owner calls it
    name text not null,
    created_at timestamptz not null,
    -- null: not used yet
    last_used_at timestamptz,
    constraint passkeys_pkey primary key (id),
    constraint passkeys_credential_key unique (credential_id),
    constraint passkeys_person_fkey foreign key (person_id) references persons (id)
);

-- a person's passkeys are listed, and deleted together
create index passkeys_person_index on passkeys (person_id);

-- What a passkey has to sign, for five minutes. A row is deleted when its answer comes, right or wrong.
create table passkey_challenges (
    -- SHA-256 of what only the browser has that asked: a token in a cookie, or its session
    holder_hash bytea not null,
    -- what it is for, and for whom, with the challenge, as JSON
    ceremony text not null,
    expires_at timestamptz not null,
    constraint passkey_challenges_pkey primary key (holder_hash)
);

-- those that are over are deleted
create index passkey_challenges_expires_index on passkey_challenges (expires_at);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 23. Registrations
-- ---------------------------------------------------------------------------------------------------------------------------

-- What somebody typed to get an account, until the owner of the address opens the link that was sent there and chooses a
-- password. A row is written for every address, whether or not it has an account, and deleted after three days.
create table registrations (
    id uuid not null,
    -- as persons.email has it
    email text not null,
    display_name text not null,
    phone text,
    -- the page to go on with, as a path of this website
    next_page text not null,
    -- the time that the browser held, and how it is known; the new account gets it
    hold_id uuid,
    holder_hash bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint registrations_pkey primary key (id),
    constraint registrations_hold_fkey foreign key (hold_id) references appointments (id),
    constraint registrations_hold_check check ((hold_id is null) = (holder_hash is null))
);

-- how many an address has had, and those that an account replaces
create index registrations_email_index on registrations (email, created_at);
-- those that are over are deleted
create index registrations_expires_index on registrations (expires_at);


-- ---------------------------------------------------------------------------------------------------------------------------
-- 24. The clinic's own directory
-- ---------------------------------------------------------------------------------------------------------------------------

-- Which account a person of the clinic's directory signs in to. The directory may give an address to another person, and never
-- a subject, so that is what counts after the first time.
create table directory_identities (
    -- the provider, as it names itself
    issuer text not null,
    -- what it calls the person
    subject text not null,
    person_id uuid not null,
    linked_at timestamptz not null,
    -- when docslot made the account for this person: it has no password that anybody knows; null: it was there before
    made_at timestamptz,
    constraint directory_identities_pkey primary key (issuer, subject),
    constraint directory_identities_person_key unique (person_id, issuer),
    constraint directory_identities_person_fkey foreign key (person_id) references persons (id)
);
