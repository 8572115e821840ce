//! Taking back what the clinic has just done to an appointment, on its page.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::FormPage,
    booking::{
        actions::front_desk::UndoChange,
        front_desk::{ChangeKind, UndoOffer},
    },
    ui::{Button, ButtonKind},
};

/// The endpoint of the form, as its failure is found by.
pub(super) const UNDO: &str = "front_desk/undo";

/// A button, as long as nobody is told.
pub(super) fn undo_form(offer: UndoOffer) -> impl IntoView {
    let (what, press) = match offer.kind {
        ChangeKind::Cancelled => ("It was cancelled a moment ago.", "Undo the cancellation"),
        ChangeKind::Moved => ("It was moved a moment ago.", "Undo the move"),
    };
    view! {
        <form method="post" action=UndoChange::PATH>
            <FormPage />
            <input type="hidden" name="id" value=offer.id.to_string() />
            <input type="hidden" name="version" value=offer.version.to_string() />
            <p>{what} " Messages leave three minutes later; until then it can be undone."</p>
            <Button kind=ButtonKind::Secondary>{press}</Button>
        </form>
    }
}
