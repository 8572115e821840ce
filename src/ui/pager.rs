//! Links to the pages of a long list.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// Previous, the pages around this one, next. Nothing at all when there is one page.
#[component]
pub fn Pager(
    /// The page shown, from 1.
    page: u32,
    pages: u32,
    /// The address up to the page's number, such as `/doctors?specialty=dentistry&page=`.
    #[prop(into)]
    prefix: String,
) -> impl IntoView {
    if pages <= 1 {
        return ().into_any();
    }
    let href = |number: u32| [prefix.as_str(), &number.to_string()].concat();
    let previous = (page > 1).then(|| {
        view! {
            <li>
                <a href=href(page - 1) rel="prev">
                    <Icon glyph=Glyph::ChevronLeft />
                    "Previous"
                    <span class="visually-hidden">" page"</span>
                </a>
            </li>
        }
    });
    let next = (page < pages).then(|| {
        view! {
            <li>
                <a href=href(page + 1) rel="next">
                    "Next"
                    <span class="visually-hidden">" page"</span>
                    <Icon glyph=Glyph::ChevronRight />
                </a>
            </li>
        }
    });
    let numbers = shown(page, pages)
        .into_iter()
        .map(|entry| match entry {
            None => view! { <li><span aria-hidden="true">"…"</span></li> }.into_any(),
            Some(number) => view! {
                <li>
                    <a href=href(number) aria-current=(number == page).then_some("page")>
                        <span class="visually-hidden">"Page "</span>
                        {number}
                    </a>
                </li>
            }
            .into_any(),
        })
        .collect_view();
    view! {
        <nav class="pager" aria-label="Pages">
            <ul>{previous} {numbers} {next}</ul>
        </nav>
    }
    .into_any()
}

/// The numbers to show: the first, the last, and those next to `page`. `None` is a gap.
fn shown(page: u32, pages: u32) -> Vec<Option<u32>> {
    let mut entries = Vec::new();
    let mut last = 0;
    for number in 1..=pages {
        if number == 1 || number == pages || number.abs_diff(page) <= 1 {
            if number > last + 1 {
                entries.push(None);
            }
            entries.push(Some(number));
            last = number;
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn the_first_the_last_and_the_neighbours_are_shown() {
        assert_eq!(shown(1, 2), [Some(1), Some(2)]);
        assert_eq!(shown(5, 9), [Some(1), None, Some(4), Some(5), Some(6), None, Some(9)]);
        assert_eq!(shown(9, 9), [Some(1), None, Some(8), Some(9)]);
    }
}
