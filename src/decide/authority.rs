//! Who may approve what is given up or handed over.

use std::collections::BTreeMap;

use crate::calendar::AsOf;
use crate::forecast::Attributes;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::Total;

/// The largest amount each collector may settle, write off or hand over.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Authority {
    limits: BTreeMap<String, Total>,
}

impl Authority {
    /// Reads the authority limits known on a day.
    pub(super) fn on(ledger: &Ledger, as_of: AsOf) -> Authority {
        let Some(table) = ledger.table("collectors") else {
            return Authority::default();
        };
        let names = table.texts("collector").unwrap_or_default();
        let limits = table.moneys("authority_limit").unwrap_or_default();
        let posted = table.days("posted_on").unwrap_or_default();
        let rows = names.iter().enumerate().filter_map(|(row, name)| {
            let is_known = posted.get(row).copied().flatten().is_none_or(|day| day <= as_of.0);
            let limit = limits.get(row).copied().flatten()?;
            is_known.then_some((name.clone()?, limit))
        });
        Authority { limits: rows.collect() }
    }

    /// Says who may approve an amount: the customer's own collector, else whoever has the smallest limit that is large enough.
    pub(super) fn approval(&self, attributes: &Attributes<'_>, customer: CustomerIx, amount: Total) -> String {
        let own = attributes.text(customer, "collector");
        let own = own.filter(|name| self.limits.get(*name).is_some_and(|limit| *limit >= amount));
        let able = self.limits.iter().filter(|(_, limit)| **limit >= amount);
        let other = able.min_by_key(|(name, limit)| (**limit, *name));
        match (own, other, self.limits.values().max()) {
            (Some(own), _, _) => own.to_owned(),
            (None, Some((name, _)), _) => name.clone(),
            (None, None, Some(highest)) => format!("needs approval above {highest}"),
            (None, None, None) => "needs approval: no authority limits are known".to_owned(),
        }
    }
}
