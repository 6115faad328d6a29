//! The cure view: what became of what was delinquent already.

use arrears::calendar::AsOf;
use arrears::features::{LabelParams, Outcome, Unit, cure};
use arrears::history::CustomerHistory;

use super::panel;
use crate::support::{day, ledger};

/// Cured or not at the end of the 60th day after 31 January, 31 March, as known at the end of April.
fn cures(text: &str, unit: Unit) -> Vec<Outcome> {
    let ledger = ledger(text);
    let params = LabelParams {
        horizon: 60,
        entering: 0,
        ..LabelParams::new(unit, 10)
    };
    let panel = panel(&ledger, "2024-01-31", params).already_bad();
    let cures = cure::cures_of_part(&ledger.facts(CustomerHistory::READS), &panel, AsOf(day("2024-04-30")));
    assert!(cures.iter().all(|cure| cure.matures_on == day("2024-03-31")));
    cures.into_iter().map(|cure| cure.outcome).collect()
}

const LATE: &str = "
    invoice a acme issued 2024-01-01 due 2024-01-10 100.00 EUR
    payment a acme on 2024-03-31 100.00 -> a
    invoice b acme issued 2024-01-01 due 2024-01-11 100.00 EUR
    payment b acme on 2024-04-01 100.00 -> b
    invoice c bolt issued 2024-01-01 due 2024-01-12 100.00 EUR
    write_off c bolt on 2024-03-01 100.00 -> c
    invoice d cato issued 2024-01-01 due 2024-01-13 100.00 EUR
    dispute d cato opened_on=2024-03-01 -> d
    invoice e dorn issued 2024-01-01 due 2024-01-14 100.00 EUR
    payment e dorn on 2024-02-10 100.00 -> e
    invoice f dorn issued 2024-02-20 due 2024-03-10 100.00 EUR
    invoice g ezra issued 2024-01-01 due 2024-01-15 100.00 EUR
    payment g ezra on 2024-02-10 100.00 -> g
    invoice h ezra issued 2024-03-01 due 2024-03-22 100.00 EUR";

#[test]
fn an_invoice_is_cured_when_it_is_settled_within_the_horizon() {
    use Outcome::{Bad, Good, Indeterminate};
    // a to e and g: settled on the last day, a day after it, given up, in dispute, settled, settled.
    assert_eq!(cures(LATE, Unit::Invoice), [Good, Bad, Bad, Indeterminate, Good, Good]);
}

#[test]
fn a_customer_is_cured_when_nothing_of_it_is_that_late_any_more() {
    use Outcome::{Bad, Good, Indeterminate};
    // acme's `b` stays, bolt's claim is given up, cato disputes, dorn has a new late one, ezra's next is 9 days late.
    assert_eq!(cures(LATE, Unit::Customer), [Bad, Bad, Indeterminate, Bad, Good]);
    let before = "invoice a acme issued 2023-01-01 due 2023-01-10 100.00 EUR
                  write_off a acme on 2023-06-01 100.00 -> a
                  invoice b acme issued 2024-01-01 due 2024-01-10 100.00 EUR
                  payment b acme on 2024-02-10 100.00 -> b";
    // What was given up before the day was not at risk on it.
    assert_eq!(cures(before, Unit::Customer), [Good]);
}

#[test]
fn a_cure_is_too_young_before_its_horizon_is_over() {
    let ledger = ledger(LATE);
    let params = LabelParams {
        horizon: 120,
        ..LabelParams::new(Unit::Invoice, 10)
    };
    let panel = panel(&ledger, "2024-01-31", params).already_bad();
    let cures = cure::cures_of_part(&ledger.facts(CustomerHistory::READS), &panel, AsOf(day("2024-04-30")));
    assert!(cures.iter().all(|cure| cure.outcome == Outcome::TooYoung));
}
