//! What the golden suites share: where the files are, how numbers are compared, how mismatches are counted.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// `$SEGUE_GOLDEN/<family>`, by default the repository's own copy.
pub(crate) fn folder(family: &str) -> PathBuf {
    let root = std::env::var_os("SEGUE_GOLDEN").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden"),
        PathBuf::from,
    );
    root.join(family)
}

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

/// Counts cases and mismatches, and prints the first of them.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    pub(crate) mismatches: usize,
    pub(crate) identical: usize,
    pub(crate) checks: usize,
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

    pub(crate) fn close(&mut self, got: f64, want: f64, what: impl FnOnce() -> String) {
        self.identical += usize::from(got == want);
        self.check(close(got, want), || format!("{}: got {got:?}, recorded {want:?}", what()));
    }
}
