use arrears::metrics::NullReason;
use arrears::metrics::plans::{PlanResults, PlansParams, plans};

use super::{as_of, month};
use crate::support::{ledger, total};

fn of(text: &str, on: &str, by: &[&str]) -> PlanResults {
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    let (from, to) = (month("2024-01"), month("2024-12"));
    plans(&ledger(text), as_of(on), from, to, &by, None, &PlansParams::default())
        .unwrap()
        .value
}

/// 300 in three instalments of 100.
const AGREED: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-02-01 300.00 EUR
    plan l1 acme agreed_on=2024-02-15 instalment=1 due_on=2024-03-01 amount=100.00
    plan l1 acme agreed_on=2024-02-15 instalment=2 due_on=2024-04-01 amount=100.00
    plan l1 acme agreed_on=2024-02-15 instalment=3 due_on=2024-05-01 amount=100.00\n";

#[test]
fn a_plan_that_stops_has_re_defaulted() {
    let text = format!("{AGREED}payment 9 acme on 2024-03-01 150.00 -> 1");
    let result = of(&text, "2024-06-01", &[]);
    let row = result.rows().next().unwrap();
    let sums = row.sums;
    assert_eq!(
        (sums.n_on_time, sums.n_late, sums.n_unpaid, sums.n_not_due),
        (1, 0, 2, 0)
    );
    assert_eq!(row.adherence, Ok(1.0 / 3.0));
    // 50 of the second instalment came in time.
    assert_eq!((sums.due, sums.paid_on_time), (total("300"), total("150")));
    assert_eq!(row.paid_share, Ok(150.0 / 300.0));
    assert_eq!(
        (sums.n_up_to_date, sums.n_re_defaulted, sums.n_broken, sums.n_completed),
        (1, 1, 1, 0)
    );
    assert_eq!(row.re_default_rate, Ok(1.0));
    // In the middle of March only the first instalment is due: kept up.
    let early = of(&text, "2024-03-15", &[]);
    let row = early.rows().next().unwrap();
    assert_eq!(
        (row.sums.n_not_due, row.adherence, row.re_default_rate),
        (2, Ok(1.0), Ok(0.0))
    );
}

#[test]
fn late_money_pays_but_not_on_time() {
    let text = format!(
        "{AGREED}payment 8 acme on 2024-03-05 100.00 -> 1
        payment 9 acme on 2024-04-04 200.00 -> 1"
    );
    let result = of(&text, "2024-06-01", &[]);
    let sums = result.rows().next().unwrap().sums;
    // 1 March + 3 days of tolerance is 4 March: the first is late; 4 April is just in time.
    assert_eq!((sums.n_on_time, sums.n_late, sums.n_unpaid), (2, 1, 0));
    // A plan that never started well has not re-defaulted; all of it came in the end.
    assert_eq!(
        (sums.n_up_to_date, sums.n_re_defaulted, sums.n_broken, sums.n_completed),
        (0, 0, 1, 1)
    );
    assert_eq!(
        result.rows().next().unwrap().re_default_rate,
        Err(NullReason::NoDenominator)
    );
}

#[test]
fn cash_for_new_business_or_from_before_fills_no_instalment() {
    let text = format!(
        "{AGREED}invoice 2 acme issued 2024-02-20 due 2024-03-20 100.00 EUR
        payment 7 acme on 2024-02-01 50.00 -> 1
        payment 8 acme on 2024-02-28 100.00 -> 2"
    );
    let sums = of(&text, "2024-03-15", &[]).rows().next().unwrap().sums;
    assert_eq!((sums.collected, sums.n_unpaid), (total("0"), 1));
    // Unapplied cash has no document: it counts.
    let unapplied = format!("{text}\npayment 9 acme on 2024-02-28 100.00 EUR");
    let sums = of(&unapplied, "2024-03-15", &[]).rows().next().unwrap().sums;
    assert_eq!((sums.collected, sums.n_on_time), (total("100"), 1));
}

#[test]
fn a_bounced_payment_is_taken_back_from_the_last_instalment_it_filled() {
    let text = format!(
        "{AGREED}payment 8 acme on 2024-03-01 150.00 -> 1
        reversal 9 acme on 2024-03-10 60.00 reverses=8/1 -> 1"
    );
    let sums = of(&text, "2024-03-15", &[]).rows().next().unwrap().sums;
    // 50 go from the second, 10 from the first.
    assert_eq!((sums.collected, sums.n_unpaid), (total("90"), 1));
    assert_eq!(sums.paid_on_time, total("90"));
}

#[test]
fn two_plans_share_one_stream_of_cash() {
    let text = format!(
        "{AGREED}plan l2 acme agreed_on=2024-03-05 due_on=2024-03-20 amount=40.00
        payment 8 acme on 2024-03-10 120.00 -> 1"
    );
    let sums = of(&text, "2024-12-31", &[]).rows().next().unwrap().sums;
    // 100 for the instalment of 1 March, 20 for the other plan's of 20 March.
    assert_eq!(
        (sums.n_plans, sums.collected, sums.agreed),
        (2, total("120"), total("340"))
    );
    assert_eq!(sums.paid_on_time, total("20"));
}

#[test]
fn settlements_and_autopay_stand_apart() {
    let text = "
        invoice 1 acme issued 2024-01-01 due 2024-02-01 300.00 EUR
        invoice 2 bolt issued 2024-01-01 due 2024-02-01 300.00 EUR
        plan l1 acme agreed_on=2024-02-15 due_on=2024-03-01 amount=200.00 settlement=true autopay=false
        plan l2 bolt agreed_on=2024-02-15 due_on=2024-03-01 amount=300.00 autopay=true
        payment 8 acme on 2024-02-20 50.00 -> 1
        payment 9 bolt on 2024-03-01 300.00 -> 2";
    let result = of(text, "2024-12-31", &[]);
    let sums = result.rows().next().unwrap().sums;
    assert_eq!(
        (sums.settlements_agreed, sums.settlements_collected),
        (total("200"), total("50"))
    );
    assert_eq!((sums.agreed, sums.collected), (total("500"), total("350")));
    let table = of(text, "2024-12-31", &["autopay", "settlement"]).table();
    assert_eq!(
        table.texts("autopay").unwrap(),
        [Some("false".to_owned()), Some("true".to_owned())]
    );
    assert_eq!(
        table.texts("settlement").unwrap(),
        [Some("true".to_owned()), Some("false".to_owned())]
    );
    assert_eq!(table.reals("adherence").unwrap(), [Some(0.0), Some(1.0)]);
}

#[test]
fn a_later_payment_changes_nothing() {
    let before = of(AGREED, "2024-03-15", &[]).table();
    let later = format!("{AGREED}payment 9 acme on 2024-03-16 300.00 -> 1");
    assert_eq!(of(&later, "2024-03-15", &[]).table(), before);
}

#[test]
fn without_the_table_there_is_no_number() {
    let ledger = ledger("invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR");
    let (from, to) = (month("2024-03"), month("2024-03"));
    let result = plans(
        &ledger,
        as_of("2024-03-31"),
        from,
        to,
        &[],
        None,
        &PlansParams::default(),
    );
    assert_eq!(result.unwrap_err().to_string(), "not available: import plans");
}
