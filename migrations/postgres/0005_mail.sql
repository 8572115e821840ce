-- Sending messages: what went wrong the last time. The SQLite set beside this one has the same numbers, tables and
-- columns.

-- null: nothing yet, or it was sent
alter table outbox add column last_error text
    constraint outbox_last_error_check check (last_error in ('unreachable', 'not_secure', 'sign_in', 'sender', 'try_later', 'refused', 'bad_address', 'unwritable', 'unreadable'));

-- the newest first, on the staff's page
create index outbox_created_index on outbox (created_at);
