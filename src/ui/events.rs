//! Server-sent events in the browser.

use leptos::prelude::document;
use wasm_bindgen::{
    JsCast,
    prelude::{Closure, JsValue, wasm_bindgen},
};

#[wasm_bindgen]
extern "C" {
    type EventSource;

    #[wasm_bindgen(constructor, catch)]
    fn new(address: &str) -> Result<EventSource, JsValue>;

    #[wasm_bindgen(method, getter = readyState)]
    fn ready_state(this: &EventSource) -> u16;

    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &EventSource, told: &Closure<dyn FnMut(JsValue)>);

    #[wasm_bindgen(method)]
    fn close(this: &EventSource);

    type Message;

    #[wasm_bindgen(method, getter)]
    fn data(this: &Message) -> Option<String>;
}

const OPEN: u16 = 1;
const CLOSED: u16 = 2;

/// The path of the host below which the website stands, as the page says, if it does not have the whole host.
#[must_use]
pub fn base_path() -> Option<String> {
    document().document_element()?.get_attribute("data-base")
}

/// An open stream of events; it is closed when this is dropped. When its connection breaks, the browser opens it again.
pub struct Events {
    source: EventSource,
    _told: Closure<dyn FnMut(JsValue)>,
}

impl Events {
    /// Calls `told` for every event of the stream at this address of the website. None in a browser that does not know
    /// such streams.
    #[must_use]
    pub fn open(address: &str, mut told: impl FnMut() + 'static) -> Option<Self> {
        Self::open_to_read(address, move |_| told())
    }

    /// As [`Self::open`], with what each event says.
    #[must_use]
    pub fn open_to_read(address: &str, mut told: impl FnMut(String) + 'static) -> Option<Self> {
        let source = EventSource::new(&(base_path().unwrap_or_default() + address)).ok()?;
        let told = Closure::new(move |message: JsValue| {
            told(message.unchecked_into::<Message>().data().unwrap_or_default());
        });
        source.set_onmessage(&told);
        Some(Events { source, _told: told })
    }

    /// Whether events arrive now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.source.ready_state() == OPEN
    }

    /// Whether the browser gave the stream up, because the server refused it.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.source.ready_state() == CLOSED
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.source.close();
    }
}
