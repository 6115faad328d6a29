//! The roll rates as tables: the matrices cell by cell, and the shares of their rows.

use super::customers::MoneyDraws;
use super::matrix::Move;
use super::states::Matrix;
use super::{METRIC_ID, Period, RollDueDates, RollInterval, RollPeriods, RollRates, RollSums, RollUnit};
use crate::metrics::{goodman_interval, view_note, wilson_interval};
use crate::money::Total;
use crate::table::Table;

/// A part of a row: some of its columns, under one caption.
struct Part {
    caption: String,
    kind: Option<Move>,
    columns: Vec<usize>,
}

impl RollRates {
    /// Returns one row per group, period, matrix, row and column of the matrix.
    pub fn table(&self) -> Table {
        let rows: Vec<usize> = (0..self.states.from().len()).collect();
        let cells = |matrix: Matrix, from: usize| -> Vec<Part> {
            let captions = self.states.to(matrix).into_iter().enumerate();
            let part = |(to, caption)| Part {
                caption,
                kind: self.states.kind(matrix, from, to),
                columns: vec![to],
            };
            captions.map(part).collect()
        };
        self.parts_table("roll_rates", &rows, "to_state", &cells).note(
            "identity",
            "amounts of a row sum to amount_from; over_applied and reversed are negative; rates of a count row sum to one",
        )
    }

    /// Returns one row per group, period, matrix, state and share: what moved forward, stayed, was cured, left, was re-aged.
    ///
    /// `skip`, part of `forward`, went past at least one state; shares are null where nothing was in the state.
    pub fn shares_table(&self) -> Table {
        let shares = |matrix: Matrix, from: usize| -> Vec<Part> {
            let n_to = self.states.to(matrix).len();
            let part = |caption: &str, kinds: &[Move]| {
                let is_part = |to: &usize| {
                    self.states
                        .kind(matrix, from, *to)
                        .is_some_and(|kind| kinds.contains(&kind))
                };
                Part {
                    caption: caption.to_owned(),
                    kind: None,
                    columns: (0..n_to).filter(is_part).collect(),
                }
            };
            let mut parts = vec![
                part("forward", &[Move::Forward, Move::Skip]),
                part("skip", &[Move::Skip]),
                part("stay", &[Move::Stay]),
                part("cure", &[Move::Cure]),
                part("exit", &[Move::Exit]),
            ];
            if self.states.re_aged().is_some() {
                parts.push(part("re_aged", &[Move::ReAged]));
            }
            parts
        };
        let sum = if self.states.re_aged().is_some() {
            "forward + stay + cure + exit + re_aged = 1"
        } else {
            "forward + stay + cure + exit = 1"
        };
        self.parts_table("roll_shares", &self.states.best_to_worst(), "share", &shares)
            .note(
                "shares",
                format!("{sum}; skip is part of forward: past at least one state in one month"),
            )
    }

