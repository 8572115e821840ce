//! Where the browser starts.

use leptos::{prelude::document, server_fn::client::set_server_url};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::ui::base_path;

/// Called by the page's script once the WASM has arrived: makes the islands in the server's HTML live, and marks the
/// document so that tests know when.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    if let Some(base) = base_path() {
        // once, for as long as the page is shown
        set_server_url(base.leak());
    }
    leptos::mount::hydrate_islands();
    if let Some(root) = document().document_element() {
        // Cannot fail for a fixed, valid attribute name.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
