//! Plots as SVG: a title that says what they show, a description, horizontal text, and one colour.
//!
//! Horizontal positions are shares of the width, and there is no view box: a plot fills its column, and its text stays
//! as large as the text around it. `id` must be unique on the page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One bar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// Shown next to or below the bar; empty for none.
    pub label: String,
    /// How long it is.
    pub value: i64,
    /// The number in words, written at the bar; empty for none.
    pub text: String,
}

/// One point of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Shown below the point; empty for none.
    pub label: String,
    /// A second line below it.
    pub detail: String,
    /// Its height; none where there is no number.
    pub value: Option<i64>,
    /// The number in words, written at the point; empty for none.
    pub text: String,
}

/// Where the plot begins, in percent of the width: the numbers of the axis stand before it.
const LEFT: f64 = 8.0;
const WIDTH: f64 = 100.0 - LEFT;
/// Pixels from the top to the highest value, and to the base line.
const TOP: f64 = 26.0;
const BASE: f64 = 176.0;
/// Baselines of the two lines of text below the plot.
const LABELS: f64 = 198.0;
const DETAILS: f64 = 217.0;
/// Pixels of one row of a [`RowChart`].
const ROW: f64 = 52.0;
/// The longest row bar, in percent of the width, which leaves room for the number behind it.
const LONGEST: f64 = 80.0;

/// Upright bars along time.
#[component]
pub fn ColumnChart(
    #[prop(into)] id: String,
    /// What the plot says, in a sentence.
    #[prop(into)]
    title: String,
    /// What is drawn.
    #[prop(into)]
    description: String,
    bars: Vec<Bar>,
) -> impl IntoView {
    let axis = Axis::up_to(bars.iter().map(|bar| bar.value).max().unwrap_or_default());
    let slot = WIDTH / bars.len().max(1) as f64;
    let marks = bars.into_iter().enumerate().map(|(index, bar)| {
        let left = LEFT + index as f64 * slot;
        let top = axis.height(bar.value);
        let shape = (bar.value > 0).then(|| rectangle("chart-bar", left + slot * 0.12, top, slot * 0.76, BASE - top));
        let text = svg_text("chart-value", left + slot / 2.0, top - 7.0, bar.text);
        let name = svg_text("chart-label", left + slot / 2.0, LABELS, bar.label);
        view! { <g>{shape} {text} {name}</g> }
    });
    let marks = marks.collect_view().into_any();
    frame(id, title, description, LABELS + 8.0, vec![axis.lines(""), marks])
}

/// Bars from left to right, one for each group, with the name above and the number behind.
#[component]
pub fn RowChart(
    #[prop(into)] id: String,
    /// What the plot says, in a sentence.
    #[prop(into)]
    title: String,
    /// What is drawn.
    #[prop(into)]
    description: String,
    bars: Vec<Bar>,
) -> impl IntoView {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or_default().max(1) as f64;
    let height = ROW * bars.len() as f64;
    let rows = bars.into_iter().enumerate().map(|(index, bar)| {
        let top = ROW * index as f64;
        let length = bar.value as f64 / most * LONGEST;
        let shape = (bar.value > 0).then(|| rectangle("chart-bar", 0.0, top + 22.0, length, 18.0));
        view! {
            <g>
                <text class="chart-label" x="0" y=number(top + 14.0)>
                    {bar.label}
                </text>
                {shape}
                <text class="chart-value" x=percent(length) y=number(top + 36.0) dx="6">
                    {bar.text}
                </text>
            </g>
        }
    });
    frame(id, title, description, height, vec![rows.collect_view().into_any()])
}

/// Shares along time, in percent. Neighbouring points are joined; a missing one leaves a gap.
#[component]
pub fn LineChart(
    #[prop(into)] id: String,
    /// What the plot says, in a sentence.
    #[prop(into)]
    title: String,
    /// What is drawn.
    #[prop(into)]
    description: String,
    points: Vec<Point>,
) -> impl IntoView {
    let axis = Axis::up_to(points.iter().filter_map(|point| point.value).max().unwrap_or_default());
    let slot = WIDTH / points.len().max(1) as f64;
    let across = |index: usize| LEFT + (index as f64 + 0.5) * slot;
    let pairs = points.windows(2).enumerate().filter_map(|(index, pair)| match pair {
        [Point { value: Some(from), .. }, Point { value: Some(to), .. }] => Some((index, *from, *to)),
        _ => None,
    });
    let joins = pairs.map(|(index, from, to)| {
        let (x1, x2) = (percent(across(index)), percent(across(index + 1)));
        let (y1, y2) = (number(axis.height(from)), number(axis.height(to)));
        view! { <line class="chart-line" x1=x1 y1=y1 x2=x2 y2=y2 /> }
    });
    let joins = joins.collect_view().into_any();
    let marks = points.into_iter().enumerate().map(|(index, point)| {
        let x = across(index);
        let height = axis.height(point.value.unwrap_or_default());
        let shape = point.value.map(|_| {
            view! { <circle class="chart-point" cx=percent(x) cy=number(height) r="4.5" /> }
        });
        let text = svg_text("chart-value", x, height - 10.0, point.text);
        let name = svg_text("chart-label", x, LABELS, point.label);
        let detail = svg_text("chart-label", x, DETAILS, point.detail);
        view! { <g>{shape} {text} {name} {detail}</g> }
    });
    let marks = marks.collect_view().into_any();
    frame(id, title, description, DETAILS + 8.0, vec![axis.lines("%"), joins, marks])
}