    /// Returns one row per group, period, matrix, row and part of the row.
    fn parts_table(
        &self,
        name: &str,
        from_rows: &[usize],
        caption: &str,
        parts: &dyn Fn(Matrix, usize) -> Vec<Part>,
    ) -> Table {
        let from = self.states.from();
        let below_materiality = self.states.below_materiality().map(|(row, _)| row);
        let mut rows = Rows::default();
        for group in 0..self.labels.n() {
            let draws = self.draws(group);
            for period in self.periods(group) {
                for matrix in [Matrix::Count, Matrix::Amount] {
                    let of_matrix = from_rows.iter().copied();
                    // Money is by claim: it knows no customers below the materiality.
                    for at in of_matrix.filter(|&at| matrix == Matrix::Count || Some(at) != below_materiality) {
                        let parts = parts(matrix, at);
                        let n_parts = parts.len();
                        for part in parts {
                            rows.groups.push(group);
                            rows.months.extend(period.month.map(|month| month.to_string()));
                            rows.from.push(from[at].clone());
                            let cell = match matrix {
                                Matrix::Count => self.count(group, &period, at, &part, n_parts),
                                Matrix::Amount => self.amount(group, &period, at, &part, draws.as_ref()),
                            };
                            rows.captions.push(part.caption);
                            rows.kinds.push(part.kind.map(|kind| kind.as_str().to_owned()));
                            rows.cells.push(cell);
                        }
                    }
                }
            }
        }
        let cells = &rows.cells;
        let mut table = self.labels.start(name, METRIC_ID, &rows.groups);
        if self.params.periods != RollPeriods::Together {
            table = table.text("month", rows.months);
        }
        table = table
            .text(
                "kind",
                cells
                    .iter()
                    .map(|cell| if cell.n_from.is_some() { "count" } else { "amount" }.to_owned()),
            )
            .text("from_state", rows.from)
            .text(caption, rows.captions);
        if rows.kinds.iter().any(Option::is_some) {
            table = table.text("move", rows.kinds);
        }
        table = table
            .int("n", cells.iter().map(|cell| cell.n))
            .real("rate", cells.iter().map(|cell| cell.rate));
        if matches!(self.params.periods, RollPeriods::Windows(_)) {
            table = table
                .real("rate_mean", cells.iter().map(|cell| cell.mean))
                .int("n_months", cells.iter().map(|cell| cell.n_months));
        }
        let table = table
            .real("rate_low", cells.iter().map(|cell| cell.interval.map(|(low, _)| low)))
            .real(
                "rate_high",
                cells.iter().map(|cell| cell.interval.map(|(_, high)| high)),
            )
            .money("amount", cells.iter().map(|cell| cell.amount))
            .int("n_from", cells.iter().map(|cell| cell.n_from))
            .money("amount_from", cells.iter().map(|cell| cell.amount_from));
        self.count_notes(self.notes(table))
    }

