//! The pages of one section in groups: a row of groups, below it the pages of the group that is open, and on a narrow
//! screen a menu that opens.

use leptos::prelude::*;

/// Pages that belong together. Addresses may have a query; the first one is where the group leads.
#[derive(Clone, Debug)]
pub struct NavGroup {
    pub name: &'static str,
    pub links: Vec<(String, &'static str)>,
}

impl NavGroup {
    /// A group of these pages; none without pages.
    pub fn of(name: &'static str, links: impl IntoIterator<Item = (String, &'static str)>) -> Option<Self> {
        let links: Vec<_> = links.into_iter().collect();
        (!links.is_empty()).then_some(NavGroup { name, links })
    }
}

/// Links to the pages of a section. `path` is the address of the page shown; the first page of the first group is the
/// section's own. `open`, when given, stands for a group of `groups` with this name and has pages of its own.
#[component]
pub fn SectionNav(
    label: &'static str,
    path: String,
    groups: Vec<NavGroup>,
    #[prop(default = None)] open: Option<NavGroup>,
) -> impl IntoView {
    let home = first(&groups);
    let here = open.or_else(|| open_group(&groups, &path, &home).cloned());
    let open_page = here.as_ref().and_then(|group| nearest(group, &path, &home));
    let page = open_page.as_ref().map(|page| page.text);
    let menu = match (&here, page) {
        (Some(group), Some(page)) if group.name != page => ["Menu: ", group.name, ", ", page].concat(),
        (Some(group), _) => ["Menu: ", group.name].concat(),
        (None, _) => "Menu".to_owned(),
    };
    let name = here.as_ref().map(|group| group.name);
    let top = groups.into_iter().filter_map(|group| {
        let alone = group.links.len() == 1;
        let (href, _) = group.links.into_iter().next()?;
        let mark = if alone { current(&path, address(&href), &home) } else { None };
        let mark = mark.or((name == Some(group.name)).then_some("true"));
        Some(link(href, group.name, mark))
    });
    let top = top.collect_view();
    let pages = here.filter(|group| group.links.len() > 1).map(|group| {
        let links = group.links.into_iter().map(|(href, text)| {
            let mark = open_page.as_ref().filter(|page| page.href == href).map(|page| page.mark);
            link(href, text, mark)
        });
        view! {
            <ul class="nav-pages" aria-label=group.name>
                {links.collect_view()}
            </ul>
        }
    });
    view! {
        <nav class="section-nav no-print" aria-label=label>
            <details>
                <summary>{menu}</summary>
                <ul class="nav-groups">{top}</ul>
                {pages}
            </details>
        </nav>
    }
}

fn link(href: String, text: &'static str, current: Option<&'static str>) -> AnyView {
    view! {
        <li>
            <a href=href aria-current=current>
                {text}
            </a>
        </li>
    }
    .into_any()
}

fn first(groups: &[NavGroup]) -> String {
    let href = groups.first().and_then(|group| group.links.first()).map(|(href, _)| address(href));
    href.unwrap_or_default().to_owned()
}

/// The group to which the page belongs: that with the longest address above it.
fn open_group<'a>(groups: &'a [NavGroup], path: &str, home: &str) -> Option<&'a NavGroup> {
    let reach = |group: &NavGroup| nearest(group, path, home).map(|page| address(&page.href).len());
    groups
        .iter()
        .filter_map(|group| Some((reach(group)?, group)))
        .max_by_key(|(reach, _)| *reach)
        .map(|(_, group)| group)
}

/// A page of the navigation that is shown, or is above the one shown.
#[derive(Debug, PartialEq)]
struct OpenPage {
    href: String,
    text: &'static str,
    /// What `aria-current` says.
    mark: &'static str,
}

/// The page of a group that has the longest address above `path`.
fn nearest(group: &NavGroup, path: &str, home: &str) -> Option<OpenPage> {
    let open = group.links.iter().filter_map(|(href, text)| {
        let mark = current(path, address(href), home)?;
        Some(OpenPage { href: href.clone(), text, mark })
    });
    open.max_by_key(|page| address(&page.href).len())
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

    #[test]
    fn of_two_pages_above_the_nearer_one_is_marked() {
        let day = ("/doctor?doctor=ana".to_owned(), "Day");
        let group =
            NavGroup::of("Doctors", [day, ("/doctor/time-off?doctor=ana".to_owned(), "Time off")]).expect("pages");
        let marked = |path| nearest(&group, path, "/desk").map(|page| (page.text, page.mark));
        assert_eq!(marked("/doctor"), Some(("Day", "page")));
        assert_eq!(marked("/doctor/time-off"), Some(("Time off", "page")));
        assert_eq!(marked("/doctor/time-off/1"), Some(("Time off", "true")));
        assert_eq!(marked("/doctor/add"), Some(("Day", "true")));
        assert_eq!(marked("/patients"), None);
    }

    #[test]
    fn a_page_opens_the_group_that_names_it_or_the_one_above_it() {
        let group = |name, hrefs: &[&str]| {
            NavGroup::of(name, hrefs.iter().map(|href| ((*href).to_owned(), "page"))).expect("pages")
        };
        let groups = [
            group("Desk", &["/admin"]),
            group("People", &["/patients", "/patients/matches"]),
            group("Rest", &["/admin/users"]),
        ];
        let open = |path| open_group(&groups, path, &first(&groups)).map(|group| group.name);
        assert_eq!(open("/admin"), Some("Desk"));
        assert_eq!(open("/patients/1/edit"), Some("People"));
        assert_eq!(open("/admin/users/1"), Some("Rest"));
        assert_eq!(open("/admin/unknown"), None);
        assert!(NavGroup::of("Empty", []).is_none());
    }
}
