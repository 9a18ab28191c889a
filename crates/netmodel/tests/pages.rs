//! Every format has a page in `docs/formats`, whose example is a file of that format and whose options are the registry's.

use std::path::{Path, PathBuf};

use netmodel::formats::{self, Content, ReadOptions};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats")
}

/// The fenced blocks of a page's section "Example": what stands behind the fence, and the lines.
fn blocks(page: &str) -> Vec<(&str, Vec<&str>)> {
    let example = page.split("\n## Example\n").nth(1).unwrap_or_default();
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut open = false;
    for line in example.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                blocks.push((info, vec![]));
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => blocks.last_mut().expect("an open block").1.push(line),
            (None, false) => {}
        }
    }
    assert!(!open, "a block without an end");
    blocks
}

#[test]
fn every_format_has_a_page_with_an_example_of_it() {
    for format in formats::all() {
        let name = format.name();
        let path = folder().join(format!("{name}.md"));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(page.starts_with(&format!("# `{name}`: ")), "{name}: the title");
        let row =
            |label: &str| page.lines().find(|l| l.starts_with(&format!("| {label} |"))).map(str::to_string);
        for label in ["rate", "hold", "end", "latency", "rates are", "Segue"] {
            assert!(row(label).is_some(), "{name}: no row about {label}");
        }
        let options = row("options").unwrap_or_default();
        for option in format.entry.options {
            assert!(
                options.contains(&format!("`{}`", option.key)),
                "{name}: {} is not in {options}",
                option.key
            );
        }
        assert_eq!(options.matches('`').count(), 2 * format.entry.options.len(), "{name}: {options}");

        let blocks = blocks(&page);
        let (info, example) = blocks.first().unwrap_or_else(|| panic!("{name}: no example"));
        assert!(info.starts_with("text "), "{name}: the example has no file name: {info}");
        // A line more or less where the format cannot be shown in three: one-line traces have two, pairs must be four.
        let lines = match name {
            "sigcomm21" => 2,
            "oboe" => 8,
            _ => 3,
        };
        assert_eq!(example.len(), lines, "{name}: {example:?}");
        let text = example.join("\n");
        let sniffed = formats::sniff(text.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(sniffed.format.name(), name);
        let contents = formats::read_all(text.as_bytes(), None, &ReadOptions::default());
        let contents = contents.unwrap_or_else(|e| panic!("{name}: {e}"));
        // CellReplay's light trains are delays: a table.
        let traces = contents.iter().all(|c| matches!(c, Content::Trace(_)) != (name == "cellreplay"));
        assert!(traces && !contents.is_empty(), "{name}");

        let (info, commands) = blocks.last().expect("a block");
        assert_eq!((*info, commands.len()), ("sh", 3), "{name}: {commands:?}");
        assert!(commands.iter().all(|c| c.starts_with("segue ")), "{name}: {commands:?}");
    }
}

#[test]
fn every_page_is_of_a_format() {
    for entry in std::fs::read_dir(folder()).expect("the pages") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let known = formats::all().iter().any(|f| name == format!("{}.md", f.name()));
        assert!(known || name == "README.md", "{name} is the page of no format");
    }
}
