//! What a customer's row would be, had it paid today.

use arrears::calendar::AsOf;
use arrears::features::{Feature, LabelParams, Panel, Unit};
use arrears::ids::DocumentIx;

use super::PAST;
use crate::support::{day, ledger};

#[test]
fn a_supposed_payment_leads_where_the_same_payment_in_the_books_does() {
    let params = LabelParams::new(Unit::Customer, 10).check().unwrap();
    let (books, as_of) = (ledger(PAST), AsOf(day("2024-03-31")));
    let acme = books.find_customer("acme").unwrap();
    let open = |id: &str| {
        let of_acme = books.documents().range(acme).map(|at| DocumentIx(at as u32));
        of_acme.into_iter().find(|ix| books.invoice_id(*ix) == id).unwrap()
    };
    let (third, fourth) = (open("3"), open("4"));
    let found = Panel::of_payments(&books, as_of, &params, acme, &[&[], &[third], &[third, fourth]]);
    let payments = [
        "",
        "payment 9 acme on 2024-03-31 300.00 -> 3",
        "payment 9 acme on 2024-03-31 300.00 -> 3\npayment 10 acme on 2024-03-31 100.00 -> 4",
    ];
    for (row, payment) in payments.into_iter().enumerate() {
        let with = ledger(&format!("{PAST} {payment}"));
        let panel = Panel::build(&with, &[as_of], &params);
        for (column, feature) in Feature::of(Unit::Customer).into_iter().enumerate() {
            // Whether a promise was kept is judged by what is in the books.
            if matches!(feature, Feature::BrokenPromises | Feature::OpenPromises) {
                continue;
            }
            let (ours, theirs) = (found.x()[[row, column]], panel.x()[[0, column]]);
            assert!(
                ours == theirs || (ours.is_nan() && theirs.is_nan()),
                "{payment}: {feature:?}: {ours} {theirs}"
            );
        }
        assert_eq!(found.rows()[row].standing, panel.rows()[0].standing);
    }
}
