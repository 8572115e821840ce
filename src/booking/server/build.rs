//! Building the row of an appointment from a slot.

use super::{
    appointment::Appointment,
    availability::{Availability, BookableDoctor},
};
use crate::{
    availability::server::{Location, Slot, VisitType},
    booking::{Mode, Status},
    db::Error,
    ids::AppointmentId,
    random,
    time::Timestamp,
};

/// An appointment for a slot of an availability; see [`build_appointment_at`].
pub(super) fn build_appointment(
    availability: &Availability,
    slot: &Slot,
    now: Timestamp,
) -> Result<Appointment, Error> {
    let location = availability.locations.get(&slot.location).ok_or(Error::Corrupt("a slot at an unknown location"))?;
    Ok(build_appointment_at(&availability.doctor, &availability.visit_type, location, slot, now))
}

/// An appointment for a slot, with the values of this moment copied in. Its status is the caller's to choose.
pub(super) fn build_appointment_at(
    doctor: &BookableDoctor,
    visit_type: &VisitType,
    location: &Location,
    slot: &Slot,
    now: Timestamp,
) -> Appointment {
    Appointment {
        id: AppointmentId(random::id()),
        reference: random::reference(),
        chain_position: 1,
        doctor_id: doctor.id,
        patient_id: None,
        holder_hash: None,
        visit_type_id: visit_type.id,
        location_id: location.id,
        status: Status::Booked,
        version: 1,
        overbook: false,
        starts_at: slot.start,
        ends_at: slot.end,
        time_zone: location.zone.name().to_owned(),
        local_start: location.zone.local_start_text(slot.start),
        utc_offset_seconds: location.zone.offset_seconds(slot.start),
        held_until: None,
        hold_extensions: 0,
        doctor_name: doctor.name.clone(),
        visit_type_name: visit_type.name.clone(),
        mode: visit_type.mode,
        location_name: location.name.clone(),
        location_address: location.address.clone(),
        location_phone: location.phone.clone(),
        instructions: visit_type.instructions.clone(),
        buffer_before_minutes: visit_type.rules.buffer_before.into(),
        buffer_after_minutes: visit_type.rules.buffer_after.into(),
        needs_approval: visit_type.needs_approval,
        cutoff_minutes: visit_type.cutoff_minutes,
        late_cancel: visit_type.late_cancel,
        reason: String::new(),
        contact_phone: String::new(),
        cancelled_by: None,
        cancel_reason: None,
        cancelled_late: false,
        rescheduled_from: None,
        rescheduled_to: None,
        would_replace: None,
        resource_id: slot.resource,
        created_at: now,
        updated_at: now,
        answer_by: None,
        override_reason: String::new(),
        video_room: if visit_type.mode == Mode::Video { random::token() } else { String::new() },
        video_url: String::new(),
        doctor_slug: doctor.slug.clone(),
        doctor_person_id: doctor.person_id,
        doctor_booking_mail: doctor.booking_mail,
        doctor_video_url: String::new(),
    }
}
