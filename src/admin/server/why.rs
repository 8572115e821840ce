//! Why a time is not offered.
