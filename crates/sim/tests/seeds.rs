//! Replays what the seed systems answered: the files `qoe_core`, `twitch_deterministic` and `twitch_demo_scenarios` of the family
//! `seeds` under `$SEGUE_GOLDEN` (default: the repository's fixtures). One line per file, `<name>: <N> cases, <M> mismatches`.

#![allow(clippy::print_stdout, reason = "the suites print what they compared")]

#[path = "seeds/qoe_core.rs"]
mod qoe_core;
#[path = "seeds/twitch.rs"]
mod twitch;

use std::path::Path;

use serde_json::Value;

/// The recorded answers of a system.
fn file(name: &str) -> Value {
    read(&fixtures::golden("seeds").join(format!("{name}.json")))
}

/// Those of the repository, where a test speaks of its very cases.
fn own_file(name: &str) -> Value {
    read(&fixtures::folder("golden/seeds").join(format!("{name}.json")))
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Counts cases and mismatches, and shows the first of them.
#[derive(Default)]
struct Tally {
    cases: usize,
    mismatches: usize,
}

impl Tally {
    fn check(&mut self, ok: bool, what: impl FnOnce() -> String) {
        self.mismatches += usize::from(!ok);
        if !ok && self.mismatches <= 20 {
            println!("MISMATCH {}", what());
        }
    }

    fn finish(self, name: &str) {
        // On a line of its own, whatever the test runner has begun to write.
        println!("\n{name}: {} cases, {} mismatches", self.cases, self.mismatches);
        assert_eq!(self.mismatches, 0, "{name}");
    }
}

/// The cases of a kind, of which there must be some.
fn cases<'a>(list: &'a Value, kind: &str) -> &'a [Value] {
    let cases = list.as_array().map_or(&[][..], Vec::as_slice);
    assert!(!cases.is_empty(), "no case of {kind}");
    cases
}

/// Numbers; what JSON cannot say is a string, and a flag is 0 or 1.
fn float(v: &Value) -> f64 {
    let flag = || v.as_bool().map(|b| f64::from(u8::from(b)));
    let text = || v.as_str()?.parse().ok();
    v.as_f64().or_else(flag).or_else(text).unwrap_or_else(|| panic!("not a number: {v}"))
}

fn floats(v: &Value) -> Vec<f64> {
    v.as_array().unwrap_or_else(|| panic!("not a list: {v}")).iter().map(float).collect()
}
