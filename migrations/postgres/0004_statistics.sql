-- What the clinic's statistics count, one row per local date and thing counted, so that a page over years reads a few
-- thousand rows instead of a million appointments. Made from appointments and brought up to date by whoever looks, never by a
-- booking: bookings would wait for each other. Both tables may be emptied at any time; they fill again.
-- The SQLite set beside this one has the same numbers, tables and columns.

create table appointment_counts (
    -- the date on the clock of the appointment's place
    local_date date not null,
    measure text not null,
    -- which part of the measure: an hour of the week, a group of days ahead, who cancelled
    cell integer not null,
    -- appointments, or minutes
    total bigint not null,
    -- the marks of up to five different patients, 8 bytes each: enough to say whether fewer than five people are meant,
    -- also for several rows together
    people bytea not null,
    constraint appointment_counts_pkey primary key (local_date, measure, cell),
    constraint appointment_counts_measure_check check (measure in ('appointments', 'minutes', 'attended', 'missed', 'lead', 'cancelled'))
);

-- One row: how far the counts have got.
create table appointment_counts_state (
    id integer not null,
    -- changes of appointments before this moment are counted
    counted_until timestamptz not null,
    -- rises with every bringing up to date
    version integer not null,
    constraint appointment_counts_state_pkey primary key (id),
    constraint appointment_counts_state_single_check check (id = 1)
);
