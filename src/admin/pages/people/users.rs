//! Searching accounts.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    admin::{
        actions::people::find_users,
        model::people::{ListedUser, UserList},
    },
    app::{AdminNav, ClinicClock, Failure, PageTitle, role_words},
    ui::{Button, ButtonKind, Column, Empty, Field, Glyph, Pager, Table, Tag, Tone},
};

const COLUMNS: [Column; 5] = [
    Column::text("Name"),
    Column::text("Email address"),
    Column::text("Kind of account"),
    Column::text("Status"),
    Column::text("Last sign-in"),
];

/// `/admin/users?q=&page=`: search accounts.
#[component]
pub fn UsersPage() -> impl IntoView {
    let (query, page) = use_query_map().with_untracked(|map| {
        let page = map.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        (map.get("q").unwrap_or_default(), page)
    });
    let users = Resource::new_blocking(move || (query.clone(), page), |(query, page)| find_users(query, page));
    let page = move || {
        users.get().map(|users| match users {
            Ok(users) => show(users),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(list: UserList) -> AnyView {
    let UserList { query, users, all, page, pages } = list;
    let title = if page > 1 {
        ["Accounts, page ", &page.to_string(), " of ", &pages.to_string()].concat()
    } else {
        "Accounts".to_owned()
    };
    let found = match all {
        1 => "1 account".to_owned(),
        more => more.to_string() + " accounts",
    };
    let prefix = ["/admin/users?q=", &Url::escape(&query), "&page="].concat();
    let rows = if users.is_empty() {
        view! {
            <Empty glyph=Glyph::Search title="No account found">
                <p>"Search for the beginning of a word of the name, or of the email address."</p>
            </Empty>
        }
        .into_any()
    } else {
        table(users)
    };
    view! {
        <PageTitle text=title.clone() />
        <AdminNav />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <ClinicClock />
        </div>
        <form method="get" action="/admin/users" role="search">
            <Field name="q" label="Name, email address or phone number" kind="search" autocomplete="off" value=query />
            <Button kind=ButtonKind::Secondary>"Search"</Button>
        </form>
        <div class="section">
            <h2 id="found">{found}</h2>
            {rows}
            <Pager page pages prefix />
        </div>
    }
    .into_any()
}

fn table(users: Vec<ListedUser>) -> AnyView {
    let rows = users.into_iter().map(row).collect();
    view! {
        <Table label="found" columns=&COLUMNS rows />
    }
    .into_any()
}

fn row(user: ListedUser) -> Vec<AnyView> {
    let (tone, status) = status_words(user.suspended);
    let name = view! {
        <a href=["/admin/users/", &user.id.to_string()].concat()>
            <bdi>{user.name}</bdi>
        </a>
    };
    vec![
        name.into_any(),
        view! { <bdi class="breakable">{user.email}</bdi> }.into_any(),
        role_words(user.role).into_any(),
        view! { <Tag tone text=status /> }.into_any(),
        user.last_sign_in.unwrap_or_else(|| "Never".to_owned()).into_any(),
    ]
}

/// An account's status in a word.
pub(super) fn status_words(suspended: bool) -> (Tone, &'static str) {
    if suspended { (Tone::Danger, "Suspended") } else { (Tone::Success, "Active") }
}
