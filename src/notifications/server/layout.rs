//! The layout of every message, as plain text and as HTML: what happened, facts, one thing to do, and a contact.
//!
//! Stored values in a message were typed by people. askama escapes them in HTML, [`one_line`] keeps each on its line in
//! text.

use askama::Template;

use crate::db::Error;

/// Characters of one stored value in a message.
const MAX_CHARACTERS: usize = 200;

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
    /// Small print, one paragraph each, such as a contact. A paragraph of two lines is words and the link they are for.
    pub closing: Vec<String>,
}

/// One message in words, as text and as HTML.
#[derive(Clone, Debug)]
pub struct Words {
    pub subject: String,
    pub plain: String,
    /// What the message says; [`Words::document`] puts the page around it.
    pub html: String,
}

impl Words {
    /// The HTML part as it is sent, under the clinic's name.
    ///
    /// # Errors
    /// Never, unless memory runs out.
    pub fn document(&self, clinic: &str) -> Result<String, Error> {
        let page = Page { subject: &self.subject, clinic: &one_line(clinic), content: &self.html };
        page.render().map_err(broken)
    }
}

fn broken(_: askama::Error) -> Error {
    Error::Corrupt("message template")
}

impl Body {
    /// # Errors
    /// Never, unless memory runs out.
    pub fn lay_out(&self) -> Result<Words, Error> {
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

// Mail programs know little CSS, but all understand tables and styles on each element. The sheet in the head adds dark
// colours and narrow screens for programs that read it; what it changes has a class.

#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{% for part in body.parts -%}
<p class="text" style="margin:0 0 16px;font-size:17px;line-height:26px;color:#1b2430">{{ part.opening }}</p>
{% for facts in part.facts -%}
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;margin:0 0 24px">
{% for (label, value) in facts -%}
<tr><th class="label rule" scope="row" align="left" valign="top" width="110" style="padding:10px 12px 10px 0;border-top:1px solid #dfe4eb;font-size:15px;line-height:24px;font-weight:normal;color:#4a5666">{{ label }}</th><td class="value rule text" valign="top" style="padding:10px 0;border-top:1px solid #dfe4eb;font-size:16px;line-height:24px;color:#1b2430;overflow-wrap:anywhere">{{ value }}</td></tr>
{% endfor -%}
</table>
{% endfor -%}
{% endfor -%}
{% if !body.link.is_empty() -%}
<p class="text" style="margin:0 0 12px;font-size:16px;line-height:24px;color:#1b2430">{{ body.lead }}</p>
<table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px"><tr><td class="button" align="center" bgcolor="#2a4aa8" style="border-radius:8px;background-color:#2a4aa8"><a class="button-link" href="{{ body.link }}" style="display:inline-block;padding:12px 24px;font-size:16px;line-height:24px;font-weight:bold;color:#ffffff;text-decoration:none">Open the page</a></td></tr></table>
<p class="muted" style="margin:0 0 24px;font-size:14px;line-height:21px;color:#4a5666">If the button does not work, copy this address into your browser:<br><a class="link" href="{{ body.link }}" style="color:#2444a0;overflow-wrap:anywhere;word-break:break-word">{{ body.link }}</a></p>
{% endif -%}
{% if !body.closing.is_empty() -%}
<div class="rule" style="border-top:1px solid #dfe4eb;padding-top:16px">
{% for paragraph in body.closing -%}
<p class="muted" style="margin:0 0 8px;font-size:15px;line-height:23px;color:#4a5666;overflow-wrap:anywhere">
{%- if let Some((words, link)) = paragraph.split_once('\n') -%}
{{ words }}<br><a class="link" href="{{ link }}" style="color:#2444a0;overflow-wrap:anywhere;word-break:break-word">{{ link }}</a>
{%- else -%}
{{ paragraph }}
{%- endif -%}
</p>
{% endfor -%}
</div>
{% endif -%}
"##
)]
struct Html<'a> {
    body: &'a Body,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>{{ subject }}</title>
<style>
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (max-width:480px){.card{padding:20px 16px!important}.label,.value{display:block!important;width:auto!important}.label{padding-bottom:0!important}.value{padding-top:0!important;border-top:0!important}}
@media (prefers-color-scheme:dark){.page{background-color:#10151c!important}.card{background-color:#18202a!important;border-color:#3a4654!important}.text{color:#e8ecf1!important}.muted,.label{color:#aeb9c6!important}.rule{border-color:#3a4654!important}.link{color:#a9bdff!important}.button{background-color:#9db4ff!important}.button-link{color:#0e1838!important}}
</style></head>
<body class="page" style="margin:0;padding:0;background-color:#f6f7f9">
<table class="page" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#f6f7f9" style="background-color:#f6f7f9;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;text-align:left">
<tr><td class="text" style="padding:0 4px 16px;font-size:19px;line-height:28px;font-weight:bold;color:#1b2430;overflow-wrap:anywhere">{{ clinic }}</td></tr>
<tr><td class="card" bgcolor="#ffffff" style="padding:28px;background-color:#ffffff;border:1px solid #c9d0da;border-radius:12px">
{{ content|safe }}</td></tr>
</table>
</td></tr></table>
</body></html>
"##
)]
struct Page<'a> {
    subject: &'a str,
    clinic: &'a str,
    /// Made by [`Html`], so it is markup already.
    content: &'a str,
}

/// A stored value on one line, of bounded length. Line breaks become commas, other control characters blanks.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect();
    let flat = lines.join(", ");
    let clean = flat.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(MAX_CHARACTERS).collect()
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
        let end = "\nTo stop:\nhttps://clinic.example/stop\n\nQuestions? Call Clinic, https://evil.example.\n";
        assert!(words.plain.ends_with(end), "{}", words.plain);
        let link = ">To stop:<br><a class=\"link\" href=\"https://clinic.example/stop\"";
        assert!(words.html.contains(link), "{}", words.html);
        assert!(!words.html.contains("href=\"https://evil"), "{}", words.html);
    }

    #[test]
    fn a_stored_value_is_never_markup() {
        let html = body().lay_out().unwrap().document("Praxis <i>\r\nSüd").unwrap();
        assert!(html.contains(">It is &#60;b&#62;booked&#60;/b&#62;.</p>"), "{html}");
        assert!(html.contains(">A&#38;B &#34;&#39;</td>"), "{html}");
        assert!(html.contains("href=\"https://clinic.example/x?a=1&#38;b=2\""), "{html}");
        assert!(html.contains(">Praxis &#60;i&#62;, Süd</td>"), "{html}");
    }

    #[test]
    fn a_stored_value_is_one_line_of_bounded_length() {
        assert_eq!(one_line("4 Mill Lane\r\nLondon\u{0}\u{7f} SE1 "), "4 Mill Lane, London   SE1");
        assert_eq!(one_line(&"x".repeat(10_000)).len(), MAX_CHARACTERS);
    }
}
