//! The sections about what to do: scores, worklist, holds, cash to come.

use super::{View, definition, rounded, section, tile};
use crate::decide::{BaseRates, Recommendation, holds, worklist};
use crate::forecast::forecast;
use crate::money::Total;
use crate::outcome::Caveat;
use crate::output::plot::{Calibration, CalibrationBin, Fan, Series, Shades, StackedBars, Unit};
use crate::output::report::{Plot, Section, Tile};
use crate::risk::Model;
use crate::scoring::Scores;
use crate::table::Table;

/// Rows of a table that a reader looks at; the verbs print all of them.
const MOST_ROWS: usize = 40;

pub(super) fn score_section(scored: Option<&(Model, Scores)>) -> anyhow::Result<Section> {
    let mut section = section("scores", "Scores", "How likely each customer is to go late.");
    let Some((model, scores)) = scored else {
        section.lead = "No model was named. Train one with `arrears train` and pass it as `--model`.".to_owned();
        return Ok(section);
    };
    section.lead = format!("{}: {}.", model.id(), model.label.sentence());
    let mut tenths = [0_u32; 10];
    for score in &scores.rows {
        tenths[((score.probability * 10.0) as usize).min(9)] += 1;
    }
    let svg = StackedBars {
        title: "Customers by probability".to_owned(),
        x_labels: (0..10)
            .map(|tenth| format!("{}-{}%", tenth * 10, tenth * 10 + 10))
            .collect(),
        x_caption: "probability of going late".to_owned(),
        series: vec![Series::new("customers", tenths.map(f64::from))],
        unit: Unit::Count("customers".to_owned()),
        shades: Shades::Distinct,
    }
    .svg()?;
    section.plots.push(Plot {
        svg,
        caption: format!("{} customers scored.", scores.rows.len()),
    });
    let bins = model
        .validation
        .reliability
        .iter()
        .filter(|tenth| tenth.n > 0)
        .map(|tenth| CalibrationBin {
            predicted: tenth.probability,
            observed: Some(tenth.n_bad as f64 / tenth.n as f64),
            interval: None,
            n: tenth.n as u64,
        });
    let svg = Calibration {
        title: "Predicted and observed".to_owned(),
        bins: bins.collect(),
    }
    .svg()?;
    section.plots.push(Plot {
        svg,
        caption: format!(
            "Held-out rows by tenths of probability: {}.",
            model.validation.held_out.as_str()
        ),
    });
    section.tables.push(model.validation.summary());
    section.caveats = model.validation.refusals.iter().cloned().map(Caveat).collect();
    section.caveats.extend(
        model
            .mark
            .iter()
            .map(|mark| Caveat(format!("{} is {mark}", model.id()))),
    );
    Ok(section)
}

pub(super) fn worklist_section(
    view: &View<'_>,
    scores: Option<&Scores>,
    rates: &BaseRates,
    tiles: &mut Vec<Tile>,
) -> Section {
    let mut section = section(
        "worklist",
        "Worklist",
        "Whom to contact first: by the value of what a contact can change.",
    );
    match worklist(view.ledger, view.as_of, scores, rates, &view.config.worklist) {
        Ok(worklist) => {
            section.caveats = worklist.caveats;
            let worklist = worklist.value;
            let n = worklist.lines.len();
            tile(
                tiles,
                "To contact",
                Some(n.to_string()),
                &format!("{} left alone, with the reason", worklist.exclusions.len()),
            );
            section.tables.push(head(&worklist.table(), n));
            section
                .tables
                .push(head(&worklist.exclusions_table(), worklist.exclusions.len()));
        }
        Err(error) => section.lead = format!("Not available: {error}."),
    }
    section.definitions.push(definition(
        "value",
        "Collectable money x uplift of a contact x value of the money (cost of capital x days gained + loss avoided) - cost of the contact.",
    ));
    section
}

pub(super) fn holds_section(
    view: &View<'_>,
    scores: Option<&Scores>,
    rates: &BaseRates,
    tiles: &mut Vec<Tile>,
) -> Section {
    let mut section = section(
        "holds",
        "Credit holds",
        "Recommendations, with every rule that fired and its inputs.",
    );
    match holds(view.ledger, view.as_of, scores, rates, &view.config.holds) {
        Ok(holds) => {
            section.caveats = holds.caveats;
            let holds = holds.value;
            let rows: Vec<usize> = (0..holds.lines.len())
                .filter(|&row| holds.lines[row].recommendation != Recommendation::None)
                .collect();
            let n_hold = holds
                .lines
                .iter()
                .filter(|line| line.recommendation == Recommendation::Hold)
                .count();
            tile(
                tiles,
                "To hold",
                Some(n_hold.to_string()),
                &format!("of {} customers with exposure", holds.lines.len()),
            );
            section.tables.push(head(&holds.table().take(&rows), rows.len()));
        }
        Err(error) => section.lead = format!("Not available: {error}."),
    }
    section.definitions.push(definition(
        "exposure",
        "Open receivables - unapplied + unbilled orders - insured.",
    ));
    section
}

pub(super) fn forecast_section(view: &View<'_>, tiles: &mut Vec<Tile>) -> anyhow::Result<Section> {
    let mut section = section(
        "forecast",
        "Cash forecast",
        "Cash from what is open today. Expected amounts add up; quantiles come from one joint simulation and do not.",
    );
    let forecast = match forecast(view.ledger, view.as_of, &view.config.forecast) {
        Ok(forecast) => forecast,
        Err(error) => {
            section.lead = format!("Not available: {error}.");
            return Ok(section);
        }
    };
    section.caveats = forecast.caveats;
    for of_currency in &forecast.value.currencies {
        let weeks: Vec<_> = of_currency.weeks().collect();
        let currency = of_currency.currency;
        let expected: Total = weeks.iter().map(|week| week.expected).sum();
        let note = format!("of {} open", rounded(of_currency.open_receivables));
        tile(
            tiles,
            &format!("Cash in {} weeks {currency}", weeks.len()),
            Some(rounded(expected)),
            &note,
        );
        let svg = Fan {
            title: format!("Cash by week, {currency}"),
            x_labels: weeks.iter().map(|week| week.period_start.to_string()).collect(),
            x_caption: "week from".to_owned(),
            expected: weeks.iter().map(|week| Some(week.expected.to_feature())).collect(),
            band: weeks
                .iter()
                .map(|week| Some((week.p10.to_feature(), week.p90.to_feature())))
                .collect(),
            band_names: ("P10".to_owned(), "P90".to_owned()),
            actual: Vec::new(),
            unit: Unit::Money(currency.to_string()),
        }
        .svg()?;
        section.plots.push(Plot {
            svg,
            caption: format!("Expected cash and the range between P10 and P90, {currency}."),
        });
    }
    section.tables.push(forecast.value.table());
    section.definitions.push(definition(
        "not_paid",
        "What is expected to stay open beyond the horizon. All rows of a currency sum to open receivables to the cent.",
    ));
    Ok(section)
}

/// Returns the first rows of a long table, and says so.
fn head(table: &Table, n_rows: usize) -> Table {
    if n_rows <= MOST_ROWS {
        return table.clone();
    }
    let rows: Vec<usize> = (0..MOST_ROWS).collect();
    table
        .take(&rows)
        .note("rows", format!("the first {MOST_ROWS} of {n_rows}"))
}
