//! Plots are well-formed, escape their data, and say so when there is nothing to draw.

use arrears::output::plot::{Calibration, Fan, HeatMap, HorizontalBars, Lines, Series, Shades, StackedBars, Svg, Unit};

use super::samples::{self, EVIL};

/// Walks the tags and panics where they do not nest; returns the number of elements.
pub fn elements(markup: &str) -> usize {
    let mut open = Vec::new();
    let mut n_elements = 0;
    let mut rest = markup;
    while let Some((before, tag)) = rest.split_once('<') {
        assert!(!before.contains('>'), "a bare > before <{}", &tag[..tag.len().min(40)]);
        let (tag, after) = tag.split_once('>').expect("every tag is closed");
        assert!(
            tag.matches('"').count().is_multiple_of(2),
            "an attribute without its closing quote: <{tag}>"
        );
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "tags nest");
        } else {
            n_elements += 1;
            if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().expect("a tag has a name"));
            }
        }
        rest = after;
    }
    assert_eq!(open, Vec::<&str>::new(), "every element is closed");
    n_elements
}

#[test]
fn every_plot_is_one_well_formed_accessible_element() {
    for (name, svg) in samples::every_plot() {
        let svg = svg.unwrap();
        let text = svg.as_str();
        assert!(elements(text) > 15, "{name}");
        assert!(text.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{name}");
        for part in ["role=\"img\"", "<title>", "<desc>", "currentColor", "system-ui"] {
            assert!(text.contains(part), "{name} lacks {part}");
        }
        // Text follows the page; no colour or family is fixed for it.
        assert!(
            text.lines()
                .filter(|line| line.starts_with("<text"))
                .all(|line| line.contains("fill=\"currentColor\""))
        );
        assert_eq!(text.matches("font-family").count(), 1, "{name}");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{name}");
    }
}

#[test]
fn the_same_data_gives_the_same_plot() {
    assert_eq!(samples::every_plot(), samples::every_plot());
}

#[test]
fn names_from_data_are_escaped() {
    let svg = samples::top_customers().svg().unwrap();
    assert!(!svg.as_str().contains(EVIL));
    assert!(svg.as_str().contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let plot = StackedBars {
        title: format!("{EVIL}\" onload=\"alert(1)"),
        x_labels: vec![EVIL.to_owned(), "\u{1}".to_owned()],
        x_caption: EVIL.to_owned(),
        series: vec![Series::new(EVIL, [1.0, 2.0])],
        unit: Unit::Money(EVIL.to_owned()),
        shades: Shades::Distinct,
    };
    let svg = plot.svg().unwrap();
    elements(svg.as_str());
    assert!(!svg.as_str().contains("<script") && !svg.as_str().contains("\" onload=\""));
    assert!(!svg.as_str().contains('\u{1}'));
}

/// Every kind of plot with the given labels and one value repeated.
fn plots_of(labels: &[String], value: Option<f64>) -> Vec<Svg> {
    let title = || "t".to_owned();
    let unit = || Unit::Days;
    let values = vec![value; labels.len()];
    let series = |name: &str| Series::new(name, values.clone());
    let bars = |shades| StackedBars {
        title: title(),
        x_labels: labels.to_vec(),
        x_caption: String::new(),
        series: vec![series("a"), series("b")],
        unit: unit(),
        shades,
    };
    let lines = |shades| Lines {
        title: title(),
        x_labels: labels.to_vec(),
        x_caption: String::new(),
        series: vec![series("a"), series("b")],
        unit: unit(),
        shades,
    };
    let horizontal = HorizontalBars {
        title: title(),
        bars: labels.iter().map(|label| (label.clone(), value)).collect(),
        unit: unit(),
    };
    let fan = Fan {
        title: title(),
        x_labels: labels.to_vec(),
        x_caption: String::new(),
        expected: values.clone(),
        band: values.iter().map(|value| value.map(|value| (value, value))).collect(),
        band_names: ("P10".to_owned(), "P90".to_owned()),
        actual: Vec::new(),
        unit: unit(),
    };
    let heat = HeatMap {
        title: title(),
        row_labels: labels.to_vec(),
        row_caption: String::new(),
        column_labels: labels.to_vec(),
        column_caption: String::new(),
        cells: vec![values.clone(); labels.len()],
    };
    [Shades::Distinct, Shades::Severity, Shades::Ordered]
        .into_iter()
        .flat_map(|shades| [bars(shades).svg(), lines(shades).svg()])
        .chain([horizontal.svg(), fan.svg(), heat.svg()])
        .map(Result::unwrap)
        .collect()
}

#[test]
fn nothing_to_draw_says_no_data() {
    let labels = ["a".to_owned(), "b".to_owned()];
    for value in [None, Some(f64::NAN), Some(f64::INFINITY)] {
        for svg in plots_of(&labels, value).into_iter().chain(plots_of(&[], value)) {
            elements(svg.as_str());
            assert!(svg.as_str().contains(">no data</text>"), "{svg}");
        }
    }
    let calibration = Calibration {
        title: "t".to_owned(),
        bins: Vec::new(),
    };
    assert!(calibration.svg().unwrap().as_str().contains(">no data</text>"));
}

#[test]
fn any_size_of_value_can_be_drawn() {
    for n in [1, 2, 60] {
        let labels: Vec<String> = (0..n).map(|label| label.to_string()).collect();
        for value in [0.0, 1e-12, -3.0, 7.5, 1e15, -1e200] {
            for svg in plots_of(&labels, Some(value)) {
                elements(svg.as_str());
                assert!(!svg.as_str().contains(">no data</text>"), "{value}");
                assert!(
                    !svg.as_str().contains("NaN") && !svg.as_str().contains("inf"),
                    "{value}"
                );
            }
        }
    }
}

#[test]
fn bars_start_at_zero_and_a_missing_value_breaks_a_line() {
    let line = |values: [Option<f64>; 5]| Lines {
        title: "t".to_owned(),
        x_labels: (0..5).map(|label| label.to_string()).collect(),
        x_caption: String::new(),
        series: vec![Series::new("a", values)],
        unit: Unit::Days,
        shades: Shades::Distinct,
    };
    let polylines = |values| {
        let svg = line(values).svg().unwrap();
        // Data lines are thicker than the grid.
        svg.as_str()
            .lines()
            .filter(|line| line.starts_with("<polyline") && line.contains("stroke-width=\"9\""))
            .count()
    };
    assert_eq!(polylines([Some(50.0); 5]), 1);
    assert_eq!(polylines([Some(50.0), Some(51.0), None, Some(50.0), Some(52.0)]), 2);
    let svg = line([Some(50.0); 5]).svg().unwrap();
    assert!(
        svg.as_str().contains(">0</text>"),
        "the axis of values near 50 shows its zero"
    );
}
