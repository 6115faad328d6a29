use arrears::metrics::aging::AgingParams;
use arrears::metrics::certificate::{certificate, suspects};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::money::{Currency, Total};
use proptest::prelude::*;

use super::{as_of, groups, month};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{ledger, total};

const BOOKS: &str = "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR entity=north
    invoice 2 acme issued 2024-01-10 due 2024-05-09 50.00 EUR entity=south
    invoice 3 bolt issued 2024-02-20 due 2024-03-09 30.00 EUR entity=north posted 2024-03-04
    payment 7 acme on 2024-02-05 20.00 EUR entity=south";

fn euro() -> Currency {
    Currency::parse("EUR").unwrap()
}

#[test]
fn a_balance_that_ties_out_says_so_by_currency_and_entity() {
    let ledger = ledger(&format!(
        "{BOOKS}
         gl_balance north date=2024-02-29 currency=EUR control_balance=130
         gl_balance south date=2024-02-29 currency=EUR control_balance=30"
    ));
    let certificate = certificate(&ledger, as_of("2024-02-29"), None, &AgingParams::default()).unwrap();
    assert!(certificate.broken().is_empty());
    let south = &certificate.rows()[&(euro(), Some("south".to_owned()))];
    assert_eq!(
        (south.not_due, south.unapplied_cash, south.control()),
        (total("50"), total("20"), total("30"))
    );
    assert_eq!(certificate.rows()[&(euro(), None)].control(), total("160"));
    assert_eq!(
        certificate.summary(),
        "control 160.00 EUR ties out to the ledger; 2 balances of the general ledger agree"
    );
}

#[test]
fn a_cent_of_difference_names_the_book_and_what_was_posted_late() {
    // The general ledger of north was closed before invoice 3 was posted, and is a cent off besides.
    let ledger = ledger(&format!(
        "{BOOKS}\n gl_balance north date=2024-02-29 currency=EUR control_balance=100.01"
    ));
    let day = as_of("2024-02-29");
    let certificate = certificate(&ledger, day, None, &AgingParams::default()).unwrap();
    assert_eq!(certificate.broken(), [(euro(), Some("north".to_owned()))]);
    assert_eq!(
        certificate.rows()[&certificate.broken()[0]].difference(),
        total("29.99")
    );
    assert_eq!(
        certificate.summary(),
        "EUR north: control 130.00, ledger 130.00, general ledger 100.01: 29.99 apart"
    );
    let listed = suspects(&ledger, day, &certificate.broken());
    assert_eq!(listed.texts("id").unwrap(), [Some("3".to_owned())]);
    assert_eq!(listed.moneys("amount").unwrap(), [Some(total("30"))]);
    // Cash without an entity may belong to north.
    let more = crate::support::ledger(&format!("{BOOKS}\n payment 8 acme on 2024-02-06 4.00 EUR"));
    let listed_too = suspects(&more, day, &certificate.broken());
    assert_eq!(
        listed_too.texts("id").unwrap(),
        [Some("3".to_owned()), Some("8".to_owned())]
    );
    // Over all entities the cash of south, on no invoice, is listed too.
    let listed = suspects(&ledger, day, &[(euro(), None)]);
    assert_eq!(
        listed.texts("id").unwrap(),
        [Some("3".to_owned()), Some("7".to_owned())]
    );
    assert_eq!(
        listed.moneys("amount").unwrap(),
        [Some(total("30")), Some(total("-20"))]
    );
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_day_ties_out_to_the_ledger_and_every_flow_closes_there(lines in ledger_lines(), day in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let closing = day.month().last();
        let certificate = certificate(&ledger, arrears::calendar::AsOf(closing), None, &AgingParams::default()).unwrap();
        prop_assert!(certificate.broken().is_empty());
        for (currency, balance) in ledger.balances_on(arrears::calendar::AsOf(closing)) {
            let control = certificate.rows().get(&(currency, None)).map_or(Total::ZERO, |row| row.control());
            prop_assert_eq!(control, balance);
        }
        let groups = groups(&ledger, &["region"]);
        let flow = flow(&ledger, month("2023-12"), day.month(), &groups, None, &FlowParams::default()).unwrap().value;
        prop_assert_eq!(certificate.flow_differences(&flow), []);
    }
}
