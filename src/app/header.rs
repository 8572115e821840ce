//! The top of every page: the emergency notice, the brand, the navigation and the signed-in account.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

use super::{
    failure::sign_in_address,
    form_page::FormPage,
    frame::{leaving_target, own_page, tel_href, use_frame},
};
use crate::{
    accounts::{Permission, Role, SignedInUser, actions::SignOut},
    ui::{Glyph, Icon, Mark, SearchKey},
};

/// The number to call in an emergency.
#[component]
pub fn EmergencyStrip() -> impl IntoView {
    let number = use_frame().clinic.emergency_line;
    view! {
        <aside class="strip" aria-label="Emergency">
            <p class="wrap">"In an emergency, call " <a href=tel_href(&number)>{number.clone()}</a> " now."</p>
        </aside>
    }
}

/// Brand, navigation by role, and the account.
#[component]
pub fn Header() -> impl IntoView {
    let frame = use_frame();
    let start = frame.role().map_or("/", Role::start_page);
    let search = frame.is_clinic().then(find_patient);
    let (links, signed_in_user) = (links(frame.role()), frame.signed_in_user);
    let account = signed_in_user.map_or_else(signed_out, signed_in);
    view! {
        <header class="header">
            <div class="wrap header-row">
                <a class="brand" href=start>
                    <Mark />
                    "docslot"
                </a>
                <nav class="nav" aria-label="Main">
                    <ul>{links}</ul>
                </nav>
                {search}
                <ul class="account">{account}</ul>
            </div>
        </header>
    }
}

/// Finding a patient from every page, for doctors and staff. Where one is found, the record opens.
fn find_patient() -> impl IntoView {
    // who dictates, or presses keys by accident, can switch a single key off (WCAG 2.1.4): on the page of the account
    let key = !use_frame().search_key_off;
    view! {
        <form class="find-patient" method="get" action="/patients" role="search" aria-label="Patients">
            <label class="visually-hidden" for="find-patient">
                "Find a patient by name, birth date, phone number or reference"
            </label>
            <input
                class="input"
                id="find-patient"
                name="q"
                type="search"
                placeholder="Find a patient"
                autocomplete="off"
                aria-keyshortcuts=key.then_some("/")
            />
            <input type="hidden" name="open" value="one" />
            <button class="btn btn-secondary" type="submit">
                <Icon glyph=Glyph::Search />
                <span class="visually-hidden">"Find"</span>
            </button>
        </form>
        {key.then(|| view! { <SearchKey /> })}
    }
}

fn links(role: Option<Role>) -> AnyView {
    let (href, words) = own_page(role);
    let own = link(href, words, leaving_target());
    let find = link("/doctors", "Find a doctor", None);
    if role.is_some_and(|role| role.may(Permission::WorkInEveryCalendar)) {
        return (own, link("/desk", "Desk", leaving_target()), find).into_any();
    }
    if role.is_some_and(|role| role.may(Permission::WorkAtDesk)) {
        return (own, find).into_any();
    }
    (find, own).into_any()
}

/// A link that knows when it leads to this page, or to the list this page belongs to.
fn link(href: &'static str, words: &'static str, target: Option<&'static str>) -> AnyView {
    let path = use_location().pathname.get_untracked();
    let current = match path.strip_prefix(href) {
        Some("") => Some("page"),
        Some(rest) if rest.starts_with('/') => Some("true"),
        _ => None,
    };
    view! {
        <li>
            <a href=href target=target aria-current=current>
                {words}
            </a>
        </li>
    }
    .into_any()
}

fn signed_in(signed_in_user: SignedInUser) -> AnyView {
    view! {
        <li>
            <a href="/account" target=leaving_target()>
                <Icon glyph=Glyph::Person />
                <span class="visually-hidden">"Your account, "</span>
                <bdi>{signed_in_user.name}</bdi>
            </a>
        </li>
        <li>
            <form method="post" action=SignOut::PATH target=leaving_target()>
                <FormPage />
                <button type="submit">"Sign out"</button>
            </form>
        </li>
    }
    .into_any()
}

fn signed_out() -> AnyView {
    let location = use_location();
    let path = location.pathname.get_untracked();
    let sign_in = if matches!(path.as_str(), "/" | "/sign-in" | "/register") {
        "/sign-in".to_owned()
    } else {
        sign_in_address(&path, &location.search.get_untracked())
    };
    view! {
        <li>
            <a href=sign_in target=leaving_target()>
                "Sign in"
            </a>
        </li>
        <li>
            <a class="btn" href="/register" target=leaving_target()>
                "Create account"
            </a>
        </li>
    }
    .into_any()
}
