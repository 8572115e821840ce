-- Appointments and their history. Three promises are kept here, whatever the program does:
--   a doctor has no two occupying appointments that overlap, a patient has none either, and nothing is ever deleted.
-- Occupying: held, requested, booked, arrived; an explicit overbooking is the only exception.

create extension if not exists btree_gist;

create table appointments (
    id uuid not null,
    -- what a patient reads out on the phone
    reference text not null,
    doctor_id uuid not null,
    -- null while a visitor who has not signed in holds the time
    patient_id uuid,
    -- SHA-256 of the browser token that made the hold
    holder_hash bytea,
    visit_type_id uuid not null,
    location_id uuid not null,
    status text not null,
    -- rises by one with every event
    version integer not null,
    overbook boolean not null default false,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- the same start as the clinic's clocks showed it when it was booked
    time_zone text not null,
    local_start text not null,
    utc_offset_seconds integer not null,
    held_until timestamptz,
    hold_extensions integer not null default 0,
    -- copied at booking: later changes to the doctor, place or visit type leave this appointment as it was agreed
    doctor_name text not null,
    visit_type_name text not null,
    mode text not null,
    location_name text not null,
    location_address text not null,
    location_phone text not null,
    instructions text not null,
    buffer_before_minutes integer not null,
    buffer_after_minutes integer not null,
    needs_approval boolean not null,
    cutoff_minutes integer not null,
    late_cancel text not null,
    -- what the patient wants the doctor to know; never logged, never mailed
    reason text not null default '',
    contact_phone text not null default '',
    cancelled_by text,
    cancel_reason text,
    cancelled_late boolean not null default false,
    rescheduled_from uuid,
    rescheduled_to uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint appointments_pkey primary key (id),
    constraint appointments_reference_key unique (reference),
    constraint appointments_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint appointments_patient_fkey foreign key (patient_id) references users (id),
    constraint appointments_visit_type_fkey foreign key (visit_type_id) references visit_types (id),
    constraint appointments_location_fkey foreign key (location_id) references locations (id),
    constraint appointments_rescheduled_from_fkey foreign key (rescheduled_from) references appointments (id),
    constraint appointments_rescheduled_to_fkey foreign key (rescheduled_to) references appointments (id),
    constraint appointments_status_check check (status in ('held', 'requested', 'booked', 'arrived', 'completed', 'no_show', 'cancelled', 'rescheduled', 'declined', 'expired')),
    constraint appointments_mode_check check (mode in ('in_person', 'video', 'phone')),
    constraint appointments_late_cancel_check check (late_cancel in ('allow', 'deny')),
    constraint appointments_cancelled_by_check check (cancelled_by in ('patient', 'doctor', 'admin', 'system')),
    constraint appointments_held_check check (status <> 'held' or held_until is not null),
    constraint appointments_patient_check check (status in ('held', 'expired') or patient_id is not null),
    -- under a day, which bounds the search for overlaps
    constraint appointments_length_check check (starts_at < ends_at and ends_at - starts_at < interval '1 day')
);

create index appointments_doctor_index on appointments (doctor_id, starts_at);
create index appointments_patient_index on appointments (patient_id, starts_at);
create index appointments_holder_index on appointments (holder_hash) where status = 'held';

alter table appointments add constraint appointments_doctor_no_overlap
exclude using gist (doctor_id with =, tstzrange(starts_at, ends_at) with &&)
where (status in ('held', 'requested', 'booked', 'arrived') and not overbook);

alter table appointments add constraint appointments_patient_no_overlap
exclude using gist (patient_id with =, tstzrange(starts_at, ends_at) with &&)
where (status in ('held', 'requested', 'booked', 'arrived') and not overbook);

-- The history, one row per change. Replaying an appointment's rows gives its status and version.
create table appointment_events (
    id uuid not null,
    appointment_id uuid not null,
    doctor_id uuid not null,
    -- the appointment's version after this change
    version integer not null,
    at timestamptz not null,
    -- null: the system, or a visitor who has not signed in
    actor_id uuid,
    actor_role text not null,
    action text not null,
    from_status text,
    to_status text not null,
    reason_code text,
    constraint appointment_events_pkey primary key (id),
    constraint appointment_events_version_key unique (appointment_id, version),
    constraint appointment_events_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint appointment_events_doctor_fkey foreign key (doctor_id) references doctors (id),
    constraint appointment_events_actor_fkey foreign key (actor_id) references users (id),
    constraint appointment_events_actor_role_check check (actor_role in ('visitor', 'patient', 'doctor', 'admin', 'system'))
);

-- whose calendar changed lately: what a directory has to look at again
create index appointment_events_at_index on appointment_events (at, doctor_id);

-- One function for every table whose rows stay: the trigger's name is the message.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_name using errcode = 'integrity_constraint_violation';
end
$$;

create trigger appointments_never_deleted before delete on appointments
for each row execute function refuse_change();

create trigger appointments_never_truncated before truncate on appointments
for each statement execute function refuse_change();

create trigger appointment_events_never_deleted before delete on appointment_events
for each row execute function refuse_change();

create trigger appointment_events_never_changed before update on appointment_events
for each row execute function refuse_change();

create trigger appointment_events_never_truncated before truncate on appointment_events
for each statement execute function refuse_change();
