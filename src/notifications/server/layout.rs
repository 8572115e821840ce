//! How every message looks, as plain text and as HTML: what happened, facts, one thing to do, and whom to ask.
//!
//! What stands in a message was stored by somebody. askama escapes it in HTML, [`one_line`] keeps it on its line in text.

use askama::Template;

use crate::db::Error;

/// Characters of one stored value in a message.
const MOST_CHARACTERS: usize = 200;

/// Label and value, one line each.
pub(super) type Facts = Vec<(&'static str, String)>;

/// A part of a message: what happened, and the facts of what it happened to.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub opening: String,
    /// One table each.
    pub facts: Vec<Facts>,
}

impl Part {
    /// A part that only says something.
    pub fn saying(opening: impl Into<String>) -> Part {
        Part { opening: opening.into(), facts: Vec::new() }
    }
}

/// One message in words, before it is laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    pub subject: String,
    pub parts: Vec<Part>,
    /// What the link is for, such as "To see, move or cancel it:". With an empty link, nothing.
    pub lead: String,
    pub link: String,
    /// Small print, one paragraph each, such as whom to ask. A paragraph of two lines is words and the link they are for.
    pub closing: Vec<String>,
}

/// One message as it is sent.
#[derive(Clone, Debug)]
pub struct Words {
    pub subject: String,
    pub plain: String,
    pub html: String,
}

impl Body {
    /// # Errors
    /// Never, unless memory runs out.
    pub fn lay_out(&self) -> Result<Words, Error> {
        let broken = |_| Error::Corrupt("message template");
        Ok(Words {
            subject: self.subject.clone(),
            plain: Plain { body: self }.render().map_err(broken)?,
            html: Html { body: self }.render().map_err(broken)?,
        })
    }
}

#[derive(Template)]
#[template(
    ext = "txt",
    escape = "none",
    source = r#"{% for part in body.parts -%}
{{ part.opening }}

{% for facts in part.facts -%}
{% for (label, value) in facts -%}
{{ self::padded(label) }}{{ value }}
{% endfor %}
{% endfor -%}
{% endfor -%}
{% if !body.link.is_empty() -%}
{{ body.lead }}
{{ body.link }}
{% endif -%}
{% for paragraph in body.closing %}
{{ paragraph }}
{% endfor -%}
"#
)]
struct Plain<'a> {
    body: &'a Body,
}

/// The label in a column of its own.
fn padded(label: &str) -> String {
    format!("{:<11}", format!("{label}:"))
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{{ body.subject }}</title></head>
<body><div style="font-family:system-ui,sans-serif;font-size:1rem;line-height:1.5;max-width:40rem;margin:1rem">
{% for part in body.parts -%}
<p>{{ part.opening }}</p>
{% for facts in part.facts -%}
<table cellpadding="4" cellspacing="0" border="0">
{% for (label, value) in facts -%}
<tr><th align="left" valign="top" scope="row">{{ label }}</th><td>{{ value }}</td></tr>
{% endfor -%}
</table>
{% endfor -%}
{% endfor -%}
{% if !body.link.is_empty() -%}
<p>{{ body.lead }}<br><a href="{{ body.link }}">{{ body.link }}</a></p>
{% endif -%}
{% for paragraph in body.closing -%}
{% if let Some((words, link)) = paragraph.split_once('\n') -%}
<p>{{ words }}<br><a href="{{ link }}">{{ link }}</a></p>
{% else -%}
<p>{{ paragraph }}</p>
{% endif -%}
{% endfor -%}
</div></body></html>
"#
)]
struct Html<'a> {
    body: &'a Body,
}

/// A stored value on one line, of bounded length. Line breaks become commas, other control characters blanks.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect();
    let flat = lines.join(", ");
    let clean = flat.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(MOST_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Body {
        Body {
            subject: "Your appointment".into(),
            parts: vec![Part {
                opening: "It is <b>booked</b>.".into(),
                facts: vec![vec![("When", "Monday".into()), ("Reference", "A&B \"'".into())]],
            }],
            lead: "To see it:".into(),
            link: "https://clinic.example/x?a=1&b=2".into(),
            closing: vec!["Questions? Call us.".into()],
        }
    }

    #[test]
    fn plain_text_has_a_line_for_each_fact_and_one_blank_line_between_blocks() {
        let words = body().lay_out().unwrap();
        assert_eq!(
            words.plain,
            "It is <b>booked</b>.\n\nWhen:      Monday\nReference: A&B \"'\n\nTo see it:\nhttps://clinic.example/x?a=1&b=2\n\nQuestions? Call us.\n"
        );
    }

    #[test]
    fn small_print_can_end_in_a_link_and_a_stored_value_cannot_make_one() {
        let stored = one_line("Clinic\nhttps://evil.example");
        let closing = vec!["To stop:\nhttps://clinic.example/stop".into(), format!("Questions? Call {stored}.")];
        let words = Body { closing, ..body() }.lay_out().unwrap();
        assert!(
            words.plain.ends_with(
                "\nTo stop:\nhttps://clinic.example/stop\n\nQuestions? Call Clinic, https://evil.example.\n"
            ),
            "{}",
            words.plain
        );
        assert!(words.html.contains("<p>To stop:<br><a href=\"https://clinic.example/stop\">"), "{}", words.html);
        assert!(!words.html.contains("href=\"https://evil"), "{}", words.html);
    }

    #[test]
    fn a_stored_value_is_never_markup() {
        let html = body().lay_out().unwrap().html;
        assert!(html.contains("<p>It is &#60;b&#62;booked&#60;/b&#62;.</p>"), "{html}");
        assert!(html.contains("<td>A&#38;B &#34;&#39;</td>"), "{html}");
        assert!(html.contains("<a href=\"https://clinic.example/x?a=1&#38;b=2\">"), "{html}");
    }

    #[test]
    fn a_stored_value_is_one_line_of_bounded_length() {
        assert_eq!(one_line("4 Mill Lane\r\nLondon\u{0}\u{7f} SE1 "), "4 Mill Lane, London   SE1");
        assert_eq!(one_line(&"x".repeat(10_000)).len(), MOST_CHARACTERS);
    }
}
