-- Messages that are not about one change of an appointment: invitations, links that verify an address or reset a password,
-- reminders, the doctor's day. What people want to be told, links in messages, and private calendar feeds.
-- The SQLite set beside this one has the same numbers, tables and columns.

-- When the owner of the address opened the link that was sent there.
alter table users add column email_verified_at timestamptz;
-- The address that the owner wants instead, until its link is opened.
alter table users add column pending_email text;
alter table users add column reminders boolean not null default true;
-- doctors only: the day's appointments by mail, on the day's morning
alter table users add column daily_agenda boolean not null default false;

-- A message goes to an account or, as an invitation, to an address without one.
alter table outbox alter column user_id drop not null;
alter table outbox add column invitation_id uuid
    constraint outbox_invitation_fkey references invitations (id);
-- what else the kind needs, such as the date of a doctor's day; never text about a person
alter table outbox add column about text not null default '';
alter table outbox add constraint outbox_to_check check ((user_id is null) <> (invitation_id is null));

-- Links in messages, stored as SHA-256. Each does one thing, for one person or appointment, until it expires; most work once.
create table mail_links (
    token_hash bytea not null,
    -- 'manage_appointment': see and cancel one appointment, while it has this version; 'stop_reminders'; 'verify_address';
    -- 'reset_password'; 'invitation'
    purpose text not null,
    -- the message it stands in
    outbox_id uuid not null,
    user_id uuid,
    appointment_id uuid,
    version integer,
    invitation_id uuid,
    -- SHA-256 of the address it was sent to, when it proves that address
    address_hash bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint mail_links_pkey primary key (token_hash),
    constraint mail_links_outbox_fkey foreign key (outbox_id) references outbox (id),
    constraint mail_links_user_fkey foreign key (user_id) references users (id),
    constraint mail_links_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint mail_links_invitation_fkey foreign key (invitation_id) references invitations (id),
    constraint mail_links_purpose_check check (purpose in ('manage_appointment', 'stop_reminders', 'verify_address', 'reset_password', 'invitation'))
);

create index mail_links_user_index on mail_links (user_id, purpose);

-- Private calendar feeds: whoever has the address reads them, so it is stored as SHA-256 and can be called back.
create table calendar_feeds (
    id uuid not null,
    user_id uuid not null,
    token_hash bytea not null,
    -- doctors: whether the patients' names are in it; without, appointments are only busy times
    with_names boolean not null,
    created_at timestamptz not null,
    last_read_at timestamptz,
    revoked_at timestamptz,
    constraint calendar_feeds_pkey primary key (id),
    constraint calendar_feeds_token_key unique (token_hash),
    constraint calendar_feeds_user_fkey foreign key (user_id) references users (id)
);

create index calendar_feeds_user_index on calendar_feeds (user_id);
