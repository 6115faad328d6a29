//! The value of a contact, and who is left alone.

use arrears::decide::{Action, BaseRates, DecideError, Worklist, WorklistOrder, WorklistPolicy, worklist};
use arrears::ledger::Ledger;
use arrears::metrics::base_currency::RateError;
use arrears::money::Currency;

use super::{as_of, scores};
use crate::support::{ledger, total};

fn made(ledger: &Ledger, on: &str) -> Worklist {
    let scores = scores(ledger, on, 0.2);
    let rates = BaseRates::of(ledger, None).unwrap();
    worklist(ledger, as_of(on), Some(&scores), &rates, &WorklistPolicy::default())
        .unwrap()
        .value
}

/// Makes the worklist of 2024-03-12, 40 days after the due day of the usual invoice.
fn reasons(text: &str) -> Vec<String> {
    let worklist = made(&ledger(text), "2024-03-12");
    assert!(worklist.lines.is_empty(), "{:?}", worklist.lines);
    worklist
        .exclusions
        .into_iter()
        .map(|exclusion| exclusion.reason)
        .collect()
}

const INVOICE: &str = "invoice 1 acme issued 2024-01-02 due 2024-02-01 10000.00 EUR\n";

#[test]
fn the_value_of_a_contact_is_pencil_and_paper() {
    let worklist = made(&ledger(INVOICE), "2024-03-12");
    let line = &worklist.lines[0];
    // 40 days late: uplift 0.15; a call, 12 minutes at 0.75.
    let worth: f64 = 0.10 * 30.0 / 365.0 + 0.2 * 0.10;
    let value = 10_000.0 * 0.15 * 1.0 * worth - 12.0 * 0.75;
    assert_eq!(line.value, total(&format!("{value:.2}")));
    assert_eq!(line.value, total("33.33"));
    assert_eq!((line.action, line.oldest_days), (Action::Call, Some(40)));
    assert_eq!(
        line.reasons[0],
        "10000.00 EUR overdue and free to collect, oldest 40 days"
    );
    assert_eq!(line.talking_points, ["never paid so far"]);
}

#[test]
fn the_columns_stand_in_the_order_others_script_against() {
    let table = made(&ledger(INVOICE), "2024-03-12").table();
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    let fixed = "rank,collector,customer_id,currency,value,balance,overdue,oldest_days,probability,action,reasons";
    assert_eq!(names[..11].join(","), fixed);
}

#[test]
fn disputed_promised_and_unapplied_money_is_not_collectable() {
    let text = format!(
        "{INVOICE}
         dispute d acme opened_on=2024-03-01 amount=3000.00 -> 1
         promise p acme made_on=2024-03-10 promised_on=2024-03-20 amount=2000.00 -> 1
         payment u acme on 2024-03-01 500.00 EUR
         invoice 2 acme issued 2024-03-01 due 2024-03-26 700.00 EUR
         invoice 3 acme issued 2024-03-01 due 2024-03-27 900.00 EUR"
    );
    let line = &made(&ledger(&text), "2024-03-12").lines[0];
    // Invoice 2 falls due on the last day of the window of 14 days, invoice 3 one day later.
    assert_eq!(line.collectable, total("5200.00")); // 10000 - 3000 - 2000 - 500 + 700
    assert_eq!(line.balance, total("11100.00")); // 10000 + 700 + 900 - 500
    assert_eq!(line.overdue, total("10000.00"));
    assert!(line.talking_points.contains(&"3000.00 EUR in dispute".to_owned()));
}

#[test]
fn every_exclusion_says_why() {
    let with = |line: &str| reasons(&format!("{INVOICE}{line}"));
    assert_eq!(
        with("dispute d acme opened_on=2024-03-01 -> 1"),
        ["dispute open on all that is due"]
    );
    assert_eq!(
        with("promise p acme made_on=2024-03-10 promised_on=2024-03-20 amount=10000.00 -> 1"),
        ["promise pending until 2024-03-20"]
    );
    for (status, reason) in [
        ("bankrupt", "status bankrupt"),
        ("litigation", "status litigation"),
        ("do_not_contact", "status do not contact"),
    ] {
        let customer = format!("customer acme valid_from=2024-01-01 status={status} status_on=2024-03-12");
        assert_eq!(with(&customer), [reason]);
    }
    assert_eq!(
        with("payment u acme on 2024-03-01 10000.00 EUR"),
        ["unapplied cash and credits of 10000.00 cover it"]
    );
    assert_eq!(
        with("payment u acme on 2024-03-01 9951.00 EUR -> 1"),
        ["small balance: 49.00 collectable, below 50.00"]
    );
    assert_eq!(
        with("step acme level=2 done_on=2024-03-12 invoice_id=1"),
        ["already worked: step 2 of the ladder on 2024-03-12"]
    );
    assert_eq!(
        with("contact c acme contacted_on=2024-03-06 direction=out"),
        ["contacted 6 days ago, quiet for 7 days"]
    );
    assert_eq!(
        reasons("invoice 1 acme issued 2024-03-01 due 2024-03-27 100.00 EUR"),
        ["nothing due within 14 days"]
    );
    // 60.00 x 0.15 x 0.5 x (0.10 x 30 / 365 + 0.2 x 0.10) = 0.13, a reminder costs 0.75.
    assert_eq!(
        reasons("invoice 1 acme issued 2024-01-02 due 2024-02-01 60.00 EUR"),
        ["contact costs more than it earns: value -0.62"]
    );
}

