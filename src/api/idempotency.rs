//! `Idempotency-Key`: a request that is sent again has one effect, and gets the first answer again.
