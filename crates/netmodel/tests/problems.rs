//! What is found in public sets of which it is known what is wrong with them, and what is not found in good ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use netmodel::Trace;
use netmodel::formats::{self, Content, ReadOptions};
use netmodel::problems::{self, Shared};
use netmodel::stats::Measured;
use proptest::prelude::*;
use units::Seconds;

/// A trace of a set: its name and what is looked at.
struct Read {
    name: String,
    measured: Measured,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("readable").path()).collect();
    files.sort();
    files
}

fn traces(folder: &Path) -> Vec<Read> {
    let contents = |path: &PathBuf| {
        formats::read_all_path(path, None, &ReadOptions::default())
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let trace = |content| match content {
        Content::Trace(r) => Some(Read { name: r.trace.name().to_string(), measured: Measured::of(&r) }),
        _ => None,
    };
    files(folder).iter().flat_map(contents).filter_map(trace).collect()
}

/// The traces that have each problem, alone.
fn alone(traces: &[Read]) -> BTreeMap<&'static str, Vec<&str>> {
    let mut found: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for read in traces {
        for problem in problems::of_trace(&read.name, &read.measured) {
            found.entry(problem.kind.name).or_default().push(&read.name);
        }
    }
    found
}

fn together(traces: &[Read]) -> Vec<Shared> {
    let members: Vec<(&str, &Measured)> = traces.iter().map(|r| (r.name.as_str(), &r.measured)).collect();
    problems::of_set(&members)
}

/// How often which problem.
type Counts = &'static [(&'static str, usize)];

/// How many traces of each public set show which problem alone, out of how many; and how many groups do together. What is
/// wrong with them is known from their origins, not from here.
const KNOWN: [(&str, usize, Counts, Counts); 23] = [
    ("belgium4g_sabre_json", 26, &[], &[]),
    ("hsdpa_sabre_json", 27, &[], &[]),
    ("mahimahi_cellular", 5, &[], &[]),
    ("mahimahi_nyc_lte", 2, &[], &[]),
    // Nothing says so at its origin, but all of them are slow for 60 s and fast from then on.
    ("fcc_sabre_json", 62, &[], &[("staged", 1)]),
    ("genet_synthetic_cooked", 7, &[], &[]),
    // Cut as well, but windows without a sample near the cut: nothing shows it.
    ("norway_pensieve_cooked", 16, &[], &[]),
    ("lumos5g_multipath_3col", 4, &[], &[]),
    // stats.json counts the same sample without duration.
    ("lumos5g_cooked", 25, &[("repeated-times", 1)], &[]),
    ("hsdpa_pensieve_cooked", 20, &[("cut-outages", 13)], &[("cut-outages", 1)]),
    ("fcc_pensieve_cooked", 18, &[("stitched", 18)], &[]),
    // Windows that begin 180 s apart and last 320 s, of two units.
    ("fcc_genet_cooked", 19, &[("stitched", 19)], &[("overlap", 2)]),
    ("fcc_genet_mahimahi", 6, &[("stitched", 6)], &[("overlap", 2)]),
    ("puffer_merina_cooked", 13, &[("unit", 13)], &[]),
    // The logs of Netflix and Amazon Prime; not the downloads.
    ("irish5g_csv", 12, &[("application-limited", 8)], &[]),
    ("nyumets_csv", 3, &[], &[]),
    ("nyumets_multivariate", 1, &[], &[]),
    ("oboe_pairs", 23, &[], &[]),
    ("sigcomm24_midband", 7, &[], &[]),
    // Less than a minute: runs of 30 s, profiles, examples of four lines, and what 7 sessions took to download.
    ("pantheon_genet_json", 10, &[("short", 10)], &[]),
    ("twitch_profiles", 5, &[("short", 3)], &[]),
    ("raw_log_doc_examples", 2, &[("short", 2)], &[]),
    ("lumos_chunks_csv", 17, &[("short", 7)], &[]),
];