    /// Adds what every table of the roll rates says about itself.
    pub(super) fn notes(&self, table: Table) -> Table {
        let first = self.months.month(self.n_before());
        let last = self.months.month(self.months.n() - 1);
        table
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "months",
                match self.params.periods {
                    RollPeriods::Windows(n) => format!(
                        "{first} to {last}, each over the {n} months that end with it; rates weigh the months by what stood in the state, means weigh them alike"
                    ),
                    _ => format!("{first} to {last}, each from the end of the month before to its own end"),
                },
            )
            .note(
                "due_dates",
                match self.params.due_dates {
                    RollDueDates::InForce if self.states.re_aged().is_some() => {
                        "as in force at each month end; a changed one that moves a claim is re_aged, neither cure nor roll"
                    }
                    RollDueDates::InForce => "as in force at each month end; none was changed",
                    RollDueDates::Latest => "the last known one at every month end",
                },
            )
    }

    /// Adds what tables with counts say besides.
    fn count_notes(&self, table: Table) -> Table {
        let mut table = table
            .note(
                "unit",
                match self.params.unit {
                    RollUnit::Item => "counts are of claims",
                    RollUnit::Customer => {
                        "counts are of customers in the state of their worst claim; amounts are of claims"
                    }
                },
            )
            .note(
                "interval",
                match self.params.interval {
                    RollInterval::Wilson => format!("counts: Wilson, {}", self.params.confidence),
                    RollInterval::Goodman => {
                        format!(
                            "counts: Goodman, all rates of a row together, {}",
                            self.params.confidence
                        )
                    }
                } + "; money: "
                    + &self.params.draws_note(),
            );
        if self.states.below_materiality().is_some() {
            let n_left_out: u64 = (0..self.labels.n())
                .filter_map(|group| self.together(group))
                .map(|sums| sums.n_below_materiality())
                .sum();
            table = table.note(
                "materiality",
                format!(
                    "claims above {} decide the state of a customer; {n_left_out} times a smaller one was left out for a month",
                    self.params.materiality
                ),
            );
        }
        table
    }

    pub(super) fn draws(&self, group: usize) -> Option<MoneyDraws<'_>> {
        self.money.get(group)?.draw(&self.params.bootstrap())
    }

    fn count(&self, group: usize, period: &Period, from: usize, part: &Part, n_parts: usize) -> Cell {
        let of = |sums: &RollSums| -> u64 { part.columns.iter().map(|&to| sums.counts_from(from)[to]).sum() };
        let rate = |sums: &RollSums| {
            let n = sums.n_from(from);
            (n > 0).then(|| of(sums) as f64 / n as f64)
        };
        let (n_of, n, confidence) = (of(&period.sums), period.sums.n_from(from), self.params.confidence);
        let (mean, n_months) = self.mean(group, period, rate);
        Cell {
            n: Some(n_of as i64),
            n_from: Some(n as i64),
            rate: rate(&period.sums),
            mean,
            n_months,
            interval: match self.params.interval {
                RollInterval::Wilson => wilson_interval(n_of, n, confidence),
                RollInterval::Goodman => goodman_interval(n_of, n, n_parts, confidence),
            },
            ..Cell::default()
        }
    }

    fn amount(&self, group: usize, period: &Period, from: usize, part: &Part, draws: Option<&MoneyDraws<'_>>) -> Cell {
        let of = |sums: &RollSums| -> Total { part.columns.iter().map(|&to| sums.amounts_from(from)[to]).sum() };
        let rate = |sums: &RollSums| share(of(sums), sums.opening(from));
        let (mean, n_months) = self.mean(group, period, rate);
        let cells = part.columns.iter().map(|&to| period.sums.amount_cell(from, to));
        let of_cells = period.cells(cells);
        let over_cells = period.cells(std::iter::once(period.sums.opening_cell(from)));
        let found = rate(&period.sums);
        Cell {
            amount: Some(of(&period.sums)),
            amount_from: Some(period.sums.opening(from)),
            rate: found,
            mean,
            n_months,
            interval: found.and_then(|_| draws?.interval(&of_cells, &over_cells)),
            ..Cell::default()
        }
    }

    /// Returns the plain mean of the rates of a period's months, and how many months have one.
    pub(super) fn mean(
        &self,
        group: usize,
        period: &Period,
        rate: impl Fn(&RollSums) -> Option<f64>,
    ) -> (Option<f64>, i64) {
        let months = &self.sums[group][period.positions.clone()];
        let rates: Vec<f64> = months.iter().filter_map(rate).collect();
        let n = rates.len();
        ((n > 0).then(|| rates.iter().sum::<f64>() / n as f64), n as i64)
    }
}

impl Period {
    /// Returns the month it ends with.
    pub(super) fn month(&self) -> Option<String> {
        self.month.map(|month| month.to_string())
    }

    /// Returns what is added up over its months.
    pub(super) fn sums(&self) -> &RollSums {
        &self.sums
    }

    /// Returns the numbers of some cells in each of its months.
    pub(super) fn cells(&self, of_one: impl Iterator<Item = usize> + Clone) -> Vec<usize> {
        let n_cells = self.sums.n_cells();
        let months = self.positions.clone();
        months
            .flat_map(|month| of_one.clone().map(move |cell| month * n_cells + cell))
            .collect()
    }
}

/// A share of an opening amount; null where there was none, or a reopened claim began below zero.
pub(super) fn share(amount: Total, opening: Total) -> Option<f64> {
    (opening > Total::ZERO).then(|| amount.ratio(opening)).flatten()
}

/// What stands beside one part of a row.
#[derive(Clone, Debug, Default)]
struct Cell {
    n: Option<i64>,
    n_from: Option<i64>,
    amount: Option<Total>,
    amount_from: Option<Total>,
    rate: Option<f64>,
    mean: Option<f64>,
    n_months: i64,
    interval: Option<(f64, f64)>,
}

/// Rows of the table under construction.
#[derive(Default)]
struct Rows {
    groups: Vec<usize>,
    months: Vec<String>,
    from: Vec<String>,
    captions: Vec<String>,
    kinds: Vec<Option<String>>,
    cells: Vec<Cell>,
}
