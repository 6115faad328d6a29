//! Metrics: how old the money is, how it rolls, how it recovers, how fast it is collected.
//!
//! Every metric is an accumulator over the one pass of [`crate::history`], keyed by the number of a group (currency and
//! the values of the attributes asked for, see [`segments`]). Its state is exact integers; ratios appear when the result
//! is built, from exact sums. A number that cannot be given is null and has a [`NullReason`] beside it.

pub mod agencies;
pub mod aging;
pub mod base_currency;
mod bootstrap;
mod by_group;
pub mod certificate;
pub mod cohorts;
pub mod collectors;
pub mod concentration;
pub mod contracts;
pub mod disputes;
pub mod dso;
mod evidence;
mod fact_groups;
pub mod flow;
pub mod funnel;
mod intervals;
pub mod loss_rates;
mod months;
mod periods;
pub mod plans;
pub mod promises;
pub mod recoveries;
pub mod recovery;
mod results;
pub mod roll_rates;
pub mod root_causes;
pub mod segments;
pub mod sla;
mod sums;
pub mod timeline;
pub mod triangle;

pub use self::bootstrap::{BootstrapParams, ClusterSums, Draws, percentile_interval, times_drawn};
pub use self::by_group::ByGroup;
pub use self::evidence::{Evidence, NotAvailable, require_tables};
pub use self::intervals::{goodman_interval, newcombe_interval, wilson_interval};
pub use self::months::{MonthStep, Months, MonthsError, Movement, month_steps};
pub use self::periods::Periods;
pub use self::results::{GroupLabels, NullReason, view_note};
use self::sums::sums;
pub use self::sums::{Change, Sums};
