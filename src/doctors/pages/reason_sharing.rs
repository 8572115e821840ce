//! Whether clinic staff may read what patients write for a doctor.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::FormPage,
    doctors::{actions::own_profile::ShareReasons, model::own_profile::OwnProfile},
    ui::{Button, ButtonKind, Checkbox},
};

/// The doctor's choice, or for staff what the doctor chose.
pub(super) fn reason_sharing(profile: &OwnProfile) -> AnyView {
    let choice = if profile.by_staff { chosen(profile).into_any() } else { form(profile).into_any() };
    view! {
        <section class="section" aria-labelledby="reasons-heading">
            <h2 id="reasons-heading">"What patients write to the doctor"</h2>
            {choice}
        </section>
    }
    .into_any()
}

fn chosen(profile: &OwnProfile) -> impl IntoView + use<> {
    let words = if profile.staff_read_reasons {
        "Clinic staff may read patients\u{2019} reasons."
    } else {
        "Clinic staff may not read patients\u{2019} reasons."
    };
    view! { <p>{words} " Only the doctor can change this."</p> }
}

fn form(profile: &OwnProfile) -> impl IntoView + use<> {
    view! {
        <form method="post" action=ShareReasons::PATH>
            <FormPage />
            <Checkbox
                name="staff_read_reasons"
                label="Clinic staff may read patients\u{2019} reasons"
                hint="Without it, staff see that a patient wrote a reason, and not what it says."
                checked=profile.staff_read_reasons
            />
            <div class="btns">
                <Button kind=ButtonKind::Secondary>"Save this choice"</Button>
            </div>
        </form>
    }
}
