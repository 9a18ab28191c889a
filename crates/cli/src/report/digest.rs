//! What `segue compare -o` wrote, read again: `summary.json` and `gains.csv`.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::Error;

const SCHEMA: &str = "segue.comparison/1";

/// A comparison, as far as a page tells of it.
#[derive(Debug, Deserialize)]
pub(super) struct Digest {
    schema: String,
    #[serde(default)]
    pub(super) command: String,
    pub(super) video: String,
    pub(super) profile: String,
    pub(super) baseline: String,
    pub(super) traces: Vec<String>,
    pub(super) hours: f64,
    pub(super) factors: Vec<Factor>,
    pub(super) stalled: Named<Option<Stalled>>,
    pub(super) measures: Named<Measure>,
    pub(super) optimum: Option<Optimum>,
    pub(super) findings: Vec<String>,
    pub(super) sessions: Vec<Session>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Factor {
    pub(super) name: String,
    pub(super) levels: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Stalled {
    pub(super) percent: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Measure {
    pub(super) label: String,
    pub(super) better: String,
    pub(super) rules: Named<Statistics>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Statistics {
    pub(super) mean: Option<f64>,
    pub(super) mean_ci95: Option<Interval>,
    pub(super) median: Option<f64>,
    pub(super) p5: Option<f64>,
    pub(super) p95: Option<f64>,
    pub(super) vs_baseline: Option<Versus>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Interval {
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Versus {
    pub(super) mean: Option<f64>,
    pub(super) ci95: Option<Interval>,
    pub(super) p_holm: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Optimum {
    pub(super) model: String,
    pub(super) unproven: Vec<String>,
    pub(super) share_percent: Named<Option<f64>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Session {
    pub(super) trace: String,
    pub(super) class: String,
    pub(super) factors: Named<String>,
    pub(super) abr: String,
    pub(super) startup_delay_s: f64,
    pub(super) stall_s: f64,
    pub(super) wall_s: f64,
    pub(super) qoe: Named<Option<f64>>,
}

/// A cell of the table of gains.
#[derive(Debug, Deserialize)]
pub(super) struct Gain {
    pub(super) rule: String,
    pub(super) column: String,
    pub(super) gain_percent: Option<f64>,
    pub(super) marks: String,
}

/// What has names, in the order of the file.
#[derive(Debug)]
pub(super) struct Named<T>(pub(super) Vec<(String, T)>);

impl<T> Named<T> {
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Named<T>, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Named<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Named(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

impl Digest {
    /// Of a folder that `segue compare -o` wrote.
    pub(super) fn read(folder: &Path) -> Result<Digest, Error> {
        let path = folder.join("summary.json");
        let hint = "expected a folder that segue compare -o wrote";
        let bytes =
            std::fs::read(&path).map_err(|e| Error::input(path.display(), format_args!("{e}, {hint}")))?;
        let digest: Digest = serde_json::from_slice(&bytes).map_err(|e| {
            Error::input(path.display(), format_args!("is no summary of a comparison ({e}), {hint}"))
        })?;
        if digest.schema != SCHEMA {
            let problem = format!("has the schema {}, expected {SCHEMA}", digest.schema);
            return Err(Error::input(path.display(), problem));
        }
        if digest.measures.0.is_empty() || digest.sessions.is_empty() {
            return Err(Error::input(path.display(), "holds no session"));
        }
        Ok(digest)
    }

    /// The first model, and what it is called.
    pub(super) fn first(&self) -> (&str, &Measure) {
        let (name, measure) = &self.measures.0[0];
        (name, measure)
    }

    /// What is compared, in the order of the file.
    pub(super) fn rules(&self) -> Vec<&str> {
        self.first().1.rules.0.iter().map(|(rule, _)| rule.as_str()).collect()
    }

    /// The classes of network, in the order of the file.
    pub(super) fn classes(&self) -> Vec<&str> {
        let mut classes: Vec<&str> = Vec::new();
        for session in &self.sessions {
            if !session.class.is_empty() && !classes.contains(&session.class.as_str()) {
                classes.push(&session.class);
            }
        }
        classes
    }
}

/// The table of gains beside a summary; empty where there is none.
pub(super) fn gains(folder: &Path) -> Result<Vec<Gain>, Error> {
    let path = folder.join("gains.csv");
    if !path.is_file() {
        return Ok(vec![]);
    }
    let wrong = |e: csv::Error| Error::input(path.display(), format_args!("is no table of gains: {e}"));
    csv::Reader::from_path(&path).map_err(wrong)?.deserialize().collect::<Result<_, _>>().map_err(wrong)
}
