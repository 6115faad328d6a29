//! Net flow, windows, intervals of money, materiality, changed due days.

use arrears::ledger::Ledger;
use arrears::metrics::NullReason;
use arrears::metrics::roll_rates::{RollDueDates, RollPeriods, RollRates, RollRatesParams, RollUnit, roll_rates};
use arrears::table::Table;

use super::{groups, month};
use crate::support::{ledger, total};

fn params() -> RollRatesParams {
    RollRatesParams {
        upper_edges: vec![30, 60],
        ..RollRatesParams::default()
    }
}

fn rolls(ledger: &Ledger, from: &str, to: &str, params: &RollRatesParams) -> RollRates {
    let groups = groups(ledger, &[]);
    roll_rates(ledger, month(from), month(to), &groups, None, params)
        .unwrap()
        .value
}

/// The rows of a table whose words are these, as positions.
fn rows(table: &Table, words: &[(&str, &str)]) -> Vec<usize> {
    let is_row = |row: &usize| {
        words
            .iter()
            .all(|(column, word)| table.column(column).unwrap().text(*row) == *word)
    };
    (0..table.n_rows()).filter(is_row).collect()
}

fn row(table: &Table, words: &[(&str, &str)]) -> usize {
    let rows = rows(table, words);
    assert_eq!(rows.len(), 1, "{words:?} in {}", table.name());
    rows[0]
}

fn real(table: &Table, column: &str, words: &[(&str, &str)]) -> Option<f64> {
    table.reals(column).unwrap()[row(table, words)]
}

fn count(table: &Table, words: &[(&str, &str)]) -> i64 {
    table.ints("n").unwrap()[row(table, words)].unwrap()
}

/// At the end of February 500 stand in 1-30; at the end of March 200 in 31-60.
const FLOWING: &str = "
    invoice 1 acme issued 2024-01-05 due 2024-02-10 500.00 EUR
    payment 11 acme on 2024-03-12 300.00 -> 1
    invoice 2 acme issued 2024-01-05 due 2024-03-20 40.00 EUR";

#[test]
fn net_flow_is_the_next_bucket_over_the_one_before_a_month_earlier() {
    let rolls = rolls(&ledger(FLOWING), "2024-03", "2024-03", &params());
    let flows = rolls.net_flows(0).unwrap();
    let names: Vec<_> = flows
        .iter()
        .map(|flow| (flow.from.as_str(), flow.to.as_str()))
        .collect();
    assert_eq!(names, [("not_due", "1-30"), ("1-30", "31-60"), ("31-60", "61+")]);
    assert_eq!(flows[1].opening, total("500.00"));
    assert_eq!(flows[1].closing, total("200.00"));
    assert_eq!(flows[1].rate, Ok(200.0 / 500.0));
    // Not due and 61+ have no width; their balances stand there nevertheless.
    assert_eq!(flows[0].rate, Err(NullReason::WidthMismatch));
    assert_eq!((flows[0].opening, flows[0].closing), (total("40.00"), total("40.00")));
    assert_eq!(flows[2].rate, Err(NullReason::WidthMismatch));
}

#[test]
fn net_flow_needs_buckets_as_wide_as_a_month_and_a_balance_to_start_from() {
    let ledger = ledger(FLOWING);
    for (edges, expected) in [
        (vec![28, 59], Ok(200.0 / 500.0)),
        (vec![27, 58], Err(NullReason::WidthMismatch)),
        (vec![30, 62], Err(NullReason::WidthMismatch)),
    ] {
        let params = RollRatesParams {
            upper_edges: edges.clone(),
            ..params()
        };
        let flows = rolls(&ledger, "2024-03", "2024-03", &params).net_flows(0).unwrap();
        assert_eq!(flows[1].rate, expected, "{edges:?}");
    }
    let empty = rolls(&ledger, "2024-01", "2024-01", &params()).net_flows(0).unwrap();
    assert_eq!(empty[1].rate, Err(NullReason::NoDenominator));
}

