-- Whoever looks for what overlaps a time asks for the ends as well as for the starts. With both in the index, only the rows
-- that do overlap are read: on PostgreSQL a serializable transaction collides with whoever writes to a row it has read, and
-- one that read more than some thirty rows of a table collides with everybody (max_pred_locks_per_relation).
-- The PostgreSQL set beside this one has the same numbers, tables and columns.

drop index appointments_doctor_index;
create index appointments_doctor_index on appointments (doctor_id, starts_at, ends_at);

drop index appointments_patient_index;
create index appointments_patient_index on appointments (patient_id, starts_at, ends_at);