/// The contract calls `closed_on` the last day of the dispute, and ageing counts it so; the worklist once let go a day early.
#[test]
fn the_last_day_of_a_dispute_is_still_disputed() {
    let ledger = ledger(&format!(
        "{INVOICE}dispute d acme opened_on=2024-03-01 closed_on=2024-03-12 -> 1"
    ));
    assert_eq!(
        made(&ledger, "2024-03-12").exclusions[0].reason,
        "dispute open on all that is due"
    );
    assert_eq!(made(&ledger, "2024-03-13").lines.len(), 1);
}

#[test]
fn an_exclusion_that_does_not_hold_yet_or_any_more_excludes_nobody() {
    for line in [
        "dispute d acme opened_on=2024-03-01 closed_on=2024-03-10 -> 1",
        "dispute d acme opened_on=2024-03-13 -> 1",
        "promise p acme made_on=2024-02-01 promised_on=2024-03-01 amount=10000.00 -> 1",
        "customer acme valid_from=2024-01-01 status=bankrupt status_on=2024-03-13",
        "customer acme valid_from=2024-03-13 status=bankrupt",
        "customer acme status=bankrupt",
        "step acme level=2 done_on=2024-03-11 invoice_id=1",
        "step acme level=2 done_on=2024-03-12 invoice_id=1 posted 2024-03-13",
        "contact c acme contacted_on=2024-03-05 direction=out",
        "contact c acme contacted_on=2024-03-11 direction=in",
        "payment u acme on 2024-03-13 10000.00 EUR",
    ] {
        assert_eq!(
            made(&ledger(&format!("{INVOICE}{line}")), "2024-03-12").lines.len(),
            1,
            "{line}"
        );
    }
}

#[test]
fn collectors_take_what_fits_their_day_and_the_rest_is_said() {
    let mut text = String::new();
    for (at, collector) in ["ann", "ann", "ann"].iter().enumerate() {
        text += &format!(
            "invoice {at} c{at} issued 2024-01-02 due 2024-02-01 {}.00 EUR\n",
            10_000 + at
        );
        text += &format!("customer c{at} valid_from=2024-01-01 collector={collector}\n");
    }
    let policy = WorklistPolicy {
        minutes_per_day: 24.0, // two calls of 12 minutes
        ..WorklistPolicy::default()
    };
    let ledger = ledger(&text);
    let made = worklist(&ledger, as_of("2024-03-12"), None, &BaseRates::none(), &policy).unwrap();
    let ids: Vec<&str> = made
        .value
        .lines
        .iter()
        .map(|line| ledger.customer_id(line.customer))
        .collect();
    assert_eq!(ids, ["c2", "c1"]);
    let next = &made.value.next[0];
    assert_eq!(
        (ledger.customer_id(next.customer), next.rank, next.collector.as_str()),
        ("c0", 3, "ann")
    );
    assert_eq!(
        made.value.next_table().texts("customer_id").unwrap(),
        [Some("c0".to_owned())]
    );
    assert!(made.value.exclusions.is_empty());
    let said: Vec<String> = made.caveats.iter().map(|caveat| caveat.0.clone()).collect();
    assert!(said.contains(&"uplift: declared, not measured".to_owned()));
    assert!(
        said.iter().any(|caveat| caveat.starts_with("no scores were given")),
        "{said:?}"
    );
}

#[test]
fn several_currencies_need_rates_and_are_ranked_in_the_base() {
    let text = format!("{INVOICE}invoice 2 bolt issued 2024-01-02 due 2024-02-01 10000.00 USD\n");
    let refused = worklist(
        &ledger(&text),
        as_of("2024-03-12"),
        None,
        &BaseRates::none(),
        &WorklistPolicy::default(),
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "found money in EUR, USD and no rates, expected one currency or a base currency; import an `fx_rates` table with the base currency at 1"
    );
    let rates = "fx_rate EUR date=2024-01-01 to_base=1
        fx_rate USD date=2024-03-01 to_base=0.9
        fx_rate USD date=2024-03-12 to_base=0.92345
        fx_rate USD date=2024-03-13 to_base=0.5";
    let worklist = made(&ledger(&(text + rates)), "2024-03-12");
    assert_eq!(worklist.currency, Currency::parse("EUR").unwrap());
    assert_eq!(worklist.lines[1].balance, total("9234.50")); // 10000 x 0.92345, the latest rate of the day
    let only_later = "invoice 2 bolt issued 2024-01-02 due 2024-02-01 10.00 USD
        fx_rate EUR date=2024-01-01 to_base=1
        fx_rate USD date=2024-03-13 to_base=0.5";
    let later = ledger(&format!("{INVOICE}{only_later}"));
    let rates = BaseRates::of(&later, None).unwrap();
    let refused = worklist_error(&later, &rates);
    assert_eq!(
        refused.to_string(),
        "found no rate of USD on or before 2024-03-12; import one in `fx_rates`"
    );
}