#[test]
fn a_window_weighs_its_months_by_what_stood_there_or_alike() {
    // 1-30: of 100 at the end of February nothing is paid in March, of 300 at the end of March all is paid in April.
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
         invoice 2 bolt issued 2024-01-05 due 2024-03-10 300.00 EUR
         payment 12 bolt on 2024-04-20 300.00 -> 2",
    );
    let windows = RollRatesParams {
        periods: RollPeriods::Windows(3),
        ..params()
    };
    let rolls = rolls(&ledger, "2024-04", "2024-05", &windows);
    let table = rolls.table();
    let april = [
        ("month", "2024-04"),
        ("kind", "amount"),
        ("from_state", "1-30"),
        ("to_state", "collected"),
    ];
    // February has nothing to start from and no rate.
    assert_eq!(real(&table, "rate", &april), Some(300.0 / (100.0 + 300.0)));
    assert_eq!(real(&table, "rate_mean", &april), Some((0.0 + 1.0) / 2.0));
    assert_eq!(table.ints("n_months").unwrap()[row(&table, &april)], Some(2));
    let counts = [
        ("month", "2024-05"),
        ("kind", "count"),
        ("from_state", "1-30"),
        ("to_state", "paid"),
    ];
    assert_eq!(real(&table, "rate", &counts), Some(1.0 / 2.0));
    let flow = rolls.net_flow_table();
    let april = [("month", "2024-04"), ("from_state", "1-30")];
    // 100 in 31-60 at the end of March, nothing at the end of April; over 100 and 300.
    assert_eq!(real(&flow, "net_flow", &april), Some(100.0 / 400.0));
    assert_eq!(real(&flow, "net_flow_mean", &april), Some((1.0 + 0.0) / 2.0));
    let months = table.texts("month").unwrap();
    assert!(months.iter().flatten().all(|month| month >= &"2024-04".to_owned()));
    // The matrix over all months leaves out those that only the windows read.
    assert_eq!(rolls.matrix(0).unwrap().rates[1][5], Some(1.0));
}

#[test]
fn a_window_of_one_month_is_the_month_and_of_none_is_refused() {
    let ledger = ledger(FLOWING);
    let of = |periods| rolls(&ledger, "2024-01", "2024-04", &RollRatesParams { periods, ..params() }).table();
    let (windows, months) = (of(RollPeriods::Windows(1)), of(RollPeriods::EachMonth));
    for column in ["n", "rate", "rate_low", "amount", "amount_from"] {
        assert_eq!(windows.column(column), months.column(column), "{column}");
    }
    assert_eq!(windows.column("rate_mean"), months.column("rate"));
    let none = RollRatesParams {
        periods: RollPeriods::Windows(0),
        ..params()
    };
    let error = roll_rates(
        &ledger,
        month("2024-01"),
        month("2024-02"),
        &groups(&ledger, &[]),
        None,
        &none,
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "found a window of no months, expected at least 1");
}

#[test]
fn shares_of_money_have_intervals_that_draw_whole_customers() {
    // Ten customers, all with 100 in 1-30 at the end of February; five pay in March, with one payment or ten invoices alike.
    let lines: Vec<String> = (0..10)
        .flat_map(|customer| {
            let invoice = format!("invoice {customer} c{customer} issued 2024-01-05 due 2024-02-10 100.00 EUR");
            let payment = format!("payment p{customer} c{customer} on 2024-03-12 100.00 -> {customer}");
            [invoice, if customer % 2 == 0 { payment } else { String::new() }]
        })
        .collect();
    let ledger = ledger(&lines.join("\n"));
    let of = |n_draws| rolls(&ledger, "2024-03", "2024-03", &RollRatesParams { n_draws, ..params() });
    let table = of(400).table();
    let collected = [("kind", "amount"), ("from_state", "1-30"), ("to_state", "collected")];
    let (low, high) = (
        real(&table, "rate_low", &collected).unwrap(),
        real(&table, "rate_high", &collected).unwrap(),
    );
    // Ten customers, half of them paying: the standard error is sqrt(0.5 x 0.5 / 10) = 0.158, in steps of a tenth.
    assert!(
        (0.1..=0.3).contains(&low) && (0.7..=0.9).contains(&high),
        "{low} {high}"
    );
    let credited = [("kind", "amount"), ("from_state", "1-30"), ("to_state", "credited")];
    assert_eq!(real(&table, "rate", &credited), Some(0.0));
    // What no customer did says nothing about how seldom it is.
    assert_eq!(real(&table, "rate_low", &credited), None);
    let shares = of(400).shares_table();
    let exit = [("kind", "amount"), ("from_state", "1-30"), ("share", "exit")];
    assert_eq!(real(&shares, "rate", &exit), Some(5.0 / 10.0));
    assert_eq!(real(&shares, "rate_low", &exit), Some(low));
    assert_eq!(of(400), of(400));
    assert_eq!(real(&of(0).table(), "rate_low", &collected), None);
    // One customer is no sample.
    let one = rolls(&crate::support::ledger(FLOWING), "2024-03", "2024-03", &params()).table();
    assert_eq!(real(&one, "rate_low", &collected), None);
}

