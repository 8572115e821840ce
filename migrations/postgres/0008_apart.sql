-- Indexes that keep bookings of different doctors apart. Serializable transactions note which pages of an index they read,
-- and one of two that read and write the same page fails; an index of the few rows that are held, or wait for an answer,
-- is one page for the whole clinic, and the planner likes such an index best of all.
-- The SQLite set beside this one has the same numbers, tables and columns.

-- every request has a limit
update appointments set answer_by = starts_at where status = 'requested' and answer_by is null;

drop index appointments_answer_by_index;
create index appointments_answer_by_index on appointments (answer_by) where answer_by is not null;

drop index appointments_holder_index;
create index appointments_holder_index on appointments (holder_hash) where holder_hash is not null;
-- holds that ran out lately
create index appointments_held_until_index on appointments (held_until) where held_until is not null;
