//! Profile `sabre-09b03bb` against recorded runs of Sabre: every row, every final number, every printed line.

mod golden;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use abr::{Ending, Estimate};
use golden::{Answers, Tally, evidence, files, number, read};
use media::{Ladder, Video};
use netmodel::{Period, Trace};
use player::{Event, Finished, Meter, Observer};
use serde_json::Value;
use sim::sabre::Metrics;
use units::{BitRate, Bits, Seconds};

/// Sabre's flags as specifications of a rule and a profile.
struct Flags {
    rule: String,
    profile: String,
    capacity: Seconds,
    gp: f64,
    /// Python prints a capacity given on the command line as a float, the default as an integer.
    capacity_given: bool,
}

/// None for a rule that Sabre itself has only in name.
fn flags(argv: &[Value]) -> Option<Flags> {
    let argv: Vec<&str> = argv.iter().map(|a| a.as_str().expect("a string")).collect();
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut key = "";
    for arg in argv {
        if arg.starts_with('-') && arg.parse::<f64>().is_err() {
            key = arg;
            given.insert(key, Vec::new());
        } else {
            given.get_mut(key).expect("a flag first").push(arg);
        }
    }
    let one = |key: &str, default: &str| given.get(key).map_or(default.to_string(), |v| v[0].to_string());
    let has = |key: &str| given.contains_key(key);
    let many = |key: &str, default: &str| given.get(key).map_or(default.to_string(), |v| v.join("/"));
    let name = one("-a", "bolae");
    let estimator = if one("-ma", "ewma") == "ewma" { "ewma" } else { "sliding" };
    let common =
        format!("estimator={estimator},half-lives={},windows={}", many("-hl", "3/8"), many("-ws", "3"));
    let (gp, basic, exact, ibr) = (one("-gp", "5"), has("-ab"), has("-ao"), !has("-noibr"));
    let rule = match name.as_str() {
        "bola" => format!("bola:gp={gp},basic={basic},exact-cap={exact},{common}"),
        "bolae" => format!("bola-e:gp={gp},ibr={ibr},exact-cap={exact},{common}"),
        "throughput" => format!("throughput:ibr={ibr},{common}"),
        "dynamic" => {
            format!("dynamic:gp={gp},basic={basic},exact-cap={exact},ibr={ibr},tell-seeks=false,{common}")
        }
        "dynamicdash" => {
            format!("dynamic-dash:gp={gp},exact-cap={exact},ibr={ibr},tell-seeks=false,{common}")
        }
        _ => return None,
    };
    let (capacity, rate) = (one("-b", "25"), one("-nm", "1"));
    let mut profile = format!("sabre-09b03bb:capacity={capacity},rate={rate},abandonment={}", !has("-noa"));
    if let Some(seek) = given.get("-s") {
        profile += &format!(",seek={}", seek.join("/"));
    }
    match one("-r", "none").as_str() {
        "none" => {}
        side => profile += &format!(",replacement={side}"),
    }
    if has("-rmp") {
        profile += &format!(",ramp={}", one("-rmp", ""));
    }
    if has("-ml") {
        profile += &format!(",length={}", one("-ml", ""));
    }
    Some(Flags {
        rule,
        profile,
        capacity: Seconds::new(capacity.parse().expect("a number")),
        gp: gp.parse().expect("a number"),
        capacity_given: given.contains_key("-b"),
    })
}

/// One row per attempt, in Sabre's columns; and the quality that each segment was played at.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<Value>>,
    played: BTreeMap<usize, usize>,
}

impl Rows {
    fn row(f: &Finished<'_>) -> Vec<Value> {
        let r = f.request;
        let target = match f.ending {
            Ending::Abandoned { to } => Value::from(to),
            Ending::ReplacementAbandoned => Value::from(-1),
            _ => Value::Null,
        };
        let Estimate { throughput, latency } = f.estimate.expect("an estimate");
        [
            Value::from(r.segment),
            Value::from(r.level),
            Value::from(r.size.get()),
            Value::from(f.received.get()),
            Value::from(f.elapsed.millis()),
            Value::from(f.latency.millis()),
            target,
            Value::from(usize::from(r.replaces)),
            Value::from(f.waited_full.millis()),
            Value::from(f.waited_rule.millis()),
            Value::from(r.at.millis()),
            Value::from(r.buffer.millis()),
            Value::from(f.buffer_after.millis()),
            Value::from(f.stall.millis()),
            Value::from(throughput.kbps()),
            Value::from(latency.millis()),
        ]
        .to_vec()
    }
}

