//! Joining a video call, on the page of its appointment; and the form that says where the call is.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{Fields, FormPage, FormState},
    booking::{AppointmentDetails, VideoCall, actions::video::SetVideoUrl},
    ui::{Button, ButtonKind, Field},
};

/// What the form of the address calls its field.
pub(super) const FIELDS: Fields = &[("video_url", "the link")];

/// How the reader joins the call; nothing for what is no call.
pub(super) fn joining(appointment: &AppointmentDetails) -> Option<AnyView> {
    let for_doctor = appointment.clinic.is_some();
    let words = match appointment.video.as_ref()? {
        VideoCall::Unknown if for_doctor => {
            "There is no link for this call yet. Add one below, or one for all your calls to your profile.".to_owned()
        }
        VideoCall::Unknown => "The clinic will tell you how to join.".to_owned(),
        VideoCall::Later { from } => ["The link to join appears here on ", from, "."].concat(),
        VideoCall::Soon { opens } => ["You can join here from ", opens, "."].concat(),
        VideoCall::Open { url } => return Some(join_button(url.clone())),
    };
    Some(view! { <p>{words}</p> }.into_any())
}

/// The other website learns nothing of this one.
fn join_button(url: String) -> AnyView {
    view! {
        <p class="no-print">
            <a class="btn btn-wide" href=url rel="noopener noreferrer" referrerpolicy="no-referrer">
                "Join the video call"
            </a>
        </p>
        <p class="muted small no-print">"The call is on another website. Keep the link to yourself."</p>
    }
    .into_any()
}

/// Where this call is, for its doctor and for staff.
pub(super) fn video_form(appointment: &AppointmentDetails, state: &FormState) -> Option<AnyView> {
    let saved = appointment.clinic.as_ref()?.video_url.as_ref()?;
    let form = view! {
        <section class="section no-print" aria-labelledby="video">
            <h2 id="video">"Video call"</h2>
            <form method="post" action=SetVideoUrl::PATH novalidate>
                <FormPage />
                <input type="hidden" name="id" value=appointment.id.to_string() />
                <input type="hidden" name="version" value=appointment.version.to_string() />
                <Field
                    name="video_url"
                    label="Link for this call"
                    hint="It begins with https://. Without one, the link of the doctor\u{2019}s profile or of the clinic counts."
                    optional=true
                    value=state.kept("video_url", saved)
                    error=state.problem("video_url", FIELDS)
                />
                <Button kind=ButtonKind::Secondary>"Save the link"</Button>
            </form>
        </section>
    };
    Some(form.into_any())
}
