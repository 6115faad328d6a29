//! What moved between two runs sums to the whole, cause by cause.

use arrears::decide::{Move, MoveCause, Moved, MovedError, RunKind, RunRows};
use arrears::money::Total;
use arrears::table::Table;
use proptest::prelude::*;

use crate::support::total;

/// A worklist of rows `customer rank value action`.
fn worklist(lines: &[(&str, i64, &str, &str)]) -> RunRows {
    let table = Table::new("worklist")
        .int("rank", lines.iter().map(|line| line.1))
        .text("customer_id", lines.iter().map(|line| line.0.to_owned()))
        .text("currency", lines.iter().map(|_| "EUR".to_owned()))
        .money("value", lines.iter().map(|line| total(line.2)))
        .real("probability", lines.iter().map(|_| Some(0.25)))
        .text("action", lines.iter().map(|line| line.3.to_owned()));
    RunRows::of(RunKind::of("worklist").unwrap(), &table).unwrap()
}

fn holds(lines: &[(&str, &str, &str)]) -> RunRows {
    let table = Table::new("holds")
        .text("customer_id", lines.iter().map(|line| line.0.to_owned()))
        .text("currency", lines.iter().map(|_| "EUR".to_owned()))
        .text("recommendation", lines.iter().map(|line| line.1.to_owned()))
        .money("exposure", lines.iter().map(|line| total(line.2)))
        .real("probability", lines.iter().map(|_| None::<f64>))
        .money("release_payment", lines.iter().map(|_| None::<Total>));
    RunRows::of(RunKind::of("holds").unwrap(), &table).unwrap()
}

fn told(made: &Move<'_>) -> (String, MoveCause, String) {
    (made.key[0].clone(), made.cause, made.change(0).to_string())
}

#[test]
fn each_cause_has_its_own_move_and_all_sum_to_the_whole() {
    let first = worklist(&[("acme", 1, "100.00", "call"), ("bolt", 2, "40.00", "email")]);
    let by_facts = worklist(&[("acme", 1, "130.00", "call"), ("bolt", 2, "40.00", "email")]);
    let by_policy = worklist(&[("acme", 1, "120.00", "call"), ("cato", 2, "5.00", "email")]);
    let moved = Moved::new(
        first,
        vec![(MoveCause::NewFacts, by_facts), (MoveCause::Policy, by_policy)],
    )
    .unwrap();
    let moves: Vec<_> = moved.moves().iter().map(told).collect();
    let move_of = |id: &str, cause, change: &str| (id.to_owned(), cause, change.to_owned());
    assert_eq!(
        moves,
        [
            move_of("bolt", MoveCause::Policy, "-40.00"),
            move_of("acme", MoveCause::NewFacts, "30.00"),
            move_of("acme", MoveCause::Policy, "-10.00"),
            move_of("cato", MoveCause::Policy, "5.00"),
        ]
    );
    let all = moved.total(None, "EUR");
    assert_eq!(all.changes, [total("-15.00")]); // 125 - 140
    assert_eq!((all.n_moved, all.n_entered, all.n_left), (3, 1, 1));
    assert_eq!(moved.total(Some(MoveCause::Policy), "EUR").changes, [total("-45.00")]);
    assert_eq!(moved.causes(), [MoveCause::NewFacts, MoveCause::Policy]);
}

#[test]
fn the_same_run_moves_nothing() {
    let run = || worklist(&[("acme", 1, "100.00", "call")]);
    let moved = Moved::new(run(), vec![(MoveCause::NewFacts, run())]).unwrap();
    assert_eq!((moved.n_rows(), moved.moves().len(), moved.causes().len()), (0, 0, 0));
    assert_eq!(moved.table(|_| None).n_rows(), 0);
}

