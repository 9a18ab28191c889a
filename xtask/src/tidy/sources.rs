//! The source files of the house, as text: where they are, and what a file must and must not do.

use std::path::{Path, PathBuf};

use crate::Result;

/// A source file of a crate.
pub(super) struct Source {
    /// Relative to the repository.
    pub(super) path: String,
    /// Its module in the crate; empty for the root.
    pub(super) module: Vec<String>,
    /// Its text without comments and without its unit tests.
    pub(super) code: String,
    /// Whether it opens with its documentation.
    has_doc: bool,
    /// Public items without documentation: the number of the line, and the line.
    undocumented: Vec<(usize, String)>,
}

impl Source {
    pub(super) fn new(path: &str, module: Vec<String>, text: &str) -> Source {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let tests =
            ["#[cfg(test)]\nmod ", "#[cfg(all(test, "].iter().filter_map(|mark| text.find(mark)).min();
        let own = &text[..tests.unwrap_or(text.len())];
        let lines: Vec<&str> = own.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
        Source {
            path: path.to_string(),
            module,
            code: lines.join("\n"),
            has_doc: first.starts_with("//!"),
            undocumented: undocumented(own),
        }
    }
}

/// What has to say what it is. Fields and variants need not: most say it by their names.
const ITEMS: [&str; 7] = ["fn ", "struct ", "enum ", "trait ", "type ", "const ", "static "];

fn undocumented(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut documented, mut attribute, mut in_trait) = (Vec::new(), false, false, false);
    for (n, line) in text.lines().enumerate() {
        in_trait = (in_trait || line.starts_with("pub trait ")) && line != "}";
        // What a public trait has is public.
        let of_trait = line.strip_prefix("    ").filter(|rest| in_trait && rest.starts_with("fn "));
        let line = line.trim();
        attribute |= line.starts_with("#[");
        let item = line.strip_prefix("pub ").map(|rest| rest.trim_start_matches("async ")).or(of_trait);
        if !documented && item.is_some_and(|item| ITEMS.iter().any(|kind| item.starts_with(kind))) {
            found.push((n + 1, line.to_string()));
        }
        documented = line.starts_with("///") || (documented && attribute);
        attribute &= !line.ends_with(']');
    }
    found
}

/// The sources of one crate: all Rust files below its `src`.
pub(super) fn of_crate(root: &Path, folder: &Path) -> Result<Vec<Source>> {
    let src = folder.join("src");
    let mut found = Vec::new();
    for file in rust_files(&src)? {
        let shown = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
        let inner = file.strip_prefix(&src).unwrap_or(&file).with_extension("");
        let mut module: Vec<String> =
            inner.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|last| last == "mod" || last == "lib") {
            module.pop();
        }
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{shown}: {e}"))?;
        found.push(Source::new(&shown, module, &text));
    }
    Ok(found)
}

/// The Rust files below a folder, sorted.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The one file whose job it is to print.
const CONSOLE: &str = "crates/cli/src/console.rs";

/// A library that prints, because its symbols are another's, who printed.
const PRINTER: &str = "bindings/qoe_core/src/lib.rs";

/// What writes to the terminal.
const PRINTS: [&str; 6] = ["println!(", "eprintln!(", "print!(", "eprint!(", "io::stdout()", "io::stderr()"];

/// What is wrong with the files of a crate: no documentation at the top or on an item, or a print outside the console.
pub(super) fn faults(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        if !source.has_doc {
            wrong.push(format!("{}: does not open with its documentation (`//! ...`)", source.path));
        }
        wrong.extend(
            source
                .undocumented
                .iter()
                .map(|(n, item)| format!("{}:{n}: `{item}` has no documentation", source.path)),
        );
        if source.path == CONSOLE || source.path == PRINTER {
            continue;
        }
        for (n, line) in source.code.lines().enumerate() {
            if let Some(print) = PRINTS.iter().find(|p| line.contains(**p)) {
                wrong.push(format!("{}:{}: {print} outside {CONSOLE}", source.path, n + 1));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Vec<Source> {
        vec![Source::new(path, vec![], text)]
    }

    #[test]
    fn a_file_without_its_documentation_is_refused() {
        assert!(faults(&source("crates/a/src/lib.rs", "//! What it is.\n\nfn f() {}\n")).is_empty());
        let wrong = faults(&source("crates/a/src/lib.rs", "/// Not of the file.\nfn f() {}\n"));
        assert!(wrong.len() == 1 && wrong[0].contains("documentation"), "{wrong:?}");
    }

    #[test]
    fn a_public_item_without_its_documentation_is_refused_and_a_field_is_not() {
        let told = "//! Doc.\n/// A.\n#[derive(\n    Clone\n)]\npub struct A {\n    pub b: u8,\n}\n";
        assert!(faults(&source("crates/a/src/lib.rs", told)).is_empty());
        let wrong = faults(&source("crates/a/src/lib.rs", &told.replace("/// A.\n", "")));
        assert!(wrong == ["crates/a/src/lib.rs:5: `pub struct A {` has no documentation"], "{wrong:?}");
        // What a public trait has is public.
        let of_trait =
            "//! Doc.\n/// T.\npub trait T {\n    /// F.\n    #[inline]\n    fn f(&self);\n}\nfn g() {}\n";
        assert!(faults(&source("crates/a/src/lib.rs", of_trait)).is_empty());
        let wrong = faults(&source("crates/a/src/lib.rs", &of_trait.replace("    /// F.\n", "")));
        assert!(wrong == ["crates/a/src/lib.rs:5: `fn f(&self);` has no documentation"], "{wrong:?}");
        let quiet = "//! Doc.\npub(crate) fn f() {}\nfn g() {}\n";
        assert!(faults(&source("crates/a/src/lib.rs", quiet)).is_empty());
    }

    #[test]
    fn a_print_outside_the_console_is_refused() {
        let text = "//! Doc.\nfn f() {\n    println!(\"x\");\n}\n";
        let wrong = faults(&source("crates/a/src/lib.rs", text));
        assert!(wrong == ["crates/a/src/lib.rs:3: println!( outside crates/cli/src/console.rs"], "{wrong:?}");
        assert!(faults(&source(CONSOLE, text)).is_empty());
        let quiet =
            "//! Doc.\n// println!(1)\n#[cfg(test)]\nmod tests {\n    fn f() { println!(\"x\") }\n}\n";
        assert!(faults(&source("crates/a/src/lib.rs", quiet)).is_empty());
    }
}