#[test]
fn bad_sets_are_found_and_good_ones_are_not() {
    let Some(root) = fixtures::shared("bad_sets_are_found_and_good_ones_are_not", "traces") else { return };
    let (mut all, mut alarms) = (0, 0);
    for (family, n, expected, expected_together) in KNOWN {
        let traces = traces(&root.join(family));
        let found = alone(&traces);
        let counts: Vec<(&str, usize)> = found.iter().map(|(kind, names)| (*kind, names.len())).collect();
        assert_eq!((traces.len(), &counts[..]), (n, expected), "{family}: {found:#?}");
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        for shared in together(&traces) {
            *groups.entry(shared.problem.kind.name).or_default() += 1;
        }
        assert_eq!(groups, expected_together.iter().copied().collect(), "{family}");
        all += n;
        alarms += counts.iter().filter(|c| !expected.contains(c)).map(|c| c.1).sum::<usize>();
    }
    println!("problems: {all} traces, {alarms} false alarms");
    assert_eq!((all, alarms), (330, 0));
}

#[test]
fn numbers_alone_show_most_of_what_names_tell() {
    let Some(root) = fixtures::shared("numbers_alone_show_most_of_what_names_tell", "traces") else { return };
    let mut traces = traces(&root.join("fcc_pensieve_cooked"));
    traces.iter_mut().for_each(|t| t.name = "renamed".to_string());
    assert_eq!(alone(&traces)["stitched"].len(), 11, "of 18");
}

#[test]
fn one_log_in_two_formats_is_an_overlap() {
    let Some(root) = fixtures::shared("one_log_in_two_formats_is_an_overlap", "traces") else { return };
    let mut both = traces(&root.join("hsdpa_sabre_json"));
    both.extend(traces(&root.join("hsdpa_pensieve_cooked")));
    // The log of a cooked file is named after its route.
    let log = |name: &str| name.rsplit_once("report.").map(|(_, log)| log.to_string());
    let found: Vec<Shared> =
        together(&both).into_iter().filter(|s| s.problem.kind.name == "overlap").collect();
    let twice = |name: &str| both.iter().filter(|o| log(&o.name) == log(name)).count() == 2;
    let pairs = both.iter().filter(|t| twice(&t.name)).count() / 2;
    assert!(pairs >= 15, "{pairs}");
    assert_eq!(found.len(), pairs);
    for shared in found {
        let logs: Vec<Option<String>> = shared.members.iter().map(|m| log(&both[*m].name)).collect();
        assert!(logs.len() == 2 && logs[0] == logs[1], "{logs:?}");
    }
}

/// The column `DL_bitrate` (kbit/s) of an Irish log, each row for a second.
fn irish(path: &Path) -> Measured {
    let text = std::fs::read_to_string(path).expect("a log");
    let mut lines = text.lines();
    let column = lines.next().and_then(|h| h.split(',').position(|c| c == "DL_bitrate")).expect("a column");
    let rate =
        |line: &str| line.split(',').nth(column).and_then(|f| f.parse::<f64>().ok()).expect("a number");
    let steps: Vec<(f64, f64)> = lines.map(|l| (1.0, rate(l) / 1e3)).collect();
    Measured::of_trace(&Trace::steps("irish", &steps, Seconds::ZERO).expect("a trace"))
}

#[test]
fn video_logs_are_application_limited_and_downloads_are_not() {
    let Some(root) = fixtures::shared("video_logs_are_application_limited", "traces/irish5g_csv") else {
        return;
    };
    let logs = files(&root);
    for path in &logs {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let found = problems::of_trace("irish", &irish(path));
        let limited = found.iter().any(|p| p.kind.name == "application-limited");
        assert_eq!(limited, !name.starts_with("Download"), "{name}: {found:?}");
    }
    assert_eq!(logs.len(), 12);
}

fn measured(steps: &[(f64, f64)]) -> Measured {
    Measured::of_trace(&Trace::steps("t", steps, Seconds::ZERO).expect("a trace"))
}

fn kinds(name: &str, steps: &[(f64, f64)]) -> Vec<&'static str> {
    problems::of_trace(name, &measured(steps)).iter().map(|p| p.kind.name).collect()
}

