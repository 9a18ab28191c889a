//! Replays every file of recorded inputs and outputs under `$SEGUE_GOLDEN/qoe` (default: the repository's
//! `fixtures/golden`): one line per file, `<file>: <N> cases, <M> mismatches`.
//!
//! A file is recognised by its `schema`; one that is not known is an error. What the models of other systems should say is
//! in the family `seeds` and replayed where the root has it.

mod golden;

use golden::Tally;

#[test]
fn replays_every_golden_file() {
    let (mut cases, mut mismatches) = (0, 0);
    let mut report = |name: &str, tally: &Tally| {
        println!("{name}: {} cases, {} mismatches", tally.cases, tally.mismatches);
        for line in &tally.shown {
            println!("    {line}");
        }
        cases += tally.cases;
        mismatches += tally.mismatches;
    };
    for (name, text) in files(&fixtures::golden("qoe")) {
        if name == "sentiment_vader.json" {
            println!("{name}: passed over, it belongs to viewer feedback");
            continue;
        }
        report(&name, &golden::replay(&text));
    }
    if fixtures::golden("seeds").is_dir() {
        for (name, text) in files(&fixtures::golden("seeds")) {
            if let Some(tally) = golden::seeds::replay(&name, &text) {
                report(&format!("seeds/{name}"), &tally);
            }
        }
    }
    assert!(cases > 0, "no case found under {}", fixtures::golden("qoe").display());
    assert_eq!(mismatches, 0, "mismatches in {cases} cases");
}

/// The JSON files of a folder with their text, by name.
fn files(folder: &std::path::Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(folder) else { panic!("no folder {}", folder.display()) };
    let mut found: Vec<(String, String)> = entries
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|x| x == "json"))
        .map(|p| {
            let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            (name, std::fs::read_to_string(&p).expect("a readable file"))
        })
        .collect();
    found.sort();
    found
}
