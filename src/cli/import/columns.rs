//! The columns of files, by our names and by those that other systems give them.

/// A column.
pub(super) struct Column {
    pub name: &'static str,
    /// What else a heading may say.
    pub other_names: &'static [&'static str],
    pub required: bool,
}

const fn must(name: &'static str, other_names: &'static [&'static str]) -> Column {
    Column { name, other_names, required: true }
}

const fn may(name: &'static str, other_names: &'static [&'static str]) -> Column {
    Column { name, other_names, required: false }
}

/// Of patients. A name may be in one column or in two.
pub(super) const PATIENTS: &[Column] = &[
    may("id", &["patient_id", "customer_id", "uid"]),
    may("name", &["full_name", "display_name", "patient_name"]),
    may("first_name", &["firstname", "given_name"]),
    may("last_name", &["lastname", "surname", "family_name"]),
    may("email", &["e_mail", "email_address", "mail"]),
    may("phone", &["phone_number", "telephone", "mobile", "mobile_number"]),
    // of our own files, and not taken over
    may("status", &[]),
    may("reminders", &[]),
    may("created_at", &[]),
];

pub(super) const DOCTORS: &[Column] = &[
    may("id", &["doctor_id", "provider_id", "uid"]),
    must("name", &["full_name", "display_name"]),
    may("title", &["designation"]),
    may("registration_number", &["registration"]),
    may("about", &["description", "bio"]),
    must("specialties", &["specialty", "speciality", "specialities"]),
    may("languages", &["language"]),
    may("accepts_new_patients", &[]),
    may("status", &[]),
    // of our own files, and not taken over
    may("slug", &[]),
    may("account_id", &[]),
    may("approval", &[]),
];

pub(super) const APPOINTMENTS: &[Column] = &[
    may("id", &["uid", "appointment_id", "booking_id"]),
    may("doctor", &["doctor_id", "provider", "provider_id", "id_users_provider"]),
    may("patient_id", &["customer_id", "id_users_customer"]),
    may("patient_email", &["attendee_email", "customer_email", "email"]),
    may("patient_name", &["attendee_name", "customer_name"]),
    may("patient_phone", &["attendee_phone", "customer_phone"]),
    may("visit_type", &["service", "event_type"]),
    may("mode", &[]),
    may("location", &[]),
    must("start", &["start_datetime", "start_time", "starts_at"]),
    may("end", &["end_datetime", "end_time", "ends_at"]),
    may("minutes", &["duration", "length"]),
    may("time_zone", &["timezone"]),
    may("status", &[]),
    may("cancelled_by", &[]),
    may("reason", &["notes", "note"]),
    may("booked_at", &["book_datetime", "created_at"]),
    may("overbook", &[]),
    // of our own files, and not taken over
    may("reference", &[]),
    may("chain_position", &[]),
    may("version", &[]),
    may("contact_phone", &[]),
    may("override_reason", &[]),
    may("cancel_reason", &[]),
    may("cancelled_late", &[]),
    may("rescheduled_from", &[]),
    may("rescheduled_to", &[]),
    may("resource_id", &[]),
    may("updated_at", &[]),
];

/// The column with this heading, whatever its capitals, blanks and hyphens.
pub(super) fn find(columns: &'static [Column], heading: &str) -> Option<&'static Column> {
    let plain = heading.trim().to_lowercase().replace([' ', '-'], "_");
    columns.iter().find(|column| column.name == plain || column.other_names.contains(&plain.as_str()))
}
