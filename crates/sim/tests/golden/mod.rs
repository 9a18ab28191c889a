//! What the golden suites share: where the files are, how numbers are compared, how mismatches are counted.

#![allow(clippy::print_stdout, reason = "the suites print what they compared")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use qoe::Summary;
use serde_json::Value;

/// Every file of a folder whose name starts with a prefix, sorted.
pub(crate) fn files(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|f| f.expect("a directory entry").path())
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(prefix)))
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}

pub(crate) fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// 1e-9 relative; to 1 where both are smaller.
pub(crate) fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-9 * 1.0_f64.max(a.abs()).max(b.abs())
}

pub(crate) fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("not a number: {v}"))
}

/// Counts cases and mismatches, prints the first of them, and keeps the largest difference of every output.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    pub(crate) mismatches: usize,
    pub(crate) identical: usize,
    pub(crate) checks: usize,
    pub(crate) differences: BTreeMap<String, (usize, f64)>,
}

impl Tally {
    pub(crate) fn check(&mut self, ok: bool, what: impl FnOnce() -> String) {
        self.checks += 1;
        if !ok {
            self.mismatches += 1;
            if self.mismatches <= 20 {
                println!("MISMATCH {}", what());
            }
        }
    }

    /// Compares one number of an output.
    pub(crate) fn close(&mut self, output: &str, got: f64, want: f64, what: impl FnOnce() -> String) {
        let difference = (got - want).abs() / 1.0_f64.max(got.abs()).max(want.abs());
        match self.differences.get_mut(output) {
            Some((n, largest)) => (*n, *largest) = (*n + 1, largest.max(difference)),
            None => drop(self.differences.insert(output.to_string(), (1, difference))),
        }
        self.identical += usize::from(got == want);
        self.check(close(got, want), || format!("{} {output}: got {got:?}, recorded {want:?}", what()));
    }

    /// The evidence as Markdown: what was compared, and how far apart the numbers are.
    pub(crate) fn to_markdown(&self) -> String {
        let mut text = format!(
            "{} cases, {} mismatches. {} comparisons; {} of the numbers are identical to the last bit.\n\n\
             | output | numbers | largest difference, relative |\n|---|---|---|\n",
            self.cases, self.mismatches, self.checks, self.identical
        );
        for (output, (n, largest)) in &self.differences {
            text += &format!("| {output} | {n} | {largest:.1e} |\n");
        }
        text
    }
}

/// Leaves a fragment for the evidence page in the folder that `cargo xtask fidelity` names.
pub(crate) fn evidence(name: &str, text: &str) {
    if let Some(folder) = std::env::var_os("SEGUE_EVIDENCE") {
        let path = Path::new(&folder).join(format!("{name}.md"));
        std::fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

/// What two players answer on the same inputs, by rule.
#[derive(Default)]
pub(crate) struct Answers(BTreeMap<String, Vec<[Summary; 2]>>);

impl Answers {
    pub(crate) fn push(&mut self, rule: &str, original: Summary, default: Summary) {
        self.0.entry(rule.to_string()).or_default().push([original, default]);
    }

    pub(crate) fn to_markdown(&self, original: &str) -> String {
        let mut text = format!(
            "Means over the sessions, {original} -> default profile:\n\n\
             | rule | sessions | bitrate, kbit/s | startup, s | stalled, s | stalls | switches |\n\
             |---|---|---|---|---|---|---|\n"
        );
        for (rule, sessions) in &self.0 {
            let mean = |player: usize, of: fn(&Summary) -> f64| {
                sessions.iter().map(|s| of(&s[player])).sum::<f64>() / sessions.len() as f64
            };
            let both = |of: fn(&Summary) -> f64, digits: usize| {
                format!("{:.digits$} -> {:.digits$}", mean(0, of), mean(1, of))
            };
            text += &format!(
                "| {rule} | {} | {} | {} | {} | {} | {} |\n",
                sessions.len(),
                both(|s| s.mean_bitrate_kbps.kbps(), 0),
                both(|s| s.startup_delay_s.get(), 3),
                both(|s| s.stall_s.get(), 2),
                both(|s| s.stall_count as f64, 2),
                both(|s| s.switch_count as f64, 2),
            );
        }
        text
    }
}
