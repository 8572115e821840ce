-- Programs: personal tokens, and the answers that a request sent again gets again. The PostgreSQL set beside this one has the
-- same numbers, tables and columns.

-- A personal token lets a program act for one person. Only its SHA-256 is kept.
create table api_tokens (
    id blob not null,
    user_id blob not null,
    -- what its owner calls it
    name text not null,
    token_hash blob not null,
    -- words from read, book and manage, separated by blanks
    scopes text not null,
    created_at integer not null,
    -- null: it does not run out
    expires_at integer,
    last_used_at integer,
    revoked_at integer,
    constraint api_tokens_pkey primary key (id),
    constraint api_tokens_hash_key unique (token_hash),
    constraint api_tokens_user_fkey foreign key (user_id) references users (id)
) strict;

create index api_tokens_user_index on api_tokens (user_id);

-- One row per Idempotency-Key, for a day.
create table idempotency_keys (
    user_id blob not null,
    -- such as 'POST /appointments'
    operation text not null,
    key text not null,
    -- SHA-256 of what was sent with it
    request_hash blob not null,
    -- what the request makes has this id, also when it is carried out again
    effect_id blob not null,
    -- until then the first request is under way, unless it has a status
    lease_until integer not null,
    status integer,
    -- of the answer: headers as JSON
    headers text,
    body text,
    created_at integer not null,
    constraint idempotency_keys_pkey primary key (user_id, operation, key),
    constraint idempotency_keys_user_fkey foreign key (user_id) references users (id)
) strict;

create index idempotency_keys_created_index on idempotency_keys (created_at);
