//! A hold policy replayed: holds made and released, sales stopped, losses avoided.

use arrears::backtest::{DecisionPolicy, HoldOutcome, HoldReplayParams, replay_holds, simulate};
use arrears::calendar::AsOf;
use arrears::decide::{BaseRates, HoldPolicy, Threshold, WorklistPolicy};

use crate::support::{day, ledger, total};

/// Held from the end of March, 61 days late then, to the end of April; two invoices in between, and one after.
const TEXT: &str = "customer acme valid_from=2024-01-01 segment=small
    invoice 1 acme issued 2024-01-01 due 2024-01-30 500.00 EUR
    payment a acme on 2024-04-20 500.00 -> 1
    invoice 2 acme issued 2024-04-10 due 2024-05-10 1000.00 EUR
    invoice 3 acme issued 2024-04-12 due 2024-05-12 200.00 EUR
    write_off w acme on 2024-09-01 400.00 -> 2
    payment b acme on 2024-06-01 500.00 -> 2
    payment c acme on 2024-06-01 200.00 -> 3
    invoice 4 acme issued 2024-05-02 due 2024-06-01 9000.00 EUR
    payment d acme on 2024-05-10 9000.00 -> 4
    order x acme ordered_on=2024-04-08 billed_on=2024-04-10 amount=1000.00 margin=300.00 currency=EUR
    order y acme ordered_on=2024-05-01 billed_on=2024-05-02 amount=9000.00 margin=2000.00 currency=EUR";

fn params(by: Option<&str>) -> HoldReplayParams {
    let days = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"];
    HoldReplayParams {
        days: days.map(|on| AsOf(day(on))).to_vec(),
        known_on: AsOf(day("2024-12-31")),
        days_late: 90,
        by: by.map(str::to_owned),
    }
}

fn expected() -> HoldOutcome {
    HoldOutcome {
        n_made: 1,
        // 31 March to 30 April.
        days_to_release: vec![30],
        n_still_held: 0,
        sales_stopped: total("1200.00"),
        loss_avoided_least: total("400.00"),
        // 1000 - 500 paid - 400 written off: 100 still open, 235 days late.
        loss_avoided_most: total("500.00"),
        margin_lost: Some(total("300.00")),
    }
}

#[test]
fn a_hold_stops_the_sales_up_to_its_release() {
    let replay = replay_holds(&ledger(TEXT), &BaseRates::none(), &HoldPolicy::default(), &params(None)).unwrap();
    assert_eq!(replay.value.all(), expected());
    assert!(
        replay.caveats[0]
            .0
            .starts_with("what would have happened is not observed")
    );
}

#[test]
fn without_margins_the_margin_lost_is_not_available() {
    let text = TEXT.replace(" margin=300.00", "").replace(" margin=2000.00", "");
    let orders: String = text
        .lines()
        .filter(|line| !line.contains("order "))
        .map(|line| format!("{line}\n"))
        .collect();
    let replay = replay_holds(
        &ledger(&orders),
        &BaseRates::none(),
        &HoldPolicy::default(),
        &params(None),
    )
    .unwrap();
    assert_eq!(replay.value.all().margin_lost, None);
}

#[test]
fn a_hold_that_is_never_released_has_no_days() {
    let unpaid = TEXT.replace("payment a acme on 2024-04-20 500.00 -> 1", "");
    let replay = replay_holds(
        &ledger(&unpaid),
        &BaseRates::none(),
        &HoldPolicy::default(),
        &params(None),
    )
    .unwrap();
    let all = replay.value.all();
    assert_eq!(
        (all.n_made, all.n_still_held, all.median_days_to_release()),
        (1, 1, None)
    );
    // The sales of May are stopped as well.
    assert_eq!(all.sales_stopped, total("10200.00"));
}

#[test]
fn nothing_after_a_review_day_changes_what_is_decided_on_it() {
    let later = format!("{TEXT}\n invoice 9 acme issued 2024-03-01 due 2024-03-02 77.00 EUR posted 2024-06-30");
    let replay = |text: &str| {
        replay_holds(&ledger(text), &BaseRates::none(), &HoldPolicy::default(), &params(None))
            .unwrap()
            .value
            .all()
    };
    assert_eq!(replay(&later).n_made, replay(TEXT).n_made);
    assert_eq!(replay(&later).days_to_release, replay(TEXT).days_to_release);
}

#[test]
fn two_policies_stand_side_by_side_by_segment() {
    let lenient = DecisionPolicy {
        name: "lenient".to_owned(),
        worklist: WorklistPolicy::default(),
        holds: HoldPolicy {
            days_overdue: Threshold {
                watch: Some(60.0),
                hold: Some(90.0),
                release: 15.0,
            },
            ..HoldPolicy::default()
        },
    };
    let strict = DecisionPolicy {
        name: "strict".to_owned(),
        holds: HoldPolicy::default(),
        ..lenient.clone()
    };
    let table = simulate(
        &ledger(TEXT),
        &BaseRates::none(),
        [&strict, &lenient],
        &params(Some("segment")),
    )
    .unwrap()
    .value
    .table();
    let text = |name: &str| table.texts(name).unwrap().iter().flatten().cloned().collect::<Vec<_>>();
    assert_eq!(text("segment"), ["small", "small", "all", "all"]);
    assert_eq!(text("policy"), ["strict", "lenient", "strict", "lenient"]);
    assert_eq!(table.ints("holds_made").unwrap(), [Some(1), Some(0), Some(1), Some(0)]);
    let stopped = table.moneys("sales_stopped").unwrap();
    assert_eq!(stopped[..2], [Some(total("1200.00")), Some(total("0.00"))]);
}
