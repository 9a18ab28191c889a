//! Where the shared real traces are, if they are anywhere.

use std::path::PathBuf;

/// A folder of the shared data, or None with a line that says that `test` was skipped.
///
/// The data is other people's and not part of this repository: `$SEGUE_SHARED`, else `../shared` next to the workspace.
#[allow(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn shared(test: &str, folder: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("SEGUE_SHARED") {
        Some(root) => PathBuf::from(root),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let path = root.join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {test}: needs ../shared ({folder})");
    None
}
