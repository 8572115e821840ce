-- Messages that are not about one change of an appointment: invitations, links that verify an address or reset a password,
-- reminders, the doctor's day. What people want to be told, links in messages, and private calendar feeds.
-- The PostgreSQL set beside this one has the same numbers, tables and columns.

-- When the owner of the address opened the link that was sent there.
alter table users add column email_verified_at integer;
-- The address that the owner wants instead, until its link is opened.
alter table users add column pending_email text;
alter table users add column reminders integer not null default 1
    constraint users_reminders_check check (reminders in (0, 1));
-- doctors only: the day's appointments by mail, on the day's morning
alter table users add column daily_agenda integer not null default 0
    constraint users_daily_agenda_check check (daily_agenda in (0, 1));

-- A message goes to an account or, as an invitation, to an address without one. SQLite makes a column nullable only by
-- making the table again.
create table outbox_again (
    id blob not null,
    -- the same change asks for the same message once
    dedupe_key text not null,
    kind text not null,
    user_id blob,
    invitation_id blob,
    -- JSON list of appointment ids
    appointments text not null,
    -- what else the kind needs, such as the date of a doctor's day; never text about a person
    about text not null default '',
    due_at integer not null,
    state text not null,
    attempts integer not null,
    leased_until integer,
    last_error text,
    created_at integer not null,
    updated_at integer not null,
    constraint outbox_pkey primary key (id),
    constraint outbox_dedupe_key unique (dedupe_key),
    constraint outbox_user_fkey foreign key (user_id) references users (id),
    constraint outbox_invitation_fkey foreign key (invitation_id) references invitations (id),
    constraint outbox_to_check check ((user_id is null) <> (invitation_id is null)),
    constraint outbox_state_check check (state in ('queued', 'sending', 'sent', 'suppressed', 'failed')),
    constraint outbox_last_error_check check (last_error in ('unreachable', 'not_secure', 'sign_in', 'sender', 'try_later', 'refused', 'bad_address', 'unwritable', 'unreadable'))
) strict;

insert into outbox_again (id, dedupe_key, kind, user_id, appointments, due_at, state, attempts, leased_until, last_error,
    created_at, updated_at)
select id, dedupe_key, kind, user_id, appointments, due_at, state, attempts, leased_until, last_error, created_at,
    updated_at
from outbox;

drop table outbox;
alter table outbox_again rename to outbox;

create index outbox_due_index on outbox (state, due_at);
create index outbox_created_index on outbox (created_at);

-- Links in messages, stored as SHA-256. Each does one thing, for one person or appointment, until it expires; most work once.
create table mail_links (
    token_hash blob not null,
    -- 'manage_appointment': see and cancel one appointment, while it has this version; 'stop_reminders'; 'verify_address';
    -- 'reset_password'; 'invitation'
    purpose text not null,
    -- the message it stands in
    outbox_id blob not null,
    user_id blob,
    appointment_id blob,
    version integer,
    invitation_id blob,
    -- SHA-256 of the address it was sent to, when it proves that address
    address_hash blob,
    created_at integer not null,
    expires_at integer not null,
    used_at integer,
    constraint mail_links_pkey primary key (token_hash),
    constraint mail_links_outbox_fkey foreign key (outbox_id) references outbox (id),
    constraint mail_links_user_fkey foreign key (user_id) references users (id),
    constraint mail_links_appointment_fkey foreign key (appointment_id) references appointments (id),
    constraint mail_links_invitation_fkey foreign key (invitation_id) references invitations (id),
    constraint mail_links_purpose_check check (purpose in ('manage_appointment', 'stop_reminders', 'verify_address', 'reset_password', 'invitation'))
) strict;

create index mail_links_user_index on mail_links (user_id, purpose);

-- Private calendar feeds: whoever has the address reads them, so it is stored as SHA-256 and can be called back.
create table calendar_feeds (
    id blob not null,
    user_id blob not null,
    token_hash blob not null,
    -- doctors: whether the patients' names are in it; without, appointments are only busy times
    with_names integer not null constraint calendar_feeds_with_names_check check (with_names in (0, 1)),
    created_at integer not null,
    last_read_at integer,
    revoked_at integer,
    constraint calendar_feeds_pkey primary key (id),
    constraint calendar_feeds_token_key unique (token_hash),
    constraint calendar_feeds_user_fkey foreign key (user_id) references users (id)
) strict;

create index calendar_feeds_user_index on calendar_feeds (user_id);
