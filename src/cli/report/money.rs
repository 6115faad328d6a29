//! The sections about money: how old it is, how it flows, rolls, recovers, and how fast it is collected.

use super::{View, definition, rounded, section, tile};
use crate::calendar::{AsOf, Month};
use crate::metrics::aging::{AgingSums, aging};
use crate::metrics::cohorts::{CohortParams, cohorts};
use crate::metrics::dso::dso;
use crate::metrics::flow::{FlowParams, flow};
use crate::metrics::roll_rates::roll_rates;
use crate::output::plot::{HeatMap, Lines, Series, Shades, StackedBars, Unit};
use crate::output::report::{Plot, Section, Tile};

pub(super) fn aging_section(view: &View<'_>, tiles: &mut Vec<Tile>) -> anyhow::Result<Section> {
    let params = &view.config.aging;
    let today = aging(view.ledger, view.as_of, view.groups, None, params)?.value;
    let months: Vec<Month> = view.from.through(view.to).collect();
    let month_ends = months
        .iter()
        .map(|month| Ok(aging(view.ledger, AsOf(month.last()), view.groups, None, params)?.value))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut section = section(
        "ageing",
        "Ageing",
        "How old the open money is. Credits and unapplied cash stand in columns of their own; disputed money is part of the buckets.",
    );
    for (group, currency) in view.currencies() {
        let sums = &today.sums()[group];
        let share = sums.overdue().ratio(sums.control());
        let note = share.map_or_else(String::new, |share| format!("{:.1}% overdue", share * 100.0));
        tile(
            tiles,
            &format!("Receivables {currency}"),
            Some(rounded(sums.control())),
            &note,
        );
        let history: Vec<&AgingSums> = month_ends.iter().map(|aging| &aging.sums()[group]).collect();
        let mut series = vec![Series::new(
            "not due",
            history.iter().map(|sums| sums.not_due.to_feature()),
        )];
        for (bucket, label) in today.scheme().labels().iter().enumerate() {
            series.push(Series::new(
                label,
                history.iter().map(|sums| sums.past_due[bucket].to_feature()),
            ));
        }
        let svg = StackedBars {
            title: format!("Open claims by days past due, {currency}"),
            x_labels: months.iter().map(Month::to_string).collect(),
            x_caption: "month end".to_owned(),
            series,
            unit: Unit::Money(currency.to_string()),
            shades: Shades::Severity,
        }
        .svg()?;
        section.plots.push(Plot {
            svg,
            caption: format!("Open claims at each month end, {currency}; credits and unapplied cash are not drawn."),
        });
    }
    section.tables.push(today.table());
    section.definitions = vec![
        definition(
            "days past due",
            "As-of day less due day. Due on the as-of day is not past due.",
        ),
        definition(
            "control balance",
            "Not due + past-due buckets + no due date - unapplied cash - unapplied credits. It equals the sum of all documents and postings.",
        ),
    ];
    Ok(section)
}

pub(super) fn flow_section(view: &View<'_>) -> anyhow::Result<Section> {
    let flow = flow(
        view.ledger,
        view.from,
        view.to,
        view.groups,
        None,
        &FlowParams::default(),
    )?
    .value;
    let mut section = section(
        "flow",
        "Flow",
        "How the balance went from opening to closing, month by month, to the cent.",
    );
    section.tables.push(flow.table());
    section.definitions.push(definition(
        "closing",
        "Opening + invoiced + debit notes + charges - credit notes - credits - cash + refunds + reversals - discounts - write-offs.",
    ));
    Ok(section)
}

pub(super) fn roll_section(view: &View<'_>) -> anyhow::Result<Section> {
    let rates = roll_rates(
        view.ledger,
        view.from,
        view.to,
        view.groups,
        None,
        &view.config.roll_rates,
    )?
    .value;
    let mut section = section(
        "roll-rates",
        "Roll rates",
        "Of the claims that stood in a state at a month end, the share that stood in each state a month later, or had left.",
    );
    for (group, currency) in view.currencies() {
        let Some(matrix) = rates.matrix(group) else { continue };
        let in_words = |names: Vec<String>| names.iter().map(|name| name.replace('_', " ")).collect();
        // A state in which no claim ever stood has nothing to show.
        let (from, rates): (Vec<String>, Vec<_>) = matrix
            .from
            .into_iter()
            .zip(matrix.rates)
            .filter(|(_, rates)| rates.iter().any(Option::is_some))
            .unzip();
        let svg = HeatMap {
            title: format!("Roll rates by count, {currency}"),
            row_labels: in_words(from),
            row_caption: "at the month end".to_owned(),
            column_labels: in_words(matrix.to),
            column_caption: "a month later".to_owned(),
            cells: rates,
        }
        .svg()?;
        section.plots.push(Plot {
            svg,
            caption: format!("All months together, {currency}. A row sums to 100%; a row without claims is empty."),
        });
    }
    section.tables.push(rates.table());
    section.definitions = vec![
        definition(
            "paid, credited, written off",
            "A claim that closes leaves by the kind of its last money.",
        ),
        definition("rate_low, rate_high", "Wilson's interval at the configured coverage."),
    ];
    Ok(section)
}

