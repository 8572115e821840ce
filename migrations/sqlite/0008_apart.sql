-- The indexes of holds and of requests, as the PostgreSQL set beside this one needs them: it has the same numbers, tables
-- and columns.

-- every request has a limit
update appointments set answer_by = starts_at where status = 'requested' and answer_by is null;

drop index appointments_answer_by_index;
create index appointments_answer_by_index on appointments (answer_by) where answer_by is not null;

drop index appointments_holder_index;
create index appointments_holder_index on appointments (holder_hash) where holder_hash is not null;
-- holds that ran out lately
create index appointments_held_until_index on appointments (held_until) where held_until is not null;
