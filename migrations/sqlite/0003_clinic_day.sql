-- The clinic's day: joining by invitation, approval, requests that run out, the clinic's own settings, what was done by
-- whom, and messages that wait to be sent.
-- The PostgreSQL set beside this one has the same numbers, tables and columns.

-- A doctor is shown to patients while the status is 'active'. Who has just joined is 'paused' and 'waiting'.
alter table doctors add column approval text not null default 'approved'
    constraint doctors_approval_check check (approval in ('waiting', 'approved', 'rejected'));
-- why staff said no, for the doctor to read
alter table doctors add column approval_note text not null default '';
-- whoever paused a doctor lifts the pause; null while nobody did
alter table doctors add column paused_by text
    constraint doctors_paused_by_check check (paused_by in ('doctor', 'admin'));
-- when the doctor asked to leave the clinic
alter table doctors add column leave_requested_at integer;

-- when a request runs out unless somebody answers it; only requests have it
alter table appointments add column answer_by integer;
-- why the clinic set a rule aside, in its own words; patients never see it
alter table appointments add column override_reason text not null default '';

create index appointments_answer_by_index on appointments (answer_by) where status = 'requested';
-- appointments of the whole clinic by time
create index appointments_starts_index on appointments (starts_at);

-- The only way to become a doctor or staff, besides the command line. Codes are stored as SHA-256.
create table invitations (
    id blob not null,
    code_hash blob not null,
    role text not null,
    -- trimmed and lower-cased; whoever joins must have this address
    email text not null,
    specialty_id blob,
    location_id blob,
    invited_by blob not null,
    created_at integer not null,
    -- sending it again makes a new code and ends the old one
    sent_at integer not null,
    expires_at integer not null,
    used_at integer,
    used_by blob,
    revoked_at integer,
    constraint invitations_pkey primary key (id),
    constraint invitations_code_key unique (code_hash),
    constraint invitations_specialty_fkey foreign key (specialty_id) references specialties (id),
    constraint invitations_location_fkey foreign key (location_id) references locations (id),
    constraint invitations_invited_by_fkey foreign key (invited_by) references users (id),
    constraint invitations_used_by_fkey foreign key (used_by) references users (id),
    constraint invitations_role_check check (role in ('doctor', 'admin')),
    constraint invitations_used_check check ((used_at is null) = (used_by is null)),
    constraint invitations_end_check check (used_at is null or revoked_at is null)
) strict;

create index invitations_email_index on invitations (email);

-- What the clinic decides about itself on its own page: one row, made with the first change. Until then the values of the
-- configuration hold.
create table clinic_settings (
    id integer not null,
    name text not null,
    phone text not null,
    emergency_line text not null,
    -- doctors who join wait until staff approve them
    approve_doctors integer not null,
    -- hours within which a request is answered, or it runs out
    request_hours integer not null,
    -- for new visit types
    cutoff_minutes integer not null,
    -- rises with every change
    version integer not null,
    constraint clinic_settings_pkey primary key (id),
    constraint clinic_settings_single_check check (id = 1),
    constraint clinic_settings_request_hours_check check (request_hours between 1 and 720),
    constraint clinic_settings_cutoff_check check (cutoff_minutes between 0 and 525600),
    constraint clinic_settings_approve_doctors_check check (approve_doctors in (0, 1))
) strict;

-- Who did what to whom. Appointments have their own history, appointment_events. Never changed, never deleted.
create table audit_entries (
    id blob not null,
    at integer not null,
    -- null: the command line or the system
    actor_id blob,
    actor_role text not null,
    -- such as 'doctor.approved'
    action text not null,
    -- 'user', 'doctor', 'invitation', 'location' and so on
    subject_kind text not null,
    subject_id blob,
    -- the subject's name as it was, and what changed; no health data, no secrets
    details text not null,
    constraint audit_entries_pkey primary key (id),
    constraint audit_entries_actor_fkey foreign key (actor_id) references users (id),
    constraint audit_entries_actor_role_check check (actor_role in ('visitor', 'patient', 'doctor', 'admin', 'system'))
) strict;

create index audit_entries_at_index on audit_entries (at);
create index audit_entries_subject_index on audit_entries (subject_id, at);

-- Messages, written in the unit that makes them true. Holds ids, never text about a person.
create table outbox (
    id blob not null,
    -- the same change asks for the same message once
    dedupe_key text not null,
    -- 'appointments_cancelled', 'appointments_moved', 'request_accepted' and so on
    kind text not null,
    user_id blob not null,
    -- JSON list of appointment ids
    appointments text not null,
    due_at integer not null,
    state text not null,
    attempts integer not null,
    leased_until integer,
    created_at integer not null,
    updated_at integer not null,
    constraint outbox_pkey primary key (id),
    constraint outbox_dedupe_key unique (dedupe_key),
    constraint outbox_user_fkey foreign key (user_id) references users (id),
    constraint outbox_state_check check (state in ('queued', 'sending', 'sent', 'suppressed', 'failed'))
) strict;

create index outbox_due_index on outbox (state, due_at);

create trigger audit_entries_never_deleted before delete on audit_entries
begin
    select raise(abort, 'audit_entries_never_deleted');
end;

create trigger audit_entries_never_changed before update on audit_entries
begin
    select raise(abort, 'audit_entries_never_changed');
end;
