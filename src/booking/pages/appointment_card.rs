//! The appointment at a glance, beside the forms that are about it.

use leptos::prelude::*;

use super::{
    device_zone::DeviceZone,
    facts::{appointment_words, span_words},
};
use crate::{
    booking::{AppointmentSummary, Mode},
    ui::{Avatar, AvatarSize, Glyph, Icon},
};

/// Date and time, doctor, visit type and place.
#[component]
pub(super) fn AppointmentCard(appointment: AppointmentSummary) -> impl IntoView {
    let times = span_words(&appointment);
    let kind = appointment_words(&appointment.visit_type_name, &appointment.minutes.to_string(), appointment.mode);
    let place = if appointment.mode == Mode::InPerson {
        [&appointment.location, ", ", &appointment.address].concat()
    } else {
        appointment.location.clone()
    };
    let glyph = match appointment.mode {
        Mode::InPerson => Glyph::Place,
        Mode::Video => Glyph::Video,
        Mode::Phone => Glyph::Phone,
    };
    view! {
        <div class="appointment-card">
            <div class="appointment-card-when">
                <p class="small">{appointment.date}</p>
                <p class="appointment-card-time">{times}</p>
            </div>
            <div class="appointment-card-body">
                <div class="person">
                    <Avatar name=appointment.doctor_name.clone() size=AvatarSize::Small />
                    <div>
                        <p>
                            <strong>
                                <bdi>{appointment.doctor_name}</bdi>
                            </strong>
                        </p>
                        <p class="muted small">{kind}</p>
                    </div>
                </div>
                <ul class="facts facts-column">
                    <li>
                        <Icon glyph=Glyph::Clock />
                        <span>{appointment.zone}</span>
                    </li>
                    <li>
                        <Icon glyph />
                        <span>{place}</span>
                    </li>
                </ul>
                <DeviceZone at=appointment.starts_at offset_minutes=appointment.offset_minutes />
            </div>
        </div>
    }
}
