//! The appointment at a glance, next to the forms that are about it.

use leptos::prelude::*;

use super::facts::{appointment_words, for_whom, span_words};
use crate::{
    booking::{AppointmentSummary, Mode},
    ui::{Avatar, AvatarSize, DeviceZone, Glyph, Icon},
};

/// Date and time, doctor, visit type and location.
#[component]
pub(super) fn AppointmentCard(summary: AppointmentSummary) -> impl IntoView {
    let times = span_words(&summary);
    let kind = appointment_words(&summary.visit_type_name, &summary.minutes.to_string(), summary.mode);
    let location = if summary.mode == Mode::InPerson {
        [&summary.location, ", ", &summary.address].concat()
    } else {
        summary.location.clone()
    };
    let glyph = match summary.mode {
        Mode::InPerson => Glyph::Place,
        Mode::Video => Glyph::Video,
        Mode::Phone => Glyph::Phone,
    };
    let whose = for_whom(&summary);
    view! {
        <div class="appointment-card">
            <div class="appointment-card-when">
                <p class="small">{summary.date}</p>
                <p class="appointment-card-time">{times}</p>
            </div>
            <div class="appointment-card-body">
                {whose}
                <div class="person">
                    <Avatar name=summary.doctor_name.clone() size=AvatarSize::Small />
                    <div>
                        <p>
                            <strong>
                                <bdi>{summary.doctor_name}</bdi>
                            </strong>
                        </p>
                        <p class="muted small">{kind}</p>
                    </div>
                </div>
                <ul class="facts facts-column">
                    <li>
                        <Icon glyph=Glyph::Clock />
                        <span>{summary.zone}</span>
                    </li>
                    <li>
                        <Icon glyph />
                        <span>{location}</span>
                    </li>
                </ul>
                <DeviceZone at=summary.starts_at offset_minutes=summary.offset_minutes />
            </div>
        </div>
    }
}
