//! Pages of the website that the browser asks for by itself, so that it can show a part of one in place of a part of the
//! page that is open.

use leptos::web_sys::{
    Document, Element,
    js_sys::{Object, Reflect},
};
use wasm_bindgen::{
    JsCast,
    prelude::{JsValue, wasm_bindgen},
};

use super::events::base_path;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn fetch(address: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    type Answer;

    #[wasm_bindgen(method, getter)]
    fn ok(this: &Answer) -> bool;

    #[wasm_bindgen(method, getter)]
    fn url(this: &Answer) -> String;

    #[wasm_bindgen(method, getter)]
    fn headers(this: &Answer) -> Headers;

    #[wasm_bindgen(method, catch)]
    async fn text(this: &Answer) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn json(this: &Answer) -> Result<JsValue, JsValue>;

    type Headers;

    #[wasm_bindgen(method)]
    fn get(this: &Headers, name: &str) -> Option<String>;

    type DOMParser;

    #[wasm_bindgen(constructor)]
    fn new() -> DOMParser;

    #[wasm_bindgen(method, js_name = parseFromString)]
    fn parse(this: &DOMParser, text: &str, kind: &str) -> Document;

    type FormData;

    #[wasm_bindgen(constructor, catch)]
    fn with_button(form: &Element, button: Option<&Element>) -> Result<FormData, JsValue>;

    type URLSearchParams;

    #[wasm_bindgen(constructor)]
    fn of(data: &FormData) -> URLSearchParams;

    #[wasm_bindgen(method, js_name = toString)]
    fn encoded(this: &URLSearchParams) -> String;
}

/// A page as it arrived. Nothing in it runs.
pub struct FetchedPage {
    /// Where it came from, after all that led there.
    pub address: String,
    pub document: Document,
}

impl FetchedPage {
    /// Asks for the page at this address of the website. None without an answer.
    pub async fn read(address: &str) -> Option<Self> {
        let answer = ask(address, &options("GET", "text/html", None)).await?;
        Self::of(answer).await
    }

    async fn of(answer: Answer) -> Option<Self> {
        let text = answer.text().await.ok()?.as_string()?;
        let document = DOMParser::new().parse(&text, "text/html");
        Some(FetchedPage { address: answer.url(), document })
    }

    /// The element with this id.
    #[must_use]
    pub fn part(&self, id: &str) -> Option<Element> {
        self.document.get_element_by_id(id)
    }
}

/// A form as it would be sent now.
pub struct Form {
    /// Where to.
    pub action: String,
    /// Names and values, as in a query.
    pub values: String,
    /// Whether it asks for a page and changes nothing.
    pub only_asks: bool,
}

impl Form {
    /// What this form would send by a press on `button`. None for what is no form.
    #[must_use]
    pub fn of(form: &Element, button: Option<&Element>) -> Option<Self> {
        let data = FormData::with_button(form, button).ok()?;
        let only_asks = form.get_attribute("method").is_none_or(|method| method == "get");
        Some(Form { action: form.get_attribute("action")?, values: URLSearchParams::of(&data).encoded(), only_asks })
    }

    /// The address to which a form that only asks leads.
    #[must_use]
    pub fn address(&self) -> String {
        [&self.action, "?", &self.values].concat()
    }
}

/// What came of a form that was sent.
pub enum Sent {
    /// It succeeded and leads to this address.
    Done(String),
    /// It failed, and this page says why.
    Failed(FetchedPage),
}

/// Sends a form once. When it fails it is sent again as a page would send it: the answer is the page that says why.
/// None without an answer.
pub async fn send(form: &Form) -> Option<Sent> {
    let answer = ask(&form.action, &options("POST", "application/json", Some(&form.values))).await?;
    if answer.ok()
        && let Some(address) = answer.headers().get("location")
    {
        return Some(Sent::Done(address));
    }
    let answer = ask(&form.action, &options("POST", "text/html", Some(&form.values))).await?;
    FetchedPage::of(answer).await.map(Sent::Failed)
}

/// What a server function answered, read by the browser itself: that spares its part of the program what reads it.
pub struct Called {
    /// Whether it succeeded.
    pub ok: bool,
    value: JsValue,
}

impl Called {
    /// A part of the answer.
    fn part(&self, name: &str) -> JsValue {
        Reflect::get(&self.value, &name.into()).unwrap_or(JsValue::UNDEFINED)
    }

    /// A number in the answer; none when it has none of this name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.part(name).as_f64()
    }

    /// Whether the answer says so.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.part(name).as_bool() == Some(true)
    }

    /// The code of an error.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        self.part("code").as_string()
    }

    /// An answer that is a list of numbers.
    #[must_use]
    pub fn numbers(&self) -> Option<Vec<f64>> {
        let length = self.number("length")? as u32;
        (0..length).map(|place| Reflect::get_u32(&self.value, place).ok()?.as_f64()).collect()
    }
}

/// Calls the server function at this path with these values, as in a query. None without an answer.
pub async fn call(path: &str, values: &str) -> Option<Called> {
    let address = base_path().unwrap_or_default() + path;
    let answer = ask(&address, &options("POST", "application/json", Some(values))).await?;
    Some(Called { ok: answer.ok(), value: answer.json().await.ok()? })
}

async fn ask(address: &str, options: &JsValue) -> Option<Answer> {
    fetch(address, options).await.ok().map(JsCast::unchecked_into)
}

fn options(method: &str, accept: &str, body: Option<&str>) -> JsValue {
    let headers = object(&[("accept", accept.into()), ("content-type", "application/x-www-form-urlencoded".into())]);
    let body = body.map_or(JsValue::UNDEFINED, JsValue::from);
    object(&[("method", method.into()), ("headers", headers), ("body", body)])
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // cannot fail for a new object
        let _ = Reflect::set(&object, &JsValue::from(*name), value);
    }
    object.into()
}
