//! What monitoring found, as tables.

use super::stability::Stability;
use super::{Monitoring, Performance, Population};
use crate::risk::measures::Measure;
use crate::table::Table;

impl Monitoring {
    /// Returns every table, the shift of the distributions first.
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = vec![
            self.stability_table(),
            self.calibration_table(),
            self.performance_table(),
            self.expected_table(),
        ];
        tables.extend(self.challenger_table());
        tables
    }

    /// Returns how far the score and each feature moved: `what`, `index`, `sampling_band`, `shift`, bins, rows, missing shares,
    /// unseen values.
    pub fn stability_table(&self) -> Table {
        let score = ("score".to_owned(), self.score);
        let rows: Vec<(String, Stability)> = [score].into_iter().chain(self.features.iter().cloned()).collect();
        let each = || rows.iter().map(|(_, stability)| stability);
        Table::new("stability")
            .note("model", &self.model_id)
            .note(
                "index",
                "sum of (a - e) ln(a / e) over bins of the baseline, half a row added to each; small from 0.10, large from 0.25, none within the sampling band",
            )
            .note("evidence", "compared")
            .text("what", rows.iter().map(|(name, _)| name.clone()))
            .real("index", each().map(|stability| stability.index))
            .real("sampling_band", each().map(|stability| stability.sampling_band))
            .text("shift", each().map(|stability| stability.shift().as_str().to_owned()))
            .int("bins", each().map(|stability| stability.n_bins as i64))
            .real("missing_baseline", each().map(|stability| stability.missing_baseline))
            .real("missing_current", each().map(|stability| stability.missing_current))
            .int("unseen", each().map(|stability| stability.n_unseen as i64))
            .int("n_baseline", each().map(|stability| stability.n_baseline as i64))
            .int("n_current", each().map(|stability| stability.n_current as i64))
    }

    /// Returns whether probabilities mean what they say: `population`, `model`, `mean_probability`, `bad_rate`, `gap` with its bounds.
    pub fn calibration_table(&self) -> Table {
        let rows = self.performances();
        Table::new("calibration")
            .note(
                "gap",
                "bad rate less mean probability; 95% bounds over draws of customers",
            )
            .note("evidence", "estimated")
            .text("population", rows.iter().map(|(side, _)| side.name.to_owned()))
            .text("model", rows.iter().map(|(_, own)| own.model_id.clone()))
            .int("n", rows.iter().map(|(side, _)| side.n_known as i64))
            .int("n_bad", rows.iter().map(|(side, _)| side.n_bad as i64))
            .int(
                "n_not_known",
                rows.iter().map(|(side, _)| (side.n_rows - side.n_known) as i64),
            )
            .real("mean_probability", rows.iter().map(|(_, own)| own.mean_probability))
            .real(
                "bad_rate",
                rows.iter().map(|(side, _)| side.n_bad as f64 / side.n_known as f64),
            )
            .real("gap", rows.iter().map(|(_, own)| own.gap))
            .real("low", rows.iter().map(|(_, own)| own.gap_interval.map(|(low, _)| low)))
            .real(
                "high",
                rows.iter().map(|(_, own)| own.gap_interval.map(|(_, high)| high)),
            )
            .text("drift", rows.iter().map(|(_, own)| own.drift().as_str().to_owned()))
    }

    /// Returns every measure on rows whose outcome is known: `population`, `model`, `measure`, `value`, `low`, `high`.
    pub fn performance_table(&self) -> Table {
        let mut rows = Vec::new();
        for (side, own) in self.performances() {
            for measured in own.drawn.named(&own.model_id).measures {
                rows.push((side.name, &own.model_id, measured));
            }
        }
        Table::new("performance")
            .note("intervals", "95%, draws of customers")
            .note("evidence", "estimated")
            .text("population", rows.iter().map(|row| row.0.to_owned()))
            .text("model", rows.iter().map(|row| row.1.clone()))
            .text("measure", rows.iter().map(|row| row.2.measure.as_str().to_owned()))
            .real("value", rows.iter().map(|row| row.2.value))
            .real("low", rows.iter().map(|row| row.2.interval.map(|(low, _)| low)))
            .real("high", rows.iter().map(|row| row.2.interval.map(|(_, high)| high)))
    }

    /// Returns what is expected of current rows whose outcome is not known yet.
    pub fn expected_table(&self) -> Table {
        let expected = &self.expected;
        Table::new("expected")
            .note(
                "assumes",
                "the probabilities still mean what they say; look at the calibration",
            )
            .note("evidence", "estimated")
            .text("model", [self.model_id.clone()])
            .int("n_not_known", [expected.n as i64])
            .real("expected_bad", [expected.n_bad])
            .real("auc", [expected.auc])
            .real("log_loss", [expected.log_loss])
            .real("brier", [expected.brier])
    }

    /// Returns what the model has more of than its challenger, on current rows; `None` without a challenger or a known outcome.
    pub fn challenger_table(&self) -> Option<Table> {
        let [champion, challenger] = self.populations[1].models.as_slice() else {
            return None;
        };
        let rows: Vec<_> = Measure::ALL
            .iter()
            .map(|&measure| (measure, champion.drawn.more_than(&challenger.drawn, measure)))
            .collect();
        let table = Table::new("champion_and_challenger")
            .note("champion", &champion.model_id)
            .note("challenger", &challenger.model_id)
            .note(
                "more",
                "champion less challenger on current rows; 95%, paired draws of customers",
            )
            .note("evidence", "compared")
            .text("measure", rows.iter().map(|(measure, _)| measure.as_str().to_owned()))
            .real("more", rows.iter().map(|(_, (more, _))| *more))
            .real("low", rows.iter().map(|(_, (_, bounds))| bounds.map(|(low, _)| low)))
            .real("high", rows.iter().map(|(_, (_, bounds))| bounds.map(|(_, high)| high)));
        Some(table)
    }

    fn performances(&self) -> Vec<(&Population, &Performance)> {
        let sides = self.populations.iter();
        sides
            .flat_map(|side| side.models.iter().map(move |own| (side, own)))
            .collect()
    }
}