#[test]
fn rates_without_a_base_currency_are_refused_where_they_are_needed() {
    let rate = "fx_rate USD date=2024-03-01 to_base=0.9\n";
    let one = ledger(&format!("{INVOICE}{rate}"));
    assert_eq!(made(&one, "2024-03-12").currency, Currency::parse("EUR").unwrap());
    let two = ledger(&format!(
        "{INVOICE}{rate}invoice 2 bolt issued 2024-01-02 due 2024-02-01 10.00 USD"
    ));
    let rates = BaseRates::of(&two, None).unwrap();
    assert_eq!(worklist_error(&two, &rates), RateError::BaseUnknown.into());
    let named = BaseRates::of(&two, Some(Currency::parse("EUR").unwrap())).unwrap();
    let policy = WorklistPolicy::default();
    let made = worklist(&two, as_of("2024-03-12"), None, &named, &policy)
        .unwrap()
        .value;
    assert_eq!(made.currency, Currency::parse("EUR").unwrap());
}

#[test]
fn rates_to_one_currency_are_not_relabelled_as_rates_to_another() {
    let rates = "fx_rate EUR date=2024-03-01 to_base=1
        fx_rate USD date=2024-03-01 to_base=0.9\n";
    let ledger = ledger(&format!("{INVOICE}{rates}"));
    for code in ["USD", "JPY"] {
        let base = Currency::parse(code).unwrap();
        assert_eq!(BaseRates::of(&ledger, Some(base)), Err(RateError::BaseNotOne { base }));
    }
    assert!(BaseRates::of(&ledger, Some(Currency::parse("EUR").unwrap())).is_ok());
}

fn worklist_error(ledger: &Ledger, rates: &BaseRates) -> DecideError {
    worklist(ledger, as_of("2024-03-12"), None, rates, &WorklistPolicy::default()).unwrap_err()
}

#[test]
fn scores_of_another_day_and_wrong_settings_are_refused() {
    let ledger = ledger(INVOICE);
    let scores = scores(&ledger, "2024-03-11", 0.2);
    let policy = WorklistPolicy::default();
    let refused = worklist(&ledger, as_of("2024-03-12"), Some(&scores), &BaseRates::none(), &policy);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "found scores as of 2024-03-11, expected 2024-03-12; score the ledger as of the same day"
    );
    let mut policy = WorklistPolicy {
        cost_of_capital: f64::NAN,
        ..WorklistPolicy::default()
    };
    policy.response.bands[1].uplift = 1.5;
    assert_eq!(
        policy.check().unwrap_err().lines(),
        [
            "cost_of_capital: must be 0 to 1, is NaN",
            "response.bands[1].uplift: must be 0 to 1, is 1.5"
        ]
    );
}

#[test]
fn another_order_ranks_the_same_lines_otherwise() {
    // The older claim is the smaller one: by value and balance bolt comes first, by age acme.
    let ledger = ledger(
        "invoice 1 acme issued 2023-11-02 due 2023-12-02 4000.00 EUR
         invoice 2 bolt issued 2024-01-02 due 2024-02-01 10000.00 EUR",
    );
    let ids = |order: WorklistOrder| {
        let policy = WorklistPolicy {
            order,
            ..WorklistPolicy::default()
        };
        let made = worklist(&ledger, as_of("2024-03-12"), None, &BaseRates::none(), &policy).unwrap();
        let table = made.value.table();
        assert!(table.notes.contains(&("order".to_owned(), order.as_str().to_owned())));
        let lines = made.value.lines.iter();
        lines
            .map(|line| ledger.customer_id(line.customer).to_owned())
            .collect::<Vec<_>>()
    };
    for order in WorklistOrder::ALL {
        let expected = match order {
            WorklistOrder::Oldest => ["acme", "bolt"],
            // History says nothing of either: equal scores stand by customer.
            WorklistOrder::Score => ["acme", "bolt"],
            WorklistOrder::ExpectedLoss => ["bolt", "acme"],
            WorklistOrder::Value | WorklistOrder::Balance | WorklistOrder::Overdue => ["bolt", "acme"],
            // 10 + 25 for money and age, 25 + 15: 5,000.00 weighs less here than sixty days.
            WorklistOrder::Points => ["bolt", "acme"],
            // Drawn once and for all for these ids and this day.
            WorklistOrder::Random => ["acme", "bolt"],
        };
        assert_eq!(ids(order), expected, "{}", order.as_str());
    }
}