/// Rates that go up and down, no two neighbours alike, from `low` to `high` in Mbit/s.
fn saw(n: usize, low: f64, high: f64) -> Vec<(f64, f64)> {
    (0..n).map(|i| (1.0, low + (high - low) * ((i * i * 37 + i * 411) % 1009) as f64 / 1008.0)).collect()
}

#[test]
fn an_ordinary_trace_has_no_problem() {
    assert_eq!(kinds("drive", &saw(300, 0.3, 9.7)), [""; 0]);
}

#[test]
fn one_sample_below_the_cut_is_an_outage_that_is_left() {
    let mut steps: Vec<(f64, f64)> = saw(300, 0.101, 6.0);
    steps.extend((0..20).map(|i| (1.0, 0.101 + f64::from(i) * 4e-3)));
    assert_eq!(kinds("log", &steps), ["cut-outages"]);
    steps.push((1.0, 0.02));
    assert_eq!(kinds("log", &steps), [""; 0]);
    // A slow and steady link is near the cut all the time.
    assert_eq!(kinds("modem", &saw(300, 0.12, 0.19)), [""; 0]);
}

#[test]
fn units_that_no_link_has() {
    let scaled = |factor: f64| saw(100, 0.3, 9.7).iter().map(|(s, r)| (*s, r * factor)).collect::<Vec<_>>();
    assert_eq!(kinds("kbit/s taken for Mbit/s", &scaled(1e4)), ["unit"]);
    assert_eq!(kinds("Gbit/s taken for Mbit/s", &scaled(1e-3)), ["unit", "dead"]);
    let cascade = |kilo: f64| [1200.0, 800.0, 400.0, 800.0, 1200.0].map(|k| (30.0, k * kilo / 1e6));
    assert_eq!(kinds("Kibit", &cascade(1024.0)), ["unit"]);
    assert_eq!(kinds("kbit", &cascade(1000.0)), [""; 0]);
    let puffer = "traceAm2eGSLXDBOrbShS-GMRXIvrWYJZg7fHIjUwt8LEtpA=_35";
    let bytes: Vec<(f64, f64)> = (0..60u32).map(|i| (2.002, f64::from(600_001 + 999 * i) / 1e6)).collect();
    assert_eq!(kinds(puffer, &bytes), ["unit"]);
    let bits: Vec<(f64, f64)> = bytes.iter().map(|(s, r)| (*s, r * 8.0)).collect();
    assert_eq!((kinds(puffer, &bits), kinds("another", &bytes)), (vec![], vec![]));
}

#[test]
fn a_gap_is_long_and_the_link_is_up() {
    let with = |long: f64, rate: f64| {
        let mut steps = saw(100, 0.3, 9.7);
        steps[50] = (long, rate);
        kinds("log", &steps)
    };
    assert_eq!((with(40.0, 3.0), with(40.0, 0.05), with(14.0, 3.0)), (vec!["gap"], vec![], vec![]));
}

#[test]
fn repeated_times_are_counted() {
    let text = (0..120).map(|i| format!("{} {}\n", i / 2 * 2, 1 + i % 7)).collect::<String>();
    let read = formats::read(text.as_bytes(), None, &ReadOptions::default()).expect("cooked");
    let found = problems::of_trace("t", &Measured::of(&read));
    let repeated = found.iter().find(|p| p.kind.name == "repeated-times").expect("found");
    assert_eq!(repeated.numbers, [("repeated", 60.0), ("samples", 119.0)]);
}

#[test]
fn dead_and_short_links() {
    assert_eq!(kinds("tunnel", &[(100.0, 0.0)]), ["dead"]);
    assert_eq!(kinds("nearly", &[(96.0, 0.01), (4.0, 5.0)]), ["dead"]);
    assert_eq!(kinds("bad", &[(90.0, 0.01), (10.0, 5.0)]), [""; 0]);
    assert_eq!(kinds("clip", &saw(59, 0.3, 9.7)), ["short"]);
}

