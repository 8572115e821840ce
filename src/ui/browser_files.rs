//! What a page loads besides itself: the style sheet, and the script and WASM that make its islands live.

use std::sync::Arc;

use leptos::{nonce::use_nonce, prelude::*};

/// The addresses of the built files, and the script that starts the islands. The server knows them when it starts and
/// gives them to every page as context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrowserFiles(Arc<Addresses>);

/// The parts of [`BrowserFiles`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    pub style: String,
    pub script: String,
    pub wasm: String,
    /// The text of the script that loads the other two.
    pub start: String,
    /// What the page of the desk loads instead, where the build made it.
    pub desk: Option<BrowserFiles>,
}

/// The page with a part of its own.
const DESK: &str = "/desk";

impl BrowserFiles {
    /// The files for a page, by its path and query.
    #[must_use]
    pub fn of_page(self, page: &str) -> BrowserFiles {
        if page.split('?').next() != Some(DESK) {
            return self;
        }
        self.0.desk.clone().unwrap_or(self)
    }
}

impl From<Addresses> for BrowserFiles {
    fn from(addresses: Addresses) -> Self {
        BrowserFiles(Arc::new(addresses))
    }
}

/// The link to the style sheet.
#[component]
pub fn StyleLink(files: BrowserFiles) -> impl IntoView {
    view! { <link rel="stylesheet" href=files.0.style.clone() /> }
}

/// Loads the WASM and makes the islands of the page live.
#[component]
pub fn IslandScripts(files: BrowserFiles) -> impl IntoView {
    // outside of islands nothing is made live, so nothing is written down for it
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let Addresses { script, wasm, start, .. } = &*files.0;
    view! {
        <link rel="modulepreload" href=script.clone() crossorigin="" />
        <link rel="preload" href=wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="" />
        <script type="module" nonce=use_nonce()>
            {start.clone()}
        </script>
    }
}
