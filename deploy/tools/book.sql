-- pgbench's side of the booking rounds of bench.sh: the rows that POST /book with an Idempotency-Key writes, in one
-- serializable transaction as there, and nothing else. No two appointments overlap.
\set d random(1, :doctors)
\set p random(1, 1024)
\set n :n + 1
begin isolation level serializable;
with made as (
  insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version, starts_at, ends_at,
      utc_offset_seconds, buffer_before_minutes, buffer_after_minutes, created_at, updated_at)
    select md5(:run || '-' || :client_id || '-' || :n)::uuid, :run || '-' || :client_id || '-' || :n, d.id, p.id,
      d.terms_id, 'booked', 1, at, at + interval '20 minutes', 0, 0, 0, now(), now()
    from bench_doctors d, bench_patients p,
      (select timestamptz '2040-01-01' + (:run * 128 + :client_id) * interval '90 days' + :n * interval '30 minutes') t (at)
    where d.n = :d and p.n = :p
    returning id, patient_id)
insert into appointment_events (appointment_id, version, at, actor_id, actor_role, action, from_status, to_status)
  select id, 1, now(), patient_id, 'patient', 'book', null, 'booked' from made;
insert into outbox (id, dedupe_key, kind, person_id, appointments, due_at, state, attempts, created_at, updated_at)
  values (gen_random_uuid(), 'appointment_booked:' || :run || '-' || :client_id || '-' || :n, 'appointment_booked',
    (select id from bench_patients where n = :p), '["' || md5(:run || '-' || :client_id || '-' || :n)::uuid || '"]', now(),
    'queued', 0, now(), now()) on conflict (dedupe_key) do nothing;
insert into idempotency_keys (person_id, operation, key, request_hash, effect_id, lease_until, status, headers, body,
    created_at)
  values ((select id from bench_patients where n = :p), 'POST /book', :run || '-' || :client_id || '-' || :n,
    sha256('{}'), md5(:run || '-' || :client_id || '-' || :n)::uuid, now(), 201, '{}', repeat('x', 700), now());
commit;