#[test]
fn blocks_that_do_not_depend_on_each_other() {
    let held: Vec<(f64, f64)> = saw(60, 0.3, 9.7).iter().map(|(_, r)| (5.0, *r)).collect();
    assert_eq!(kinds("rows", &held), ["stitched"]);
    // A slow wave in the same blocks is a link.
    let wave: Vec<(f64, f64)> = (0..60).map(|i| (5.0, 5.0 + 4.0 * (f64::from(i) / 6.0).sin())).collect();
    assert_eq!(kinds("link", &wave), [""; 0]);
}

#[test]
fn copies_and_windows_of_a_set() {
    let log = saw(400, 0.3, 9.7);
    let [a, b, c] = [&log[..200], &log[150..350], &log[..200]].map(measured);
    let other = measured(&saw(200, 0.41, 9.03));
    let found = problems::of_set(&[("a", &a), ("other", &other), ("b", &b), ("c", &c)]);
    let summary: Vec<(&str, &[usize])> =
        found.iter().map(|s| (s.problem.kind.name, &s.members[..])).collect();
    assert_eq!(summary, [("overlap", &[0, 2][..]), ("twice", &[0, 3])]);
    assert_eq!(found[0].problem.numbers, [("traces", 2.0), ("longest_shared_s", 50.0)]);
    assert!(problems::of_set(&[]).is_empty() && problems::of_set(&[("a", &a)]).is_empty());
}

#[test]
fn a_jump_that_all_share_is_staged() {
    let log = |seed: usize, jump: f64| {
        let steps: Vec<(f64, f64)> = saw(200, 1.0, 1.9).split_off(seed).into_iter().collect();
        let rate = |(i, (s, r)): (usize, &(f64, f64))| (*s, if i < 60 { *r } else { *r * jump });
        measured(&steps.iter().enumerate().map(rate).collect::<Vec<_>>())
    };
    let staged = |n: usize, all: usize| {
        let logs: Vec<Measured> = (0..all).map(|i| log(i, if i < n { 9.0 } else { 1.0 })).collect();
        let members: Vec<(&str, &Measured)> = logs.iter().map(|m| ("t", m)).collect();
        problems::of_set(&members).into_iter().find(|s| s.problem.kind.name == "staged")
    };
    let found = staged(11, 12).expect("staged");
    assert_eq!(found.problem.numbers, [("traces", 11.0), ("of", 12.0), ("at_s", 60.0)]);
    assert_eq!(found.members, (0..11).collect::<Vec<_>>());
    assert!(staged(10, 12).is_none() && staged(9, 9).is_none());
}

#[test]
fn a_finding_says_everything_in_json() {
    let tunnel = measured(&[(30.0, 0.0)]);
    let json = serde_json::to_value(problems::of_trace("tunnel", &tunnel)).expect("serialisable");
    assert_eq!(json[0]["problem"], "dead");
    assert_eq!(json[0]["numbers"]["outage_percent"], 100.0);
    for text in ["about", "evidence", "advice"] {
        assert!(json[0][text].as_str().is_some_and(|t| t.len() > 10), "{text}");
    }
}

#[test]
fn every_kind_is_in_the_documentation() {
    let page = include_str!("../../../docs/problems.md");
    for kind in problems::kinds() {
        assert!(page.contains(&format!("## `{}`", kind.name)), "{}", kind.name);
    }
    assert_eq!(page.matches("\n## `").count(), problems::kinds().len());
}

proptest! {
    /// Whatever a trace is, it can be looked at, and numbers are numbers.
    #[test]
    fn any_trace_can_be_looked_at(steps in prop::collection::vec((1e-6..1e4f64, 0.0..1e9f64), 1..200), name in ".{0,60}") {
        let measured = measured(&steps);
        let mut found = problems::of_trace(&name, &measured);
        found.extend(problems::of_set(&[(&name, &measured), ("b", &measured)]).into_iter().map(|s| s.problem));
        prop_assert!(found.iter().flat_map(|p| &p.numbers).all(|n| n.1.is_finite()));
        prop_assert!(found.iter().all(|p| !p.evidence.is_empty()));
    }
}
