//! The models that come with the program, so that a score can be had on the first day: one of invoices, one of customers.
//!
//! Both are scorecards of 30 days late, trained on a made-up ledger alone (`models/README.md` has the commands). They are marked
//! [`ILLUSTRATIVE`](super::model::ILLUSTRATIVE), and so is every score by them.

use crate::features::Unit;

/// Names of the models, as they are asked for.
pub const NAMES: [&str; 2] = ["default-invoices", "default-customers"];

const INVOICES: (&str, &str) = (
    include_str!("../../models/default-invoices/v1/model.json"),
    include_str!("../../models/default-invoices/v1/manifest.json"),
);
const CUSTOMERS: (&str, &str) = (
    include_str!("../../models/default-customers/v1/model.json"),
    include_str!("../../models/default-customers/v1/manifest.json"),
);

/// Returns the name of the model of a unit.
pub const fn name(unit: Unit) -> &'static str {
    match unit {
        Unit::Invoice => NAMES[0],
        Unit::Customer => NAMES[1],
    }
}

/// Returns the model and the manifest of a name.
pub(super) fn files(name: &str) -> Option<(&'static str, &'static str)> {
    let [invoices, customers] = NAMES;
    match name {
        name if name == invoices => Some(INVOICES),
        name if name == customers => Some(CUSTOMERS),
        _ => None,
    }
}