/// The columns that hold numbers other than indices, by the names of the golden files.
const COLUMNS: [&str; 16] = [
    "seg",
    "q",
    "size_bits",
    "dl_bits",
    "time_ms",
    "ttfb_ms",
    "abandon_to",
    "repl",
    "wait_full_ms",
    "wait_abr_ms",
    "net_start_ms",
    "bl_before_ms",
    "bl_after_ms",
    "stall_ms",
    "est_tput_kbps",
    "est_lat_ms",
];

impl Observer for Rows {
    fn event(&mut self, _: Seconds, event: &Event<'_>) {
        match event {
            Event::Finished(f) => self.rows.push(Rows::row(f)),
            Event::Plays { segment, level, .. } => {
                self.played.insert(*segment, *level);
            }
            _ => {}
        }
    }
}

fn traces(folder: &std::path::Path) -> BTreeMap<String, Arc<Trace>> {
    let file = read(&folder.join("sabre_inputs_traces.json"));
    let period = |p: &Value| Period {
        duration: Seconds::from_millis(number(&p["duration_ms"])),
        rate: BitRate::from_kbps(number(&p["bandwidth_kbps"])),
        latency: Seconds::from_millis(number(&p["latency_ms"])),
    };
    let traces = file["traces"].as_object().expect("traces by name");
    traces
        .iter()
        .map(|(name, periods)| {
            let periods = periods.as_array().expect("periods").iter().map(period).collect();
            (name.clone(), Arc::new(Trace::new(name, periods).expect("a valid trace")))
        })
        .collect()
}

fn movies(folder: &std::path::Path) -> BTreeMap<String, Video> {
    let file = read(&folder.join("sabre_inputs_movies.json"));
    let numbers = |v: &Value| v.as_array().expect("numbers").iter().map(number).collect::<Vec<_>>();
    let movies = file["movies"].as_object().expect("movies by name");
    movies
        .iter()
        .map(|(name, m)| {
            let ladder = Ladder::from_kbps(&numbers(&m["bitrates_kbps"])).expect("ascending");
            let rows = m["segment_sizes_bits"].as_array().expect("rows").iter();
            let sizes: Vec<Vec<Bits>> =
                rows.map(|r| numbers(r).into_iter().map(Bits::new).collect()).collect();
            let duration = Seconds::from_millis(number(&m["segment_duration_ms"]));
            let video = Video::new(name, ladder, vec![duration; sizes.len()], &sizes).expect("a valid movie");
            (name.clone(), video)
        })
        .collect()
}

/// The final totals in Sabre's units, by the names of the golden files.
fn finals(m: &Metrics) -> Vec<(&'static str, f64)> {
    vec![
        ("played_utility", m.played_utility()),
        ("played_bitrate", m.played_bitrate()),
        ("total_play_time", m.total_play_time().millis()),
        ("rebuffer_time", m.rebuffer_time().millis()),
        ("rebuffer_event_count", m.rebuffer_events() as f64),
        ("total_bitrate_change", m.total_bitrate_change()),
        ("total_log_bitrate_change", m.total_log_bitrate_change()),
        ("overestimate_count", m.overestimates().count as f64),
        ("overestimate_average", m.overestimates().mean),
        ("goodestimate_count", m.underestimates().count as f64),
        ("goodestimate_average", m.underestimates().mean),
        ("estimate_average", m.estimate_error().mean),
        ("total_reaction_time", m.total_reaction_time().millis()),
    ]
}

/// Which excuse of a case's `fragile` list covers an output.
fn excuse(output: &str) -> &'static str {
    match output {
        "rebuffer_event_count" => "rebuffer_event_count",
        o if o.contains("estimate") => "estimate_counts",
        o if o.contains("rebuffer events") => "rebuffer_event_count",
        _ => "",
    }
}

