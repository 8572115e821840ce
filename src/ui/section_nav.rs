//! The pages of one section: a row of links, and on a narrow screen a menu that opens.

use leptos::prelude::*;

/// Links to the pages of a section. `path` is the address of the page shown; `links` are addresses (which may have a
/// query) and their words, the section's own page first.
#[component]
pub fn SectionNav(label: &'static str, path: String, links: Vec<(String, &'static str)>) -> impl IntoView {
    let home = links.first().map(|(href, _)| address(href).to_owned()).unwrap_or_default();
    let here = links.iter().find(|(href, _)| current(&path, address(href), &home).is_some());
    let menu = here.map_or_else(|| "Menu".to_owned(), |(_, text)| ["Menu: ", text].concat());
    let links = links
        .into_iter()
        .map(|(href, text)| {
            let current = current(&path, address(&href), &home);
            view! {
                <li>
                    <a href=href aria-current=current>
                        {text}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="section-nav no-print" aria-label=label>
            <details>
                <summary>{menu}</summary>
                <ul>{links}</ul>
            </details>
        </nav>
    }
}

fn address(href: &str) -> &str {
    href.split('?').next().unwrap_or(href)
}

/// A page below a link's address belongs to that link, except below the section's own page.
fn current(path: &str, address: &str, home: &str) -> Option<&'static str> {
    match path.strip_prefix(address) {
        Some("") => Some("page"),
        Some(rest) if rest.starts_with('/') && address != home => Some("true"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_its_link_and_to_the_one_above_but_not_to_the_section() {
        assert_eq!(current("/admin", "/admin", "/admin"), Some("page"));
        assert_eq!(current("/admin/users", "/admin", "/admin"), None);
        assert_eq!(current("/admin/users/1", "/admin/users", "/admin"), Some("true"));
        assert_eq!(current("/admin/usersx", "/admin/users", "/admin"), None);
    }
}
