-- pgbench's side of the booking rounds of bench.sh: the rows that POST /book with an Idempotency-Key writes, in one
-- serializable transaction as there, and nothing else. No two appointments overlap.
\set d random(1, :doctors)
\set p random(1, 1024)
\set n :n + 1
begin isolation level serializable;
with made as (
  insert into appointments (id, reference, doctor_id, patient_id, visit_type_id, location_id, status, version, starts_at,
      ends_at, time_zone, local_start, utc_offset_seconds, doctor_name, visit_type_name, mode, location_name,
      location_address, location_phone, instructions, buffer_before_minutes, buffer_after_minutes, needs_approval,
      cutoff_minutes, late_cancel, created_at, updated_at)
    select md5(:run || '-' || :client_id || '-' || :n)::uuid, :run || '-' || :client_id || '-' || :n, d.id, p.id,
      d.visit_type_id, d.location_id, 'booked', 1, at, at + interval '20 minutes', 'Europe/London', '2040-01-01T09:00', 0,
      'Dr Amara Abara', 'Consultation', 'in_person', 'Riverside', '4 Mill Lane', '020 7946 0000', '', 0, 0, false, 1440,
      'allow', now(), now()
    from bench_doctors d, bench_patients p,
      (select timestamptz '2040-01-01' + (:run * 128 + :client_id) * interval '90 days' + :n * interval '30 minutes') t (at)
    where d.n = :d and p.n = :p
    returning id, doctor_id, patient_id)
insert into appointment_events (id, appointment_id, doctor_id, version, at, actor_id, actor_role, action, from_status,
    to_status)
  select gen_random_uuid(), id, doctor_id, 1, now(), patient_id, 'patient', 'book', null, 'booked' from made;
insert into outbox (id, dedupe_key, kind, person_id, appointments, due_at, state, attempts, created_at, updated_at)
  values (gen_random_uuid(), 'appointment_booked:' || :run || '-' || :client_id || '-' || :n, 'appointment_booked',
    (select id from bench_patients where n = :p), '["' || md5(:run || '-' || :client_id || '-' || :n)::uuid || '"]', now(),
    'queued', 0, now(), now()) on conflict (dedupe_key) do nothing;
insert into idempotency_keys (person_id, operation, key, request_hash, effect_id, lease_until, status, headers, body,
    created_at)
  values ((select id from bench_patients where n = :p), 'POST /book', :run || '-' || :client_id || '-' || :n,
    sha256('{}'), md5(:run || '-' || :client_id || '-' || :n)::uuid, now(), 201, '{}', repeat('x', 700), now());
commit;