#[test]
fn small_claims_do_not_decide_the_state_of_a_customer_but_are_counted() {
    // acme: 5 in 31-60 and 500 not due; bolt: 5 in 1-30 only; cato: 100 in 1-30, of which 95 are paid.
    let ledger = ledger(
        "invoice 1 acme issued 2023-12-05 due 2024-01-20 5.00 EUR
         invoice 2 acme issued 2024-01-05 due 2024-06-30 500.00 EUR
         invoice 3 bolt issued 2024-01-05 due 2024-02-20 5.00 EUR
         invoice 4 cato issued 2024-01-05 due 2024-02-20 100.00 EUR
         payment 14 cato on 2024-03-02 95.00 -> 4
         invoice 5 dorn issued 2024-03-05 due 2024-06-20 7.00 EUR",
    );
    let of = |materiality: &str| {
        let params = RollRatesParams {
            unit: RollUnit::Customer,
            materiality: total(materiality),
            ..params()
        };
        rolls(&ledger, "2024-03", "2024-03", &params)
    };
    let table = of("10.00").table();
    let n = |from: &str, to: &str| count(&table, &[("kind", "count"), ("from_state", from), ("to_state", to)]);
    assert_eq!(n("not_due", "not_due"), 1);
    assert_eq!(n("below_materiality", "below_materiality"), 1);
    assert_eq!(n("1-30", "below_materiality"), 1);
    assert_eq!(n("entered", "below_materiality"), 1);
    let all: i64 = rows(&table, &[("kind", "count")])
        .into_iter()
        .map(|row| table.ints("n").unwrap()[row].unwrap())
        .sum();
    assert_eq!(all, 4);
    // The 5 of acme, the 5 of bolt and the new 7 of dorn.
    assert_eq!(of("10.00").sums()[0][0].n_below_materiality(), 3);
    // Money is by claim and stays as it is.
    let none = of("0.00");
    assert_eq!(
        of("10.00").amount_matrix(0).unwrap().rates[1],
        none.amount_matrix(0).unwrap().rates[1]
    );
    let without = none.table();
    assert_eq!(
        count(
            &without,
            &[("kind", "count"), ("from_state", "31-60"), ("to_state", "61+")]
        ),
        1
    );
    assert!(rows(&without, &[("from_state", "below_materiality")]).is_empty());
}

/// Due on February 10; on March 15 the due day is moved to April 10.
const EXTENDED: &str = "
    invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
    invoice 1 acme issued 2024-01-05 due 2024-04-10 100.00 EUR posted 2024-03-15
    invoice 2 acme issued 2024-01-05 due 2024-02-10 60.00 EUR";