/// The printed lines; Sabre prints BOLA-E's buffer target, as a Python number, first.
fn lines(flags: &Flags, video: &Video, m: &Metrics) -> Vec<String> {
    let mut lines = Vec::new();
    if (flags.rule.starts_with("bola-e") || flags.rule.starts_with("dynamic-dash"))
        && flags.rule.contains("ibr=true")
    {
        let rungs = video.ladder().len();
        let target = abr::rules::BolaE::target(rungs, flags.capacity).millis();
        let of_capacity = target > 10_000.0 + 2_000.0 * rungs as f64;
        lines.push(if of_capacity && flags.capacity_given {
            format!("{target:?}")
        } else {
            format!("{target}")
        });
    }
    lines.extend((0..m.late_replacements()).map(|_| "WARNING: too late to replace".to_string()));
    for (name, value) in m.printed() {
        lines.push(match name {
            "buffer size" | "over estimate count" | "leq estimate count" => format!("{name}: {value:.0}"),
            "over estimate" if m.overestimates().count == 0 => format!("{name}: 0"),
            "leq estimate" if m.underestimates().count == 0 => format!("{name}: 0"),
            _ => format!("{name}: {value:.6}"),
        });
    }
    lines
}

fn meter(trace: &Arc<Trace>, video: &Video, rule: &str, profile: &str) -> qoe::Summary {
    let mut meter = Meter::default();
    let profile = sim::profile(profile).expect("a valid profile");
    sim::observe(trace, video, rule, &profile, 0, &mut meter).expect("a session");
    meter.summary()
}

