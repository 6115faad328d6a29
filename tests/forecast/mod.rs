//! Payment timing and the cash forecast.

use std::collections::BTreeMap;

use arrears::calendar::{AsOf, Day};
use arrears::forecast::{Forecast, ForecastError, ForecastParams, RowKind, TimingParams, forecast};
use arrears::history::CustomerHistory;
use arrears::ledger::Ledger;
use arrears::money::{Currency, Total};
use proptest::prelude::*;

use crate::support::{day, ledger, total};

mod highradius;
mod provision;
mod track_record;

fn as_of(text: &str) -> AsOf {
    AsOf(day(text))
}

fn made(ledger: &Ledger, on: &str) -> Forecast {
    forecast(ledger, as_of(on), &ForecastParams::default()).unwrap().value
}

/// Twelve monthly invoices of 100.00 due on the 10th, each paid `days` later; the last, due 2024-01-10, is open.
fn monthly(customer: &str, days: i32) -> String {
    let mut lines = String::new();
    for month in 1..=13 {
        let (year, number) = if month == 13 { (2024, 1) } else { (2023, month) };
        let due = day(&format!("{year}-{number:02}-10"));
        let id = format!("{customer}-{month}");
        lines += &format!("invoice {id} {customer} issued {} due {due} 100.00 EUR\n", due - 30);
        if month < 13 {
            lines += &format!("payment p{id} {customer} on {} 100.00 -> {id}\n", due + days);
        }
    }
    lines
}

fn expected(forecast: &Forecast, week: usize) -> Total {
    forecast.currencies[0].rows[week].expected
}

fn row(forecast: &Forecast, kind: RowKind) -> Total {
    let mut rows = forecast.currencies[0].rows.iter().filter(|row| row.row == kind);
    rows.next().unwrap().expected
}

#[test]
fn a_customer_who_always_pays_ten_days_late_is_forecast_ten_days_late() {
    // Due 2024-01-10, so paid 2024-01-20: day 15 after 2024-01-05, the third week.
    let ledger = ledger(&monthly("acme", 10));
    let forecast = made(&ledger, "2024-01-05");
    assert_eq!(expected(&forecast, 2), total("100.00"));
    assert_eq!(forecast.items[0].expected_on, Some(day("2024-01-20")));
    let week = &forecast.currencies[0].rows[2];
    assert_eq!((week.p10, week.p90), (total("100.00"), total("100.00")));
}

#[test]
fn customers_with_different_habits_keep_them() {
    let text: String = (0..8).map(|at| monthly(&format!("c{at}"), at * 7)).collect();
    // The eighth pays 49 days after 2024-01-10: day 50, the eighth week. Seven others pull, but little.
    let ledger = ledger(&text);
    let forecast = made(&ledger, "2024-01-09");
    let last = forecast
        .items
        .iter()
        .filter(|item| ledger.invoice_id(item.document).ends_with("-13"));
    for (at, item) in last.enumerate() {
        assert_eq!(item.expected_on, Some(day("2024-01-10") + 7 * at as i32));
    }
    assert!(forecast.segment_weight <= 0.5, "{}", forecast.segment_weight);
}

#[test]
fn an_item_already_late_is_forecast_from_the_age_it_has_reached() {
    // Half of the items are paid on the due day, half 20 days later; one that is 5 days late can only be the second kind.
    let early_and_late: String = (0..20).map(|at| monthly(&format!("c{at:02}"), (at % 2) * 20)).collect();
    let text = early_and_late + "invoice x new issued 2023-12-02 due 2024-01-01 50.00 EUR\n";
    let forecast = made(&ledger(&text), "2024-01-06");
    let item = forecast.items.iter().find(|item| item.open == total("50.00")).unwrap();
    assert_eq!(item.expected_on, Some(day("2024-01-21")));
    assert!(item.probability > 0.99);
}

#[test]
fn rows_add_up_to_open_receivables_and_unapplied_stands_below_zero() {
    let text = monthly("acme", 10) + "payment u acme on 2024-01-02 30.00 EUR\n";
    let forecast = made(&ledger(&text), "2024-01-05");
    assert_eq!(row(&forecast, RowKind::Unapplied), total("-30.00"));
    let of = &forecast.currencies[0];
    assert_eq!(of.open_receivables, total("70.00"));
    assert_eq!(of.rows.iter().map(|row| row.expected).sum::<Total>(), total("70.00"));
}

