//! Replays what the rules of real players decided: `$SEGUE_GOLDEN/players` (default: the repository's `fixtures/golden`),
//! one line per file, `<name>: <cases> cases, <n> mismatches`. Files of rules that are not built say so.
//!
//! The replay is open loop: events go in, each answer is compared, and the recorded decision is taken over, so that one
//! error does not spread.

mod replay;

use replay::{Tally, dashjs, hlsjs};

/// How a file is replayed.
type Replay = fn(&serde_json::Value) -> Tally;

const BUILT: &[(&str, Replay)] = &[
    ("dashjs_catchup", dashjs::catch_up),
    ("dashjs_l2a", dashjs::l2a),
    ("dashjs_lolp", dashjs::lol_plus),
    ("dashjs_throughput", dashjs::throughput),
    ("hlsjs_abr", hlsjs::levels),
    ("hlsjs_cap_latency", hlsjs::cap_and_latency),
    ("hlsjs_ewma", hlsjs::estimator),
];

#[test]
fn rules_of_real_players_decide_as_recorded() {
    let folder = fixtures::golden("players");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_string))
        .collect();
    names.sort();
    let (mut cases, mut mismatches) = (0, 0);
    for name in names {
        let Some((_, replay)) = BUILT.iter().find(|(built, _)| *built == name) else {
            println!("{name}: not built");
            continue;
        };
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a readable file");
        let tally = replay(&serde_json::from_str(&text).expect("JSON"));
        println!("{name}: {} cases, {} mismatches", tally.cases, tally.mismatches());
        for line in &tally.shown {
            println!("    {line}");
        }
        assert!(tally.cases > 0, "{name} holds no case");
        cases += tally.cases;
        mismatches += tally.mismatches();
    }
    assert!(cases > 0, "no case found under {}", folder.display());
    assert_eq!(mismatches, 0, "mismatches in {cases} cases");
}
