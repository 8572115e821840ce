//! The visit at a glance, beside the forms that are about it.

use leptos::prelude::*;

use super::{
    device_zone::DeviceZone,
    facts::{span_words, visit_words},
};
use crate::{
    booking::{Mode, VisitView},
    ui::{Avatar, AvatarSize, Glyph, Icon},
};

/// Date and time, doctor, kind of visit and place.
#[component]
pub(super) fn VisitCard(visit: VisitView) -> impl IntoView {
    let times = span_words(&visit);
    let kind = visit_words(&visit.visit_name, &visit.minutes.to_string(), visit.mode);
    let place = if visit.mode == Mode::InPerson {
        [&visit.location, ", ", &visit.address].concat()
    } else {
        visit.location.clone()
    };
    let glyph = match visit.mode {
        Mode::InPerson => Glyph::Place,
        Mode::Video => Glyph::Video,
        Mode::Phone => Glyph::Phone,
    };
    view! {
        <div class="visit-card">
            <div class="visit-card-when">
                <p class="small">{visit.date}</p>
                <p class="visit-card-time">{times}</p>
            </div>
            <div class="visit-card-body">
                <div class="person">
                    <Avatar name=visit.doctor_name.clone() size=AvatarSize::Small />
                    <div>
                        <p>
                            <strong>
                                <bdi>{visit.doctor_name}</bdi>
                            </strong>
                        </p>
                        <p class="muted small">{kind}</p>
                    </div>
                </div>
                <ul class="facts facts-column">
                    <li>
                        <Icon glyph=Glyph::Clock />
                        <span>{visit.zone}</span>
                    </li>
                    <li>
                        <Icon glyph />
                        <span>{place}</span>
                    </li>
                </ul>
                <DeviceZone at=visit.starts_at offset_minutes=visit.offset_minutes />
            </div>
        </div>
    }
}
