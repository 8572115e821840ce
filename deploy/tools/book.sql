-- pgbench's side of the booking row of bench.sh: the rows that POST /book with an Idempotency-Key writes, in the same three
-- serializable transactions, and nothing else. No two appointments overlap.
\set d random(1, 2000)
\set p random(1, 1024)
\set n :n + 1
begin isolation level serializable;
insert into idempotency_keys (user_id, operation, key, request_hash, effect_id, lease_until, created_at)
  values ((select id from bench_patients where n = :p), 'POST /book', :run || '-' || :client_id || '-' || :n,
    sha256('{}'), md5(:run || '-' || :client_id || '-' || :n)::uuid, now(), now()) on conflict do nothing;
commit;
begin isolation level serializable;
insert into appointments (id, reference, doctor_id, patient_id, visit_type_id, location_id, status, version, starts_at,
    ends_at, time_zone, local_start, utc_offset_seconds, held_until, doctor_name, visit_type_name, mode, location_name,
    location_address, location_phone, instructions, buffer_before_minutes, buffer_after_minutes, needs_approval,
    cutoff_minutes, late_cancel, created_at, updated_at)
  select md5(:run || '-' || :client_id || '-' || :n)::uuid, :run || '-' || :client_id || '-' || :n, d.id, p.id,
    d.visit_type_id, d.location_id, 'held', 1, at, at + interval '20 minutes', 'Europe/London', '2040-01-01T09:00', 0, now(),
    'Dr Amara Abara', 'Consultation', 'in_person', 'Riverside', '4 Mill Lane', '020 7946 0000', '', 0, 0, false, 1440,
    'allow', now(), now()
  from bench_doctors d, bench_patients p,
    (select timestamptz '2040-01-01' + (:run * 64 + :client_id) * interval '90 days' + :n * interval '30 minutes') t (at)
  where d.n = :d and p.n = :p;
insert into appointment_events (id, appointment_id, doctor_id, version, at, actor_id, actor_role, action, from_status, to_status)
  select gen_random_uuid(), id, doctor_id, 1, now(), patient_id, 'patient', 'hold', null, 'held'
  from appointments where id = md5(:run || '-' || :client_id || '-' || :n)::uuid;
update appointments set status = 'booked', version = 2, updated_at = now()
  where id = md5(:run || '-' || :client_id || '-' || :n)::uuid and status = 'held' and version = 1;
insert into appointment_events (id, appointment_id, doctor_id, version, at, actor_id, actor_role, action, from_status, to_status)
  select gen_random_uuid(), id, doctor_id, 2, now(), patient_id, 'patient', 'book', 'held', 'booked'
  from appointments where id = md5(:run || '-' || :client_id || '-' || :n)::uuid;
insert into outbox (id, dedupe_key, kind, user_id, appointments, due_at, state, attempts, created_at, updated_at)
  values (gen_random_uuid(), 'appointment_booked:' || :run || '-' || :client_id || '-' || :n, 'appointment_booked',
    (select id from bench_patients where n = :p), '["' || md5(:run || '-' || :client_id || '-' || :n)::uuid || '"]', now(),
    'queued', 0, now(), now()) on conflict (dedupe_key) do nothing;
commit;
begin isolation level serializable;
update idempotency_keys set status = 201, headers = '{}', body = repeat('x', 700)
  where user_id = (select id from bench_patients where n = :p) and operation = 'POST /book'
    and key = :run || '-' || :client_id || '-' || :n and status is null;
commit;
