//! Inputs that hold several traces: how many they may be, what they are called, what is said of all of them.

use std::path::Path;

use super::limits::MAX_PARTS;
use crate::NetworkError;
use crate::recording::Content;

/// Says of an input what belongs to none of its traces alone.
pub(crate) fn note_first(contents: &mut [Content], said: Vec<String>) {
    match contents.first_mut() {
        Some(Content::Trace(recording)) => recording.notes.extend(said),
        Some(Content::Table(table)) => table.notes.extend(said),
        None => {}
    }
}

/// Whether an input may hold so many traces.
pub(crate) fn more_parts(count: usize) -> Result<(), NetworkError> {
    let found = format!("more than {MAX_PARTS} traces or files");
    let wrong = || NetworkError::input(0, "the input", found, "at most that: divide it into several");
    if count > MAX_PARTS { Err(wrong()) } else { Ok(()) }
}

/// What a trace of this file is called: its name without its extension. Names like `trace_1_http---www.msn.com` have none.
pub fn stem(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match name.rsplit_once('.') {
        Some((rest, "gz")) if !rest.is_empty() => stem(Path::new(rest)),
        Some((stem, "json" | "csv" | "txt" | "log" | "down" | "up" | "cooked" | "trace" | "mahi"))
            if !stem.is_empty() =>
        {
            stem.to_string()
        }
        _ => name,
    }
}
