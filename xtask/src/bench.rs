//! The benches as one table.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Result, cargo, root};

/// What a bench is measured against: nanoseconds per element, and what that is.
const TARGETS: [(&str, f64, &str); 13] = [
    ("session of fixed", 150.0, "per segment"),
    ("session of bba", 150.0, "per segment"),
    ("bola-e with abandonment", 650.0, "per segment; Sabre: 150,000-200,000, as a command 640,000-740,000"),
    ("crowd", 66_000.0, "per segment; 1,000 players for ten minutes in 10 s"),
    ("robust-mpc decision", 10_000.0, "per decision; Pensieve's mpc.py: 21,900,000"),
    ("bb in Pensieve's environment", 100.0, "per chunk; Pensieve's environment: 3,500"),
    ("p1203 mode 0, 300 s", 200_000.0, "per session; the Python reference: 119,000,000"),
    ("additive QoE per segment", 10.0, "per segment"),
    ("buffer health update", 25.0, "per update"),
    ("buffer health metrics", 5_000.0, "per JSON"),
    ("sentiment of a sentence", 5_000.0, "per sentence of 15 words; VADER in Python: 39,000"),
    ("sentiment by minilm", 15e6, "per sentence of 15 words, on one core"),
    ("twitch heat-map", 5e9, "per map of 50 x 50 points x 20 seeds x 300 s"),
];

struct Row {
    group: String,
    name: String,
    nanoseconds: f64,
}

/// Runs the benches (or those whose name contains a word) and prints what they measured, per element.
pub(crate) fn run(filter: Option<&str>) -> Result {
    match filter {
        Some("pairs") => return pairs(),
        Some("instructions") => return instructions(),
        _ => {}
    }
    let mut args = vec!["bench", "--workspace", "--quiet", "--benches"];
    args.extend(crate::minilm());
    args.push("--");
    args.extend(filter);
    let results = root().join("target/criterion");
    // What an earlier run left would stand in the table as if it had been measured now.
    let _ = std::fs::remove_dir_all(&results);
    cargo(&args, &[("CRITERION_HOME", &results.to_string_lossy())])?;
    if filter.is_none_or(|f| "optimum".contains(f)) {
        let example = ["run", "--release", "--quiet", "-p", "segue-benches", "--example", "optimum"];
        cargo(&example, &[])?;
    }
    if filter.is_none_or(|f| "gym".contains(f)) {
        crate::python::steps()?;
    }
    let mut rows = Vec::new();
    collect(&results, &mut rows)?;
    rows.sort_by(|a, b| {
        let number = |r: &Row| r.name.parse::<u64>().unwrap_or(0);
        (&a.group, number(a), &a.name).cmp(&(&b.group, number(b), &b.name))
    });
    println!("\n{:<30} {:<38} {:>12}  {:>9}", "bench", "input", "ns each", "target");
    for row in &rows {
        let target = TARGETS.iter().find(|(group, ..)| *group == row.group);
        let shown = target.map_or(String::new(), |(_, t, _)| format!("{t:.0}"));
        let late = if target.is_some_and(|(_, t, _)| row.nanoseconds > *t) { "  MISSED" } else { "" };
        println!("{:<30} {:<38} {:>12.1}  {shown:>9}{late}", row.group, row.name, row.nanoseconds);
    }
    println!();
    for (group, _, unit) in TARGETS.iter().filter(|(g, ..)| rows.iter().any(|r| r.group == *g)) {
        println!("{group}: {unit}");
    }
    let mean = |group: &str| {
        let of: Vec<f64> = rows.iter().filter(|r| r.group == group).map(|r| r.nanoseconds).collect();
        (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64)
    };
    if let (Some(bare), Some(fixed), Some(bba)) =
        (mean("bare trace integral"), mean("session of fixed"), mean("session of bba"))
    {
        println!(
            "a session costs {:.1} (fixed) and {:.1} (bba) bare trace integrals",
            fixed / bare,
            bba / bare
        );
    }
    println!("Times are medians of one run on one machine: compare ratios, not nanoseconds.");
    if filter.is_none() {
        println!("\nIn turns with the bare trace integral, the best of 5:");
        pairs()?;
        println!();
        instructions()?;
    }
    Ok(())
}

const PAIRS: [&str; 6] = ["--release", "--quiet", "-p", "segue-benches", "--example", "pairs"];

/// Sessions beside the bare trace integral, measured in turns.
fn pairs() -> Result {
    cargo(&[&["run"][..], &PAIRS].concat(), &[])
}

/// What a segment of a session may cost in instructions: 3 % above what was counted when it was last made faster, and never more
/// than 3 % above what it cost a player with one request at a time (1,066, 1,061 and 4,093).
const CEILINGS: [(&str, f64); 4] =
    [("integral", 186.0), ("fixed", 1098.0), ("bba", 1075.0), ("bola-e", 3931.0)];

/// Counts the instructions per segment under valgrind, which are the same on a busy machine, beside those of the bare integral.
/// Fails where one is above its ceiling.
fn instructions() -> Result {
    cargo(&[&["build"][..], &PAIRS].concat(), &[])?;
    let program = root().join("target/release/examples/pairs");
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("instructions: not counted, there is no valgrind");
        return Ok(());
    }
    println!("{:<9} {:>24} {:>10} {:>10}", "session", "instructions per segment", "ceiling", "integrals");
    let (mut bare, mut above) = (None, Vec::new());
    for (name, ceiling) in CEILINGS {
        // What one session more costs: what is before the first does not count.
        let (one, three) = (counted(&program, name, 1)?, counted(&program, name, 3)?);
        let each = (three - one) / 2.0 / 1000.0;
        println!("{name:<9} {each:>24.1} {ceiling:>10.0} {:>10.2}", each / *bare.get_or_insert(each));
        above.extend((each > ceiling).then_some(name));
    }
    match above[..] {
        [] => Ok(()),
        _ => Err(format!("more instructions than the ceiling: {}", above.join(", "))),
    }
}

/// The instructions of so many sessions of 1000 segments.
fn counted(program: &Path, name: &str, sessions: usize) -> Result<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = valgrind.args([name, "1000", &sessions.to_string()]).output();
    let text = output.map_err(|e| format!("valgrind: {e}"))?.stderr;
    let text = String::from_utf8_lossy(&text);
    let count = text.lines().find_map(|l| l.split_once("Collected : ")?.1.trim().parse().ok());
    count.ok_or_else(|| format!("valgrind counted nothing: {text}"))
}

/// Criterion leaves one folder per bench with its numbers as JSON.
fn collect(folder: &Path, rows: &mut Vec<Row>) -> Result {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if !path.is_dir() {
            continue;
        }
        if path.file_name().is_some_and(|n| n == "new") {
            rows.extend(row(&path)?);
        } else {
            collect(&path, rows)?;
        }
    }
    Ok(())
}

fn row(folder: &Path) -> Result<Option<Row>> {
    let read = |name: &str| -> Result<Value> {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    };
    let (about, estimates) = (read("benchmark.json")?, read("estimates.json")?);
    let (Some(group), Some(time)) =
        (about["group_id"].as_str(), estimates["median"]["point_estimate"].as_f64())
    else {
        return Ok(None);
    };
    let elements = about["throughput"]["Elements"].as_f64().unwrap_or(1.0);
    let name = about["function_id"].as_str().unwrap_or("").to_string();
    Ok(Some(Row { group: group.to_string(), name, nanoseconds: time / elements }))
}