#[test]
fn holds_placed_and_lifted_are_counted() {
    let before = holds(&[
        ("acme", "hold", "10.00"),
        ("bolt", "watch", "10.00"),
        ("cato", "hold", "1.00"),
    ]);
    let after = holds(&[
        ("acme", "release", "10.00"),
        ("bolt", "hold", "10.00"),
        ("cato", "hold", "2.00"),
    ]);
    let moved = Moved::new(before, vec![(MoveCause::Corrections, after)]).unwrap();
    let total_of = moved.total(Some(MoveCause::Corrections), "EUR");
    assert_eq!(
        (total_of.n_moved, total_of.n_holds_placed, total_of.n_holds_lifted),
        (3, 1, 1)
    );
    let table = moved.totals_table();
    assert_eq!(table.ints("n_holds_placed").unwrap(), [Some(1), Some(1)]);
    assert_eq!(table.texts("cause").unwrap()[1].as_deref(), Some("all"));
}

#[test]
fn parts_of_a_forecast_are_put_together_and_runs_of_other_kinds_refused() {
    let week = |row: &str, money: &str| (row.to_owned(), total(money));
    let rows = [
        week("period", "10.00"),
        week("period", "20.00"),
        week("not_paid", "5.00"),
    ];
    let table = Table::new("forecast")
        .text("currency", rows.iter().map(|_| "EUR".to_owned()))
        .text("row", rows.iter().map(|(row, _)| row.clone()))
        .money("expected", rows.iter().map(|(_, money)| *money));
    let forecast = RunRows::of(RunKind::of("forecast").unwrap(), &table).unwrap();
    let key = ["EUR".to_owned(), "period".to_owned()];
    assert_eq!(forecast.rows()[&key.to_vec()].sums, [Some(total("30.00"))]);
    let refused = Moved::new(forecast, vec![(MoveCause::Policy, worklist(&[]))]).unwrap_err();
    assert!(matches!(refused, MovedError::OtherKind { .. }), "{refused}");
    let twice = RunRows::of(
        RunKind::of("worklist_exclusions").unwrap(),
        &Table::new("worklist_exclusions")
            .text("customer_id", ["a".to_owned(), "a".to_owned()])
            .text("reason", ["x".to_owned(), "x".to_owned()])
            .money("money", [total("1.00"), total("1.00")]),
    );
    assert_eq!(
        twice.unwrap_err().to_string(),
        "the table `worklist_exclusions` has two rows for a"
    );
}

fn run() -> impl Strategy<Value = RunRows> {
    let line = (0..8_u8, -500..500_i64, 0..3_usize);
    proptest::collection::vec(line, 0..8).prop_map(|lines| {
        let mut found: std::collections::BTreeMap<u8, (i64, usize)> = std::collections::BTreeMap::new();
        found.extend(lines.into_iter().map(|(id, value, action)| (id, (value, action))));
        let rows: Vec<(String, String, &str)> = found
            .into_iter()
            .map(|(id, (value, action))| {
                (
                    format!("c{id}"),
                    format!("{value}.00"),
                    ["email", "letter", "call"][action],
                )
            })
            .collect();
        let rows: Vec<(&str, i64, &str, &str)> = rows
            .iter()
            .zip(1..)
            .map(|((id, value, action), rank)| (id.as_str(), rank, value.as_str(), *action))
            .collect();
        worklist(&rows)
    })
}

fn sum(run: &RunRows) -> Total {
    run.rows().values().filter_map(|row| row.sums[0]).sum()
}

#[test]
fn the_changes_of_all_causes_sum_to_the_whole_change() {
    let causes = [
        MoveCause::NewFacts,
        MoveCause::Corrections,
        MoveCause::Policy,
        MoveCause::Model,
    ];
    proptest!(|(states in proptest::collection::vec(run(), 1..5), from in run())| {
        let whole = sum(states.last().unwrap()) - sum(&from);
        let steps = causes.iter().copied().zip(states).collect();
        let moved = Moved::new(from, steps).unwrap();
        let by_cause: Total = causes.iter().map(|&cause| moved.total(Some(cause), "EUR").changes[0]).sum();
        prop_assert_eq!(by_cause, whole);
        prop_assert_eq!(moved.total(None, "EUR").changes[0], whole);
        let by_row: Total = moved.moves().iter().map(|made| made.change(0)).sum();
        prop_assert_eq!(by_row, whole);
    });
}
