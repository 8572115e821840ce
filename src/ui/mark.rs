//! The brand's mark.

use leptos::prelude::*;

/// Four slots, one of them yours. The space between them is a cross.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <rect class="mark-tile" width="32" height="32" rx="8"></rect>
            <path class="mark-slot" d="M8.5 6H14v8H6V8.5A2.5 2.5 0 0 1 8.5 6zM6 18h8v8H8.5A2.5 2.5 0 0 1 6 23.5zM18 18h8v5.5A2.5 2.5 0 0 1 23.5 26H18z"></path>
            <path class="mark-yours" d="M18 6h5.5A2.5 2.5 0 0 1 26 8.5V14h-8z"></path>
        </svg>
    }
}