#[test]
fn credits_and_write_offs_have_rows_of_their_own() {
    // Of four old items one was paid, one credited, one written off, one is open: a fresh item meets all three fates.
    let text = "
        invoice 1 acme issued 2023-01-01 due 2023-02-01 90.00 EUR
        payment 11 acme on 2023-02-11 90.00 -> 1
        invoice 2 acme issued 2023-01-01 due 2023-02-01 90.00 EUR
        credit 12 acme on 2023-02-21 90.00 -> 2
        invoice 3 acme issued 2023-01-01 due 2023-02-01 90.00 EUR
        write_off 13 acme on 2023-03-03 90.00 -> 3
        invoice 4 acme issued 2023-05-01 due 2023-06-01 90.00 EUR";
    let forecast = made(&ledger(text), "2023-05-31");
    // One in three at 10 days, then one in two at 20, then the last at 30.
    assert_eq!(expected(&forecast, 1), total("30.00"));
    assert_eq!(row(&forecast, RowKind::Credited), total("30.00"));
    assert_eq!(row(&forecast, RowKind::WrittenOff), total("30.00"));
    assert_eq!(row(&forecast, RowKind::NotPaid), Total::ZERO);
}

#[test]
fn what_comes_after_the_day_changes_nothing() {
    let before = monthly("acme", 10) + &monthly("bolt", 3);
    let after = "payment late acme on 2024-01-06 100.00 -> acme-13
         invoice z acme issued 2024-01-06 due 2024-02-09 70.00 EUR
         dispute d acme opened_on=2024-01-06 -> acme-13
         promise q acme made_on=2024-01-06 promised_on=2024-01-08 amount=100.00 -> acme-13
         payment back bolt on 2023-12-01 posted 2024-01-06 5.00 EUR";
    let known = made(&ledger(&before), "2024-01-05");
    let later = made(&ledger(&(before + after)), "2024-01-05");
    assert_eq!(known.table(), later.table());
}

#[test]
fn a_promise_moves_money_to_its_day_and_a_dispute_away() {
    let text: String = (0..10).map(|at| monthly(&format!("c{at}"), 5 + 4 * at)).collect();
    let plain = made(&ledger(&text), "2024-01-05");
    let promise = "promise p c9 made_on=2024-01-04 promised_on=2024-01-08 amount=100.00 -> c9-13\n";
    let promised = made(&ledger(&(text.clone() + promise)), "2024-01-05");
    // The declared 60 % of the 100.00 move into the first week, in which nothing was expected of this customer.
    let moved = expected(&promised, 0) - expected(&plain, 0);
    assert_eq!(moved, total("60.00"));
    let dispute = "dispute d c0 opened_on=2024-01-04 -> c0-13\n";
    let disputed = made(&ledger(&(text + dispute)), "2024-01-05");
    let date = |forecast: &Forecast| forecast.items[0].expected_on.unwrap();
    assert_eq!(date(&disputed) - date(&plain), 45);
}

#[test]
fn a_customer_who_breaks_promises_is_believed_less() {
    let text = monthly("acme", 30);
    let open = "promise p9 acme made_on=2024-01-04 promised_on=2024-01-08 amount=100.00 -> acme-13\n";
    let broken: String = (1..=6)
        .map(|month| {
            format!("promise b{month} acme made_on=2023-{month:02}-11 promised_on=2023-{month:02}-15 amount=100.00 -> acme-{month}\n")
        })
        .collect();
    let believed = made(&ledger(&(text.clone() + open)), "2024-01-05");
    let doubted = made(&ledger(&(text + &broken + open)), "2024-01-05");
    assert!(expected(&doubted, 0) < expected(&believed, 0));
}

#[test]
fn a_seed_gives_the_same_forecast_on_any_number_of_threads() {
    let text: String = (0..9).map(|at| monthly(&format!("c{at}"), 3 * at)).collect();
    let ledger = ledger(&text);
    let alone = rayon_with(1, || made(&ledger, "2024-01-12"));
    let together = rayon_with(4, || made(&ledger, "2024-01-12"));
    assert_eq!(alone, together);
    let params = ForecastParams {
        seed: 2,
        ..ForecastParams::default()
    };
    let other = forecast(&ledger, as_of("2024-01-12"), &params).unwrap().value;
    let of = |forecast: &Forecast| {
        forecast.currencies[0]
            .rows
            .iter()
            .map(|row| row.expected)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(&alone), of(&other), "the seed moves quantiles, never expectations");
}

fn rayon_with<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(work)
}

#[test]
fn segments_pull_new_customers_to_their_own_habit() {
    let mut text = String::new();
    for at in 0..6 {
        text += &monthly(&format!("n{at}"), 2);
        text += &monthly(&format!("s{at}"), 30);
        text += &format!(
            "customer n{at} valid_from=2020-01-01 region=north\ncustomer s{at} valid_from=2020-01-01 region=south\n"
        );
    }
    text += "customer new valid_from=2020-01-01 region=south
             invoice x new issued 2023-12-11 due 2024-01-10 40.00 EUR\n";
    let params = ForecastParams {
        timing: TimingParams {
            segment_by: Some("region".to_owned()),
            ..TimingParams::default()
        },
        ..ForecastParams::default()
    };
    let forecast = forecast(&ledger(&text), as_of("2024-01-09"), &params).unwrap().value;
    let new = forecast.items.iter().find(|item| item.open == total("40.00")).unwrap();
    assert_eq!(new.expected_on, Some(day("2024-01-10") + 30));
}

