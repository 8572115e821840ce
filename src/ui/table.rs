//! Tables of records: on a wide screen columns, on a phone a card for each row.

use leptos::prelude::*;

/// What one column of a [`Table`] holds.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    /// The style of its cells; none for short text.
    class: Option<&'static str>,
}

impl Column {
    /// Short text, a link, a label.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Column { name, class: None }
    }

    /// Numbers, which stand under one another.
    #[must_use]
    pub const fn number(name: &'static str) -> Self {
        Column { name, class: Some("num") }
    }

    /// Text that may have many lines.
    #[must_use]
    pub const fn long(name: &'static str) -> Self {
        Column { name, class: Some("long") }
    }
}

/// A table whose first column names each row. `label` is the id of the heading that says what the table lists.
///
/// The roles are those that the elements have; the style sheet makes blocks of them on a phone, and some browsers then
/// forget what they are.
#[component]
pub fn Table(#[prop(into)] label: String, columns: &'static [Column], rows: Vec<Vec<AnyView>>) -> impl IntoView {
    let heads = columns
        .iter()
        .map(|column| {
            view! {
                <th scope="col" role="columnheader" class=column.class>
                    {column.name}
                </th>
            }
        })
        .collect_view();
    let rows = rows.into_iter().map(|cells| row(columns, cells)).collect_view();
    let region = label.clone();
    view! {
        <div class="table-scroll table-cards" role="region" aria-labelledby=region tabindex="0">
            <table class="table" role="table" aria-labelledby=label>
                <thead role="rowgroup">
                    <tr role="row">{heads}</tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

fn row(columns: &'static [Column], cells: Vec<AnyView>) -> impl IntoView {
    let mut named = columns.iter().zip(cells);
    let head = named.next().map(|(column, cell)| {
        view! {
            <th scope="row" role="rowheader" class=column.class>
                {cell}
            </th>
        }
    });
    let cells = named
        .map(|(column, cell)| {
            view! {
                <td role="cell" class=column.class data-label=column.name>
                    {cell}
                </td>
            }
        })
        .collect_view();
    view! { <tr role="row">{head} {cells}</tr> }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column::text("Name"), Column::number("Doctors"), Column::long("Address")];

    #[test]
    fn each_cell_names_its_column() {
        let html = Owner::new().with(|| {
            let cells = vec!["Riverside".into_any(), "12".into_any(), "1 Quay Street".into_any()];
            view! { <Table label="locations" columns=&COLUMNS rows=vec![cells] /> }.to_html()
        });
        let html = html.replace("<!>", "").replace(" class=\"\"", "");
        for part in [
            r#"<th scope="row" role="rowheader">Riverside</th>"#,
            r#"data-label="Doctors" class="num">12</td>"#,
            r#"data-label="Address" class="long">1 Quay Street</td>"#,
            r#"<th scope="col" role="columnheader" class="num">Doctors</th>"#,
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
