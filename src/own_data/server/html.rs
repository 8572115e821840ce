//! The copy as a page that is read without a connection: no script, nothing loaded, everything in one file.

use super::node::Node;
use crate::{
    time::{Timestamp, server::Zone},
    ui::escaped,
};

const STYLE: &str = "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;\
    color-scheme:light dark}h2{margin-top:2.5rem;border-bottom:1px solid}dl{margin:0 0 1rem}\
    dt{font-weight:600;margin-top:.4rem}dd{margin:0 0 0 1rem;white-space:pre-wrap;overflow-wrap:anywhere}\
    section>ol>li{margin-bottom:1.5rem}";

/// Writes the tree: its own texts first, then each list under a heading.
pub(super) fn document(tree: &Node, title: &str, zone: &Zone, now: Timestamp) -> String {
    let mut page = Page { text: String::new(), zone, now };
    page.text.push_str("<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">");
    page.text.push_str("<meta http-equiv=\"Content-Security-Policy\" ");
    page.text.push_str("content=\"default-src 'none'; style-src 'unsafe-inline'\">");
    page.text.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    page.plain(title);
    page.text.push_str("</title><style>");
    page.text.push_str(STYLE);
    page.text.push_str("</style></head><body><main><h1>");
    page.plain(title);
    page.text.push_str("</h1>");
    if let Node::Record(fields) = tree {
        let (parts, facts): (Vec<_>, Vec<_>) =
            fields.iter().partition(|(_, value)| matches!(value, Node::List(_) | Node::Record(_)));
        page.facts(&facts);
        for (name, value) in parts {
            page.text.push_str("<section><h2>");
            page.plain(&words(name));
            page.text.push_str("</h2>");
            page.value(value);
            page.text.push_str("</section>");
        }
    }
    page.text.push_str("</main></body></html>\n");
    page.text
}

struct Page<'a> {
    text: String,
    zone: &'a Zone,
    now: Timestamp,
}

impl Page<'_> {
    fn plain(&mut self, text: &str) {
        self.text.push_str(&escaped(text));
    }

    fn facts(&mut self, fields: &[&(&'static str, Node)]) {
        let told = |value: &Node| !matches!(value, Node::Nothing) && *value != Node::Text(String::new());
        if !fields.iter().any(|(_, value)| told(value)) {
            return;
        }
        self.text.push_str("<dl>");
        for (name, value) in fields.iter().filter(|(_, value)| told(value)) {
            self.text.push_str("<dt>");
            self.plain(&words(name));
            self.text.push_str("</dt><dd>");
            self.value(value);
            self.text.push_str("</dd>");
        }
        self.text.push_str("</dl>");
    }

    fn value(&mut self, value: &Node) {
        match value {
            Node::Nothing => {}
            Node::Text(text) => self.plain(text),
            Node::Number(number) => self.plain(&number.to_string()),
            Node::Flag(flag) => self.plain(if *flag { "Yes" } else { "No" }),
            Node::Moment(at) => {
                let (words, year) = (self.zone.moment_words(*at, self.now), self.zone.local_date(*at).to_string());
                let year = year.get(..4).unwrap_or_default();
                let told = if words.contains(year) { words } else { [&words, ", ", year].concat() };
                self.plain(&told);
            }
            Node::List(list) if list.is_empty() => self.plain("None"),
            Node::List(list) => {
                self.text.push_str("<ol>");
                for item in list {
                    self.text.push_str("<li>");
                    self.value(item);
                    self.text.push_str("</li>");
                }
                self.text.push_str("</ol>");
            }
            Node::Record(fields) => self.facts(&fields.iter().collect::<Vec<_>>()),
        }
    }
}

/// "birth_date" is "Birth date".
fn words(name: &str) -> String {
    let text = name.strip_suffix("_at").unwrap_or(name).replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_text_and_no_markup() {
        let zone = Zone::parse("Europe/London").unwrap();
        let typed = "<script>alert(1)</script>\" onload='x'&amp;";
        let tree = Node::Record(vec![
            ("made_at", Node::Moment(Timestamp(1_767_600_000))),
            ("person", Node::Record(vec![("name", Node::text(typed))])),
            ("appointments", Node::List(vec![Node::Record(vec![("reason", Node::text(typed))])])),
            ("messages", Node::List(Vec::new())),
        ]);
        let page = document(&tree, typed, &zone, Timestamp(1_767_600_000));
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script>").count(), 4);
        assert!(page.contains("<dt>Made</dt><dd>Monday 5 January, 8am, 2026</dd>"), "{page}");
        assert!(page.contains("<h2>Messages</h2>None"), "{page}");
    }
}
