//! Arrived, completed, did not attend; and requests that run out.