#[test]
fn a_changed_due_day_re_ages_and_is_no_cure() {
    let ledger = ledger(EXTENDED);
    let of = |due_dates, unit| {
        let params = RollRatesParams {
            due_dates,
            unit,
            ..params()
        };
        rolls(&ledger, "2024-03", "2024-04", &params)
    };
    let table = of(RollDueDates::InForce, RollUnit::Item).table();
    let n = |from: &str, to: &str| count(&table, &[("kind", "count"), ("from_state", from), ("to_state", to)]);
    let amount = |from: &str, to: &str| {
        let words = [("kind", "amount"), ("from_state", from), ("to_state", to)];
        table.moneys("amount").unwrap()[row(&table, &words)].unwrap()
    };
    // In March, 20 days late, both are 1-30; one moves on, the other goes back to not due, and in April it is 20 days late again.
    assert_eq!(
        (n("1-30", "re_aged"), n("re_aged", "not_due"), n("1-30", "not_due")),
        (1, 1, 0)
    );
    assert_eq!((n("1-30", "31-60"), n("not_due", "1-30")), (1, 1));
    assert_eq!(amount("1-30", "re_aged"), total("100.00"));
    assert_eq!(amount("re_aged", "not_due"), total("100.00"));
    assert_eq!(amount("1-30", "not_due"), total("0.00"));
    let shares = of(RollDueDates::InForce, RollUnit::Item).shares_table();
    let share = |share| {
        real(
            &shares,
            "rate",
            &[("kind", "amount"), ("from_state", "1-30"), ("share", share)],
        )
    };
    assert_eq!(share("re_aged"), Some(100.0 / 160.0));
    assert_eq!((share("cure"), share("forward")), (Some(0.0), Some(60.0 / 160.0)));
    // By the last due day it was never late before April 10, and nothing says that anything happened.
    let latest = of(RollDueDates::Latest, RollUnit::Item).table();
    assert!(rows(&latest, &[("to_state", "re_aged")]).is_empty());
    assert_eq!(
        count(
            &latest,
            &[("kind", "count"), ("from_state", "not_due"), ("to_state", "not_due")]
        ),
        1
    );
    // The other claim keeps the customer where it is: nothing is re-aged by customer.
    let customers = of(RollDueDates::InForce, RollUnit::Customer).table();
    assert_eq!(
        count(
            &customers,
            &[("kind", "count"), ("from_state", "1-30"), ("to_state", "31-60")]
        ),
        1
    );
    assert_eq!(
        count(
            &customers,
            &[("kind", "count"), ("from_state", "1-30"), ("to_state", "re_aged")]
        ),
        0
    );
}

#[test]
fn a_due_day_that_was_changed_later_changes_nothing_before() {
    let until_february = |text: &str, known_on: Option<&str>| {
        let ledger = ledger(text);
        let groups = groups(&ledger, &[]);
        let known_on = known_on.map(crate::support::day);
        let rolls = roll_rates(
            &ledger,
            month("2024-01"),
            month("2024-02"),
            &groups,
            known_on,
            &params(),
        );
        let rolls = rolls.unwrap().value;
        (
            rolls.matrix(0).unwrap().rates[0][1],
            rolls.amount_matrix(0).unwrap().rates[0][1],
        )
    };
    let plain = EXTENDED.replace(
        "    invoice 1 acme issued 2024-01-05 due 2024-04-10 100.00 EUR posted 2024-03-15\n",
        "",
    );
    assert_ne!(plain, EXTENDED);
    // Both are issued in January and 19 days late at the end of February.
    assert_eq!(until_february(&plain, None), (Some(1.0), Some(1.0)));
    assert_eq!(until_february(EXTENDED, None), (Some(1.0), Some(1.0)));
    assert_eq!(until_february(EXTENDED, Some("2024-02-29")), (Some(1.0), Some(1.0)));
}

#[test]
fn a_due_day_changed_within_a_bucket_is_a_roll_like_others() {
    // From February 10 to February 12: 48 days late instead of 50, the same bucket.
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
         invoice 1 acme issued 2024-01-05 due 2024-02-12 100.00 EUR posted 2024-03-15",
    );
    let table = rolls(&ledger, "2024-03", "2024-03", &params()).table();
    let words = |to| [("kind", "count"), ("from_state", "1-30"), ("to_state", to)];
    assert_eq!(
        (count(&table, &words("31-60")), count(&table, &words("re_aged"))),
        (1, 0)
    );
    assert_eq!(
        table.column("move").unwrap().text(row(&table, &words("31-60"))),
        "forward"
    );
}

#[test]
fn settings_that_make_no_sense_are_named_by_their_key() {
    let settings = "[roll_rates]\nmateriality = \"-1.00\"\nn_draws = -5";
    let problems = arrears::config::Config::from_toml(settings, "mine.toml")
        .unwrap_err()
        .problems;
    assert_eq!(
        problems,
        [
            "mine.toml: roll_rates.materiality: must be at least 0, is -1.00",
            "mine.toml: roll_rates.n_draws: must be at least 0, is -5",
        ]
    );
}
