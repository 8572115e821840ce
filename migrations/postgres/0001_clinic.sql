-- The clinic: people, places, doctors and when they work.
-- The SQLite set beside this one has the same numbers, tables and columns.

create table users (
    id uuid not null,
    -- trimmed and lower-cased: what sign-in compares
    email text not null,
    display_name text not null,
    phone text,
    role text not null,
    status text not null default 'active',
    -- argon2id in PHC text form
    password_hash text not null,
    created_at timestamptz not null,
    constraint users_pkey primary key (id),
    constraint users_email_key unique (email),
    constraint users_role_check check (role in ('patient', 'doctor', 'admin')),
    constraint users_status_check check (status in ('active', 'suspended'))
);

-- One row per signed-in browser or program. A token names its row and every request reads it, so that ending a session,
-- suspending a person or changing a role counts at once.
create table sessions (
    id uuid not null,
    user_id uuid not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    constraint sessions_pkey primary key (id),
    constraint sessions_user_fkey foreign key (user_id) references users (id)
);

create index sessions_user_index on sessions (user_id);

-- Single-use tokens that continue a session, stored as SHA-256. A used one that comes back ends the session.
create table refresh_tokens (
    token_hash bytea not null,
    session_id uuid not null,
    issued_at timestamptz not null,
    used_at timestamptz,
    constraint refresh_tokens_pkey primary key (token_hash),
    constraint refresh_tokens_session_fkey foreign key (session_id) references sessions (id)
);

create index refresh_tokens_session_index on refresh_tokens (session_id);

-- Keys that sign session tokens and encrypt short-lived cookies; made on first start, so no default secret exists.
create table signing_keys (
    id text not null,
    secret bytea not null,
    created_at timestamptz not null,
    retired_at timestamptz,
    constraint signing_keys_pkey primary key (id)
);

-- Failed sign-ins, counted per account and per network address; the key is a SHA-256 and names nobody.
create table sign_in_failures (
    key_hash bytea not null,
    failures integer not null,
    blocked_until timestamptz not null,
    updated_at timestamptz not null,
    constraint sign_in_failures_pkey primary key (key_hash)
);

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

create table specialties (
    id uuid not null,
    slug text not null,
    name text not null,
    constraint specialties_pkey primary key (id),
    constraint specialties_slug_key unique (slug)
);

create table doctors (
    id uuid not null,
    user_id uuid,
    -- the last part of the profile's address
    slug text not null,
    name text not null,
    -- professional title, such as Consultant cardiologist
    designation text not null,
    registration_number text not null,
    about text not null,
    accepts_new_patients boolean not null,
    status text not null,
    -- rises with every change to this doctor's profile, visit types or hours; appointments have their events
    schedule_version bigint not null default 1,
    constraint doctors_pkey primary key (id),
    constraint doctors_slug_key unique (slug),
    constraint doctors_user_key unique (user_id),
    constraint doctors_user_fkey foreign key (user_id) references users (id),
    constraint doctors_status_check check (status in ('active', 'paused', 'leaving', 'deactivated'))
);

create table doctor_specialties (
    doctor_id uuid not null,
    specialty_id uuid not null,
    -- the first is the one a card shows
    position integer not null,
    constraint doctor_specialties_pkey primary key (doctor_id, specialty_id),
    constraint doctor_specialties_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint doctor_specialties_specialty_fkey foreign key (specialty_id) references specialties (id)
);

create table doctor_languages (
    doctor_id uuid not null,
    -- ISO 639-1
    language text not null,
    constraint doctor_languages_pkey primary key (doctor_id, language),
    constraint doctor_languages_doctor_fkey foreign key (doctor_id) references doctors (id)
);

create table visit_types (
    id uuid not null,
    doctor_id uuid not null,
    name text not null,
    -- the order in which they are offered; the first is the one a card shows
    position integer not null,
    mode text not null,
    minutes integer not null,
    buffer_before_minutes integer not null,
    buffer_after_minutes integer not null,
    step_minutes integer not null,
    notice_minutes integer not null,
    horizon_days integer not null,
    daily_cap integer,
    audience text not null,
    needs_approval boolean not null,
    -- patients change or cancel until this long before the start
    cutoff_minutes integer not null,
    -- after the cut-off: 'allow' records a late cancellation, 'deny' shows the clinic's phone number
    late_cancel text not null,
    instructions text not null,
    active boolean not null,
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
    constraint visit_types_late_cancel_check check (late_cancel in ('allow', 'deny'))
);

create index visit_types_doctor_index on visit_types (doctor_id, position);

-- Weekly windows in the location's civil time. A window never crosses midnight: longer ones are split.
create table weekly_hours (
    id uuid not null,
    doctor_id uuid not null,
    location_id uuid not null,
    -- ISO 8601: 1 is Monday, 7 is Sunday
    weekday integer not null,
    start_minute integer not null,
    end_minute integer not null,
    valid_from date not null,
    valid_until date,
    -- 1 is every week, 2 every second week counted from the week of valid_from
    every_weeks integer not null,
    -- null: every visit type
    visit_type_id uuid,
    constraint weekly_hours_pkey primary key (id),
    constraint weekly_hours_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint weekly_hours_location_fkey foreign key (location_id) references locations (id),
    constraint weekly_hours_visit_type_fkey foreign key (visit_type_id) references visit_types (id),
    constraint weekly_hours_weekday_check check (weekday between 1 and 7),
    constraint weekly_hours_window_check check (0 <= start_minute and start_minute < end_minute and end_minute <= 1440),
    constraint weekly_hours_valid_check check (valid_until is null or valid_from <= valid_until),
    constraint weekly_hours_every_weeks_check check (every_weeks between 1 and 8)
);

create index weekly_hours_doctor_index on weekly_hours (doctor_id);

-- Exceptions for one local date. A closed day has one row without a window; a replaced or extended day has a row a window.
create table overrides (
    id uuid not null,
    doctor_id uuid not null,
    local_date date not null,
    kind text not null,
    -- null on a closed day: every location
    location_id uuid,
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

create index overrides_doctor_index on overrides (doctor_id, local_date);

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

create index time_off_doctor_index on time_off (doctor_id, ends_at);

-- Days on which a whole location is closed, first and last included.
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

create index closures_location_index on closures (location_id, last_date);