#[test]
fn sabre() {
    let folder = fixtures::golden("simulators");
    let (traces, movies) = (traces(&folder), movies(&folder));
    let mut tally = Tally::default();
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    let mut crashed = 0;
    let mut answers = Answers::default();
    for file in files(&folder, "sabre_").into_iter().filter(|f| !f.to_string_lossy().contains("_inputs_")) {
        for case in read(&file)["cases"].as_array().expect("cases") {
            let flags = flags(case["argv"].as_array().expect("flags"));
            tally.cases += 1;
            let id = case["id"].as_str().expect("an id");
            let fragile: BTreeSet<&str> =
                case["fragile"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            let (trace, movie) = (
                &traces[case["trace"].as_str().expect("a name")],
                &movies[case["movie"].as_str().expect("a name")],
            );
            if !case["error"].is_null() {
                // Where Sabre crashes, there has to be a clear error.
                crashed += 1;
                let plays = flags.is_some_and(|f| {
                    sim::profile(&f.profile)
                        .is_ok_and(|p| sim::observe(trace, movie, &f.rule, &p, 0, &mut ()).is_ok())
                });
                tally.check(!plays, || format!("{id}: Sabre fails with {}, Segue plays", case["error"]));
                continue;
            }
            let flags = flags.expect("a rule that Sabre has");
            let profile = sim::profile(&flags.profile).expect("a valid profile");
            let (mut observer, mut metrics) =
                (Rows::default(), Metrics::new(trace.clone(), &profile, flags.gp));
            sim::sabre::observe(trace, movie, &flags.rule, &profile, 0, &mut metrics, &mut observer)
                .expect("a session");
            let Rows { rows, played } = observer;
            answers.push(
                flags.rule.split(':').next().unwrap_or_default(),
                meter(trace, movie, &flags.rule, &flags.profile),
                meter(
                    trace,
                    movie,
                    &flags.rule.replace(",tell-seeks=false", ""),
                    &flags.profile.replace("sabre-09b03bb", "default"),
                ),
            );
            let recorded = case["rows"].as_array().expect("rows");

            let decisions = |rows: &[Vec<Value>]| -> Vec<[Option<i64>; 4]> {
                let whole = |v: &Value| v.as_f64().map(|x| x as i64);
                rows.iter().map(|r| [0, 1, 6, 7].map(|i| whole(&r[i]))).collect()
            };
            let recorded_rows: Vec<Vec<Value>> =
                recorded.iter().map(|r| r.as_array().expect("a row").clone()).collect();
            if fragile.contains("decisions") && decisions(&rows) != decisions(&recorded_rows) {
                *excused.entry("decisions").or_default() += 1;
                continue;
            }
            tally.check(rows.len() == recorded.len(), || {
                format!("{id}: {} rows, recorded {}", rows.len(), recorded.len())
            });
            for (i, (got, want)) in rows.iter().zip(&recorded_rows).enumerate() {
                for (column, (g, w)) in got.iter().zip(want).enumerate() {
                    match (g.as_f64(), w.as_f64()) {
                        (Some(g), Some(w)) => tally.close(COLUMNS[column], g, w, || format!("{id} row {i}")),
                        _ => tally.check(g.is_null() && w.is_null(), || {
                            format!("{id} row {i} {}: {g}, recorded {w}", COLUMNS[column])
                        }),
                    }
                }
            }
            let mut used = BTreeSet::new();
            for (name, got) in finals(&metrics) {
                let want = number(&case["final"][name]);
                if !golden::close(got, want) && fragile.contains(excuse(name)) {
                    used.insert(excuse(name));
                } else {
                    tally.close(name, got, want, || id.to_string());
                }
            }
            let ramp = metrics.ramp_up().map(Seconds::millis);
            let want = case["final"]["rampup_time"].as_f64();
            tally.check(ramp.is_some() == want.is_some(), || {
                format!("{id} rampup_time: {ramp:?}, recorded {want:?}")
            });
            if let (Some(got), Some(want)) = (ramp, want) {
                tally.close("rampup_time", got, want, || id.to_string());
            }
            let adapted = profile.adapt(movie);
            let printed = lines(&flags, adapted.as_ref().unwrap_or(movie), &metrics);
            let stdout = case["stdout"].as_array().expect("lines");
            tally.check(printed.len() == stdout.len(), || {
                format!("{id}: {} lines, recorded {}", printed.len(), stdout.len())
            });
            for (got, want) in printed.iter().zip(stdout) {
                let want = want.as_str().expect("a line");
                if got != want && fragile.contains(excuse(want)) {
                    used.insert(excuse(want));
                } else {
                    tally.check(got == want, || format!("{id}: printed '{got}', recorded '{want}'"));
                }
            }
            if let Some(want) = case.get("played_q").and_then(Value::as_array) {
                let want: Vec<usize> = want.iter().map(|q| number(q) as usize).collect();
                let got: Vec<usize> = played.values().copied().collect();
                tally.check(got == want, || format!("{id}: played {got:?}, recorded {want:?}"));
            }
            for excuse in used {
                *excused.entry(excuse).or_default() += 1;
            }
        }
    }
    let mut used: Vec<String> = excused.iter().map(|(e, n)| format!("`{e}` {n}")).collect();
    if used.is_empty() {
        used.push("none".to_string());
    }
    let excuses = format!("Cases that used an excuse of their `fragile` list: {}.", used.join(", "));
    evidence("sabre", &format!("{}\n{excuses}\n\n{}", tally.to_markdown(), answers.to_markdown("Sabre")));
    println!("sabre: excused as fragile: {excused:?}; Sabre itself crashed on {crashed}");
    println!("sabre: {} of {} numbers are identical to the last bit", tally.identical, tally.checks);
    println!("sabre: {} cases, {} mismatches", tally.cases, tally.mismatches);
    assert!(tally.cases > 0, "no case found in {}", folder.display());
    assert_eq!(tally.mismatches, 0);
    // Of the public cases, as many numbers have the original's last bit as ever: the order of additions is kept.
    if tally.checks == 407_417 {
        assert_eq!(tally.identical, 359_250);
    }
}

#[test]
fn what_crashes_sabre_is_a_clear_error() {
    let ladder = Ladder::from_kbps(&[800.0]).expect("one rung");
    let video = Video::constant_bitrate("v", ladder, Seconds::new(3.0), Seconds::new(60.0)).expect("valid");
    let trace = Arc::new(Trace::steps("t", &[(10.0, 2.0)], Seconds::ZERO).expect("valid"));
    let error = |rule: &str, profile: &str| {
        let profile = sim::profile(profile).expect("a profile");
        sim::observe(&trace, &video, rule, &profile, 0, &mut ()).map_err(|e| e.to_string())
    };
    let divides = error("bola-e", "sabre-09b03bb").expect_err("Sabre divides by zero");
    assert!(divides.contains("Sabre fails") && divides.contains("one rung"), "{divides}");
    let beyond = error("bola", "sabre-09b03bb:seek=20/90").expect_err("Sabre leaves its list");
    assert!(
        beyond.contains("seek target is 90 s, expected a media time from 0 to before the end (60 s)"),
        "{beyond}"
    );
    assert!(error("bola-e:ibr=false", "sabre-09b03bb").is_ok());
    assert!(error("bola-e", "default").is_ok());
}
