//! How golden files are read and compared.

mod kpi;
#[cfg(feature = "p1203")]
mod p1203;

pub(crate) mod seeds;
mod simple;
mod statistics;

use serde_json::Value;

/// Counts of one file.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    pub(crate) mismatches: usize,
    /// The first few mismatches.
    pub(crate) shown: Vec<String>,
    checks: usize,
}

impl Tally {
    pub(crate) fn case(&mut self) {
        self.cases += 1;
    }

    pub(crate) fn check(&mut self, ok: bool, what: impl FnOnce() -> String) {
        self.checks += 1;
        if !ok {
            self.mismatches += 1;
            if self.shown.len() < 12 {
                self.shown.push(what());
            }
        }
    }

    /// Within `abs + rel * |want|`.
    pub(crate) fn number(&mut self, what: &str, got: f64, want: &Value, abs: f64, rel: f64) {
        let ok = want.as_f64().is_some_and(|w| got == w || (got - w).abs() <= abs + rel * w.abs());
        self.check(ok, || format!("{what}: {got:?}, expected {want}"));
    }

    pub(crate) fn numbers(&mut self, what: &str, got: &[f64], want: &Value, abs: f64, rel: f64) {
        let Some(list) = want.as_array() else {
            self.check(false, || format!("{what}: expected a list, found {want}"));
            return;
        };
        self.check(got.len() == list.len(), || {
            format!("{what}: {} values, expected {}", got.len(), list.len())
        });
        for (i, (g, w)) in got.iter().zip(list).enumerate() {
            self.number(&format!("{what}[{i}]"), *g, w, abs, rel);
        }
    }

    /// An error where there should be none.
    pub(crate) fn failed(&mut self, what: &str, error: impl std::fmt::Display) {
        self.check(false, || format!("{what}: {error}"));
    }
}

/// Replays a file of the family `qoe`, recognised by its schema.
pub(crate) fn replay(text: &str) -> Tally {
    let mut tally = Tally::default();
    let file: Value = match serde_json::from_str(text) {
        Ok(v) => v,
        Err(e) => {
            tally.failed("not JSON", e);
            return tally;
        }
    };
    match file["schema"].as_str().unwrap_or("") {
        "qoe-golden-simple/1" => simple::replay(&file, &mut tally),
        "qoe-golden-cta2066/1" => kpi::replay(&file, &mut tally),
        "qoe-golden-stats/1" => statistics::replay(&file, &mut tally),
        #[cfg(feature = "p1203")]
        "qoe-golden-fn/1" => p1203::functions(&file, &mut tally),
        #[cfg(feature = "p1203")]
        "qoe-golden/1" => p1203::sessions(&file, &mut tally),
        other => tally.check(false, || format!("unknown schema {other:?}")),
    }
    // A file without cases proves nothing.
    let any = tally.checks > 0;
    tally.check(any, || "no check was made".to_string());
    tally
}

/// The cases of a file; none is a mismatch.
pub(crate) fn cases<'a>(file: &'a Value, tally: &mut Tally) -> &'a [Value] {
    let list = file["cases"].as_array().map_or(&[][..], Vec::as_slice);
    tally.check(!list.is_empty(), || "no cases".to_string());
    list
}

pub(crate) fn list(v: &Value) -> Vec<f64> {
    v.as_array().map(|a| a.iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()).unwrap_or_default()
}

pub(crate) fn num(v: &Value) -> f64 {
    v.as_f64().unwrap_or(f64::NAN)
}
