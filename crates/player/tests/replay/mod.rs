//! What the replays share.

pub(crate) mod dashjs;
pub(crate) mod hlsjs;

use serde_json::Value;

/// Cases, and those of them in which something differs.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    differing: std::collections::BTreeSet<usize>,
    /// The first few differences.
    pub(crate) shown: Vec<String>,
}

impl Tally {
    pub(crate) fn case(&mut self) {
        self.cases += 1;
    }

    pub(crate) fn mismatches(&self) -> usize {
        self.differing.len()
    }

    /// Something of the present case has to hold.
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.differing.insert(self.cases);
            if self.shown.len() < 8 {
                self.shown.push(what());
            }
        }
    }

    /// A number of the present case has to equal a recorded one.
    pub(crate) fn close(
        &mut self,
        found: f64,
        recorded: &Value,
        tolerance: f64,
        what: impl FnOnce() -> String,
    ) {
        let expected = number(recorded);
        let near = (found - expected).abs() <= tolerance * expected.abs().max(1.0) || found == expected;
        self.check(near, || format!("{}: {found}, recorded {expected}", what()));
    }
}

/// The cases of a file.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("no list {key} in {value}"))
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

pub(crate) fn index(value: &Value) -> usize {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no index")) as usize
}
