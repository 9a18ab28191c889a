//! KSQI: VMAF, and tables of what stalls and changes add to it.
//!
//! ```text
//! mean over segments of P + S[P before, stall] + A[P before, P - P before], clamped to 0..100
//! ```
//!
//! Source: Duanmu et al., *A knowledge-driven quality-of-experience model for adaptive streaming videos*, IEEE TIP 2020.
//!
//! The two 10 x 10 tables are the Waterloo group's (academic, non-commercial) and are **not** shipped: `tables=FILE` loads
//! them. The file is JSON and carries its axes, which must ascend:
//!
//! ```json
//! { "schema": "segue.ksqi/1",
//!   "quality": [..10..], "stall_s": [..10..], "stall": [[..10..], ..10 rows, one per quality..],
//!   "change": [..10..], "adaptation": [[..10..], ..10 rows, one per quality..] }
//! ```
//!
//! An entry is found by the nearest point of each axis, at equal distance the one with the even index.
//!
//! | constant | value |
//! |---|---|
//! | quality before the first segment | 80 |
//! | the startup delay enters the stall table as | delay / 9 |
//!
//! The first segment has no A. Whether more stalling can raise the score is a property of the tables.

use std::path::Path;

use serde::Deserialize;
use spec::{Entry, opt};

use crate::entry::{Built, ModelInfo};
use crate::model::attributed;
use crate::{About, Need, QoeError, QoeModel, Scale, Score, Viewing};

/// The tables of KSQI.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    schema: String,
    quality: Vec<f64>,
    stall_s: Vec<f64>,
    stall: Vec<Vec<f64>>,
    change: Vec<f64>,
    adaptation: Vec<Vec<f64>>,
}

impl Tables {
    /// Reads tables from JSON text; `name` is the file that errors name.
    ///
    /// # Errors
    /// [`QoeError::File`] with the field at fault.
    pub fn parse(name: &str, text: &str) -> Result<Tables, QoeError> {
        let fault = |field: &str, problem: String| QoeError::File {
            file: name.to_string(),
            field: field.to_string(),
            problem,
        };
        let tables: Tables =
            serde_json::from_str(text).map_err(|e| fault(&format!("line {}", e.line()), format!("{e}")))?;
        if tables.schema != "segue.ksqi/1" {
            return Err(fault("schema", format!("is {:?}, expected \"segue.ksqi/1\"", tables.schema)));
        }
        let axes = [("quality", &tables.quality), ("stall_s", &tables.stall_s), ("change", &tables.change)];
        for (field, axis) in axes {
            let ascends = axis.windows(2).all(|w| w[0] < w[1]) && axis.iter().all(|x| x.is_finite());
            if axis.is_empty() || !ascends {
                return Err(fault(field, "expected finite numbers in strictly ascending order".to_string()));
            }
        }
        let grids =
            [("stall", &tables.stall, &tables.stall_s), ("adaptation", &tables.adaptation, &tables.change)];
        for (field, rows, columns) in grids {
            let full = rows.len() == tables.quality.len() && rows.iter().all(|r| r.len() == columns.len());
            if !full || !rows.iter().flatten().all(|x| x.is_finite()) {
                let (r, c) = (tables.quality.len(), columns.len());
                return Err(fault(field, format!("expected {r} rows of {c} finite numbers")));
            }
        }
        Ok(tables)
    }

    /// Reads tables from a file.
    ///
    /// # Errors
    /// As [`Tables::parse`]; also for a file that cannot be read.
    pub fn load(path: &Path) -> Result<Tables, QoeError> {
        let name = path.display().to_string();
        let text = spec::file::text(path).map_err(|e| QoeError::File {
            file: name.clone(),
            field: "file".to_string(),
            problem: e.to_string(),
        })?;
        Tables::parse(&name, &text)
    }

    fn stall(&self, before: f64, seconds: f64) -> f64 {
        self.stall[nearest(&self.quality, before)][nearest(&self.stall_s, seconds)]
    }

    fn change(&self, before: f64, change: f64) -> f64 {
        self.adaptation[nearest(&self.quality, before)][nearest(&self.change, change)]
    }
}

/// The index of the nearest point of an ascending axis; at equal distance the even one.
fn nearest(axis: &[f64], x: f64) -> usize {
    let above = axis.partition_point(|a| *a < x);
    if above == 0 || above == axis.len() {
        return above.min(axis.len() - 1);
    }
    let (low, high) = (x - axis[above - 1], axis[above] - x);
    if low < high || (low == high && (above - 1) % 2 == 0) { above - 1 } else { above }
}

/// The model.
#[derive(Clone, Debug)]
pub struct Ksqi {
    pub tables: Tables,
}

impl QoeModel for Ksqi {
    fn about(&self) -> About {
        About { id: "ksqi", scale: Scale::Hundred, needs: &[Need::Vmaf, Need::Tables] }
    }

    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        let about = self.about();
        attributed(viewing, self.about().scale, |v| {
            let (mut sum, mut before) = (0.0, None);
            for (segment, stall) in v.charged() {
                let p = segment.vmaf.ok_or_else(|| about.missing(Need::Vmaf))?;
                sum += match before {
                    None => p + self.tables.stall(80.0, (v.startup_delay() + stall).get() / 9.0),
                    Some(b) => p + self.tables.stall(b, stall.get()) + self.tables.change(b, p - b),
                };
                before = Some(p);
            }
            Ok((sum / v.segments.len() as f64).clamp(0.0, 100.0))
        })
    }
}

pub(crate) const INFO: ModelInfo = ModelInfo {
    entry: Entry {
        name: "ksqi",
        about: "VMAF with tables for stalls and changes, loaded by the user (KSQI 2020)",
        options: &[opt("tables", "", "the file with the tables, which are not shipped; must be given")],
    },
    build: |o| {
        let input = "its tables, which are not shipped (option tables=FILE)";
        let path = o.optional_text("tables").ok_or(QoeError::MissingInput { model: "ksqi", input })?;
        Built::whole(Ksqi { tables: Tables::load(Path::new(path))? })
    },
};