/// The SVG around a plot, with its name.
fn frame(id: String, title: String, description: String, height: f64, parts: Vec<AnyView>) -> AnyView {
    let (title_id, description_id) = ([&id, "-title"].concat(), [&id, "-description"].concat());
    let names = [&title_id, " ", &description_id].concat();
    view! {
        <svg class="chart" role="img" aria-labelledby=names width="100%" height=number(height)>
            <title id=title_id>{title}</title>
            <desc id=description_id>{description}</desc>
            {parts}
        </svg>
    }
    .into_any()
}

fn rectangle(class: &'static str, left: f64, top: f64, width: f64, height: f64) -> AnyView {
    view! { <rect class=class x=percent(left) y=number(top) width=percent(width) height=number(height) rx="2" /> }
        .into_any()
}

/// Words around a point; nothing when there are none.
fn svg_text(class: &'static str, across: f64, down: f64, text: String) -> Option<AnyView> {
    let text = (!text.is_empty()).then_some(text)?;
    let text = view! {
        <text class=class x=percent(across) y=number(down) text-anchor="middle">
            {text}
        </text>
    };
    Some(text.into_any())
}

/// The upright axis: at most four steps of a round number.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    step: i64,
    most: i64,
}

impl Axis {
    fn up_to(value: i64) -> Axis {
        let value = value.max(1);
        let mut unit = 1;
        loop {
            if let Some(step) = [unit, 2 * unit, 5 * unit].into_iter().find(|step| value <= 4 * step) {
                return Axis { step, most: (value + step - 1) / step * step };
            }
            unit *= 10;
        }
    }

    /// How far from the top a value is.
    fn height(&self, value: i64) -> f64 {
        BASE - (BASE - TOP) * value as f64 / self.most.max(1) as f64
    }

    /// A line for each step, with its number and `unit`.
    fn lines(&self, unit: &'static str) -> AnyView {
        let axis = *self;
        let line = move |value: i64| {
            let y = axis.height(value);
            let class = if value == 0 { "chart-base" } else { "chart-grid" };
            view! {
                <line class=class x1=percent(LEFT) y1=number(y) x2="100%" y2=number(y) />
                <text class="chart-label" x=percent(LEFT - 1.0) y=number(y + 4.0) text-anchor="end">
                    {value}
                    {unit}
                </text>
            }
        };
        (0..=self.most / self.step).map(|step| line(step * self.step)).collect_view().into_any()
    }
}

fn percent(share: f64) -> String {
    [&number(share), "%"].concat()
}

/// Two decimals are a tenth of a pixel.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number_just_above_the_highest_value() {
        let axis = |value| (Axis::up_to(value).step, Axis::up_to(value).most);
        assert_eq!(axis(0), (1, 1));
        assert_eq!(axis(4), (1, 4));
        assert_eq!(axis(5), (2, 6));
        assert_eq!(axis(31), (10, 40));
        assert_eq!(axis(81), (50, 100));
        assert_eq!(axis(20_000), (5_000, 20_000));
    }

    #[test]
    fn the_highest_value_of_the_axis_is_at_the_top_and_nothing_at_the_base() {
        let axis = Axis::up_to(31);
        assert!((axis.height(40) - TOP).abs() < 1e-9 && (axis.height(0) - BASE).abs() < 1e-9);
    }

    #[test]
    fn a_plot_has_a_title_a_description_and_no_style() {
        let owner = Owner::new();
        owner.set();
        let bars = vec![
            Bar { label: "2 Nov".into(), value: 12, text: "12".into() },
            Bar { label: String::new(), value: 0, text: String::new() },
        ];
        let html = view! { <ColumnChart id="days" title="Most on <Monday>" description="Two bars" bars /> }.to_html();
        assert!(html.contains(r#"aria-labelledby="days-title days-description""#), "{html}");
        assert!(html.contains(r#"<title id="days-title">Most on &lt;Monday&gt;"#), "{html}");
        assert!(html.contains(r#"<desc id="days-description">Two bars"#), "{html}");
        assert_eq!(html.matches("chart-bar").count(), 1);
        assert!(!html.contains("style"), "{html}");
    }
}