#[test]
fn refusals_say_what_was_found_and_what_to_do() {
    let ledger = ledger("invoice 1 acme issued 2024-01-01 due 2024-02-01 10.00 EUR");
    let no_history = forecast(&ledger, as_of("2024-01-05"), &ForecastParams::default()).unwrap_err();
    assert_eq!(
        no_history.to_string(),
        "no item was paid, credited or written off in the 730 days up to 2024-01-05, expected at least one to learn payment delays from; choose a later day or a longer history"
    );
    let params = ForecastParams {
        horizon_weeks: 0,
        promise_credibility: f64::NAN,
        ..ForecastParams::default()
    };
    let ForecastError::Settings(problems) = forecast(&ledger, as_of("2024-01-05"), &params).unwrap_err() else {
        panic!("settings are checked first");
    };
    assert_eq!(
        problems.lines(),
        [
            "horizon_weeks: must be 1 to 104, is 0",
            "promise_credibility: must be 0 to 1, is NaN"
        ]
    );
}

fn control(ledger: &Ledger, on: Day) -> BTreeMap<Currency, Total> {
    let mut control: BTreeMap<Currency, Total> = BTreeMap::new();
    for customer in ledger.customers() {
        let history = CustomerHistory::of(ledger, customer, Some(on));
        for item in history.documents() {
            *control.entry(item.document.currency).or_default() += item.open_on(on);
        }
        for posting in history.unapplied().filter(|posting| posting.on <= on) {
            *control.entry(posting.currency).or_default() += posting.delta;
        }
    }
    control
}

/// Ledgers of a few customers with part payments, credits, write-offs, unapplied cash, disputes, promises and two currencies.
fn small_ledgers() -> impl Strategy<Value = String> {
    let document = (0..3_u8, 0..200_i32, 0..60_i32, 1..50_000_000_i64, any::<bool>());
    let event = (0..9_u8, 0..30_usize, 0..260_i32, 1..50_000_000_i64);
    let documents = proptest::collection::vec(document, 1..20);
    (documents, proptest::collection::vec(event, 0..30)).prop_map(|(documents, events)| {
        let money = |units: i64| format!("{}.{:04}", units / 10_000, units % 10_000);
        let start = day("2023-01-01");
        let mut text = String::new();
        for (id, (customer, issued, terms, units, is_euro)) in documents.iter().enumerate() {
            let (issued, due) = (start + *issued, start + *issued + *terms);
            let currency = if *is_euro { "EUR" } else { "USD" };
            text += &format!(
                "invoice {id} c{customer} issued {issued} due {due} {} {currency}\n",
                money(*units)
            );
        }
        for (id, (kind, target, on, units)) in events.iter().enumerate() {
            let target = target % documents.len();
            let (customer, _, _, _, is_euro) = documents[target];
            let currency = if is_euro { "EUR" } else { "USD" };
            let (on, amount) = (start + *on, money(*units));
            text += &match kind {
                0..=3 => format!("payment r{id} c{customer} on {on} {amount} {currency} -> {target}\n"),
                4 => format!("credit r{id} c{customer} on {on} {amount} {currency} -> {target}\n"),
                5 => format!("write_off r{id} c{customer} on {on} {amount} {currency} -> {target}\n"),
                6 => format!("payment r{id} c{customer} on {on} {amount} {currency}\n"),
                7 => format!("dispute d{id} c{customer} opened_on={on} amount={amount} -> {target}\n"),
                _ => format!(
                    "promise q{id} c{customer} made_on={on} promised_on={} amount={amount} -> {target}\n",
                    on + 9
                ),
            };
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_always_add_up_to_open_receivables(text in small_ledgers(), after in 0..260_i32) {
        let ledger = ledger(&text);
        let as_of = AsOf(day("2023-01-01") + after);
        let params = ForecastParams { n_simulations: 100, ..ForecastParams::default() };
        match forecast(&ledger, as_of, &params) {
            Err(ForecastError::NoHistory { .. }) => {}
            Err(other) => panic!("{other}"),
            Ok(made) => {
                let mut control = control(&ledger, as_of.0);
                for of in made.value.currencies {
                    let sum: Total = of.rows.iter().map(|row| row.expected).sum();
                    prop_assert_eq!(sum, of.open_receivables);
                    prop_assert_eq!(Some(sum), control.remove(&of.currency));
                    for row in &of.rows {
                        prop_assert!(row.p10 <= row.p50 && row.p50 <= row.p90);
                    }
                }
                prop_assert!(control.values().all(|rest| rest.is_zero()));
            }
        }
    }
}