pub(super) fn cohort_section(view: &View<'_>) -> anyhow::Result<Section> {
    let cohorts = cohorts(
        view.ledger,
        view.as_of,
        view.from,
        view.to,
        view.groups,
        None,
        &CohortParams::default(),
    )?;
    let mut section = section(
        "cohorts",
        "Recovery by cohort",
        "Of what was issued in a month, the share that had come in as cash by each age.",
    );
    section.caveats = cohorts.caveats;
    let cohorts = cohorts.value;
    for (group, currency) in view.currencies() {
        let sums = &cohorts.sums()[group];
        let origins: Vec<usize> = (0..cohorts.origins().n())
            .filter(|&at| sums.n_documents[at] > 0)
            .collect();
        let oldest = origins.iter().map(|&at| sums.ages(at).len()).max().unwrap_or(0);
        let series = origins.iter().map(|&at| {
            let entered = sums.entered[at];
            let curve = sums.cumulative(at).map(|cell| cell.cash.ratio(entered));
            let rest = std::iter::repeat(None);
            Series::new(cohorts.origins().label(at), curve.chain(rest).take(oldest))
        });
        let svg = Lines {
            title: format!("Share recovered in cash by age, {currency}"),
            x_labels: (0..oldest).map(|age| age.to_string()).collect(),
            x_caption: "months since the month of issue".to_owned(),
            series: series.collect(),
            unit: Unit::Percent,
            shades: Shades::Ordered,
        }
        .svg()?;
        section.plots.push(Plot {
            svg,
            caption: format!("One line per month of issue, {currency}; darker is later."),
        });
    }
    section.tables.push(cohorts.projection_table());
    section.definitions.push(definition(
        "ultimate",
        "The chain ladder's projection with volume-weighted factors; its standard error is Mack's. A projection, not a promise.",
    ));
    Ok(section)
}

pub(super) fn dso_section(view: &View<'_>, tiles: &mut Vec<Tile>) -> anyhow::Result<Section> {
    let dso = dso(view.ledger, view.from, view.to, view.groups, None, &view.config.dso)?.value;
    let mut section = section(
        "dso",
        "Days sales outstanding",
        "How many days of credit sales the receivables are worth.",
    );
    for (group, currency) in view.currencies() {
        let months = &dso.rows()[group];
        let series = [
            Series::new("simple", months.iter().map(|month| month.simple.ok())),
            Series::new(
                "countback",
                months
                    .iter()
                    .map(|month| month.countback.as_ref().ok().map(|found| found.days)),
            ),
            Series::new("best possible", months.iter().map(|month| month.best_possible.ok())),
        ];
        let last = months.last().and_then(|month| month.simple.ok());
        let note = format!("simple, {} months of sales", view.config.dso.window_months);
        tile(
            tiles,
            &format!("DSO {currency}"),
            last.map(|days| format!("{days:.1}")),
            &note,
        );
        let svg = Lines {
            title: format!("DSO, {currency}"),
            x_labels: view.from.through(view.to).map(|month| month.to_string()).collect(),
            x_caption: "month end".to_owned(),
            series: series.into(),
            unit: Unit::Days,
            shades: Shades::Distinct,
        }
        .svg()?;
        section.plots.push(Plot {
            svg,
            caption: format!("Days, {currency}. The gap between simple and best possible is lateness."),
        });
    }
    section.tables.push(dso.table());
    section.definitions = vec![
        definition("dso", "Receivables / credit sales of the window x days of the window."),
        definition(
            "countback",
            "Whole months of credit sales taken off the balance, newest first, the last in proportion.",
        ),
        definition("best possible", "The same as simple, with only what is not due."),
    ];
    Ok(section)
}
