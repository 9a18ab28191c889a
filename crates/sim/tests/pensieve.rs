//! Profile `pensieve-1120bb1` against recorded runs of Pensieve's environments and rules: every row.

mod golden;

use std::collections::BTreeMap;
use std::sync::Arc;

use abr::{AbrStrategy, BoxedRule, Decision, PlayerView};
use golden::{Answers, Tally, evidence, files, number, read};
use media::{Ladder, Video};
use netmodel::{Link, LinkOptions, Period, Trace};
use player::{Meter, Player};
use serde_json::Value;
use sim::pensieve::{Chunk, Log, Noise};
use sim::{Profile, drive};
use units::{BitRate, Bits, Seconds};

const KBPS: [f64; 6] = [300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0];

/// The recorded actions of an environment test.
struct Given(Vec<usize>);

impl AbrStrategy for Given {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        Decision::fetch(self.0[view.segment])
    }
}

struct Inputs {
    traces: BTreeMap<String, Arc<Trace>>,
    videos: BTreeMap<String, Video>,
    profile: Profile,
}

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().expect("numbers").iter().map(number).collect()
}

/// Backward hold, and the first interval of later passes begins at time 0: what fixed_env.py makes of a cooked trace.
fn trace(name: &str, v: &Value) -> Trace {
    let (times, mbps) = (numbers(&v["time_s"]), numbers(&v["mbps"]));
    let periods = (1..times.len()).map(|i| Period {
        duration: Seconds::new(times[i]) - Seconds::new(times[i - 1]),
        rate: BitRate::from_mbps(mbps[i]),
        latency: Seconds::ZERO,
    });
    let trace = Trace::new(name, periods.collect()).expect("a valid trace");
    trace.with_wrap_extra(Seconds::new(times[0]))
}

fn video(name: &str, v: &Value) -> Video {
    let rungs: Vec<Vec<f64>> = v.as_array().expect("rungs").iter().map(numbers).collect();
    let sizes: Vec<Vec<Bits>> =
        (0..rungs[0].len()).map(|k| rungs.iter().map(|r| Bits::from_bytes(r[k])).collect()).collect();
    let ladder = Ladder::from_kbps(&KBPS).expect("ascending");
    Video::new(name, ladder, vec![Seconds::new(4.0); sizes.len()], &sizes).expect("a valid video")
}

fn inputs() -> Inputs {
    let file = read(&fixtures::golden("simulators").join("pensieve_inputs.json"));
    let named = |key: &str| file[key].as_object().expect("inputs by name").clone();
    Inputs {
        traces: named("traces").iter().map(|(n, v)| (n.clone(), Arc::new(trace(n, v)))).collect(),
        videos: named("videos").iter().map(|(n, v)| (n.clone(), video(n, v))).collect(),
        profile: sim::profile("pensieve-1120bb1").expect("a profile"),
    }
}

impl Inputs {
    fn link(&self, trace: &str, start: Seconds) -> Link {
        let options = LinkOptions { start, ..self.profile.link };
        Link::new(self.traces[trace].clone(), options).expect("a link")
    }

    fn log(&self, trace: &str, time: Seconds, first: usize) -> Log {
        let (trace, payload) = (self.traces[trace].clone(), self.profile.link.payload);
        Log::new(BitRate::from_kbps(KBPS[1]), time).with_residual_sleep(trace, payload, first)
    }

    /// One video; the rule and the log's time stamp live on in the next.
    fn play<A: AbrStrategy>(&self, trace: &str, video: &str, rule: A, time: Seconds) -> (Log, A) {
        let mut log = self.log(trace, time, 0);
        let mut link = self.link(trace, Seconds::ZERO);
        let mut player =
            Player::new(&self.videos[video], rule, self.profile.player.clone()).expect("valid options");
        drive(&mut player, &mut link, &mut log);
        (log, player.into_rule())
    }
}

/// The columns of the files; of the training environment only the first seven.
const COLUMNS: [&str; 9] =
    ["q", "delay_ms", "sleep_ms", "buffer_s", "rebuf_s", "size_bytes", "remain", "time_s", "reward"];

fn row(c: &Chunk) -> [f64; 9] {
    let (delay, sleep) = (c.delay.millis(), c.sleep.millis());
    let remain = c.remain as f64;
    [
        c.level as f64,
        delay,
        sleep,
        c.buffer.get(),
        c.stall.get(),
        c.size.bytes(),
        remain,
        c.time.get(),
        c.reward,
    ]
}

fn compare(tally: &mut Tally, id: &str, chunks: &[Chunk], recorded: &Value) {
    let rows: Vec<Vec<f64>> = recorded.as_array().expect("rows").iter().map(numbers).collect();
    tally.check(chunks.len() == rows.len(), || {
        format!("{id}: {} rows, recorded {}", chunks.len(), rows.len())
    });
    for (k, (chunk, want)) in chunks.iter().zip(&rows).enumerate() {
        tally.check(chunk.level as f64 == want[0], || {
            format!("{id} chunk {k}: rung {}, recorded {}", chunk.level, want[0])
        });
        for (column, (got, want)) in row(chunk).iter().zip(want).enumerate() {
            tally.close(COLUMNS[column], *got, *want, || format!("{id} chunk {k}"));
        }
    }
}

/// The rule of a case by the name that the files use.
fn rule(algo: &str, rows: &Value) -> BoxedRule {
    let spec = match algo {
        "bb" => "buffer:first=1",
        "rb" => "rate:first=1",
        "rb_js" => "rate:first=1,weighted=true",
        "robust_mpc" => "robust-mpc:first=1,late-index=true,carry-errors=true",
        "robust_mpc_idxfix" => "robust-mpc:first=1,carry-errors=true",
        "mpc" => "mpc:first=1,late-index=true,carry-errors=true",
        _ => {
            // const_q*, random_actions_*: the actions are the input.
            let actions = rows.as_array().expect("rows").iter().map(|r| number(&r[0]) as usize).collect();
            return Box::new(Given(actions));
        }
    };
    abr::rule(spec).expect("a rule")
}

fn text(v: &Value) -> &str {
    v.as_str().expect("a string")
}

/// The same rule and inputs under a profile, Pensieve's latency as the link's.
fn meter(inputs: &Inputs, case: &Value, profile: &str) -> qoe::Summary {
    let (trace, movie) = (&inputs.traces[text(&case["trace"])], &inputs.videos[text(&case["video"])]);
    let profile = sim::profile(profile).expect("a valid profile");
    let mut link = Link::new(trace.clone(), profile.link).expect("a link");
    let (rule, mut meter) = (rule(text(&case["algo"]), &case["rows"]), Meter::default());
    let options = player::Options { segments: Some(48), ..profile.player };
    drive(&mut Player::new(movie, rule, options).expect("valid options"), &mut link, &mut meter);
    meter.summary()
}

fn policies(inputs: &Inputs, file: &Value, tally: &mut Tally, answers: &mut Answers) {
    for case in file["cases"].as_array().expect("cases") {
        tally.cases += 1;
        let rule = rule(text(&case["algo"]), &case["rows"]);
        let (log, _) = inputs.play(text(&case["trace"]), text(&case["video"]), rule, Seconds::ZERO);
        compare(tally, text(&case["id"]), &log.chunks, &case["rows"]);
        let default = "default:capacity=60,payload=0.95,latency=0.08";
        let algo = text(&case["algo"]);
        if !algo.starts_with("random") {
            answers.push(algo, meter(inputs, case, "pensieve-1120bb1"), meter(inputs, case, default));
        }
    }
    let multi = &file["multi"];
    if multi.is_object() {
        tally.cases += 1;
        let mut rule = rule("robust_mpc", &Value::Null);
        let videos = multi["videos"].as_array().expect("videos");
        for (trace, want) in multi["traces"].as_array().expect("traces").iter().zip(videos) {
            let (log, again) = inputs.play(text(trace), text(&multi["video"]), rule, Seconds::ZERO);
            rule = again;
            compare(tally, text(&multi["id"]), &log.chunks, want);
        }
    }
}

/// Log texts of runs over several traces, the first once more at the end; the time stamp is never reset.
fn multi_logs(inputs: &Inputs, file: &Value, tally: &mut Tally) {
    for case in file["cases"].as_array().expect("cases") {
        tally.cases += 1;
        let traces = case["traces"].as_array().expect("traces");
        let mut time = Seconds::ZERO;
        for (trace, text_) in
            traces.iter().chain(&traces[..1]).zip(case["log_texts"].as_array().expect("texts"))
        {
            let (log, _) = inputs.play(text(trace), text(&case["video"]), rule("bb", &Value::Null), time);
            time = log.time();
            let lines: Vec<&str> = text(text_).lines().filter(|l| !l.is_empty()).collect();
            tally.check(lines.len() == log.chunks.len(), || format!("{}: lines", case["id"]));
            for (chunk, line) in log.chunks.iter().zip(lines) {
                let [q, delay, _, buffer, stall, bytes, _, time, reward] = row(chunk);
                let got = [time, KBPS[q as usize], buffer, stall, bytes, delay, reward];
                for (got, want) in got.iter().zip(line.split('\t')) {
                    let want = want.parse().expect("a number");
                    tally.close("log lines of bb.py", *got, want, || format!("{} line '{line}'", case["id"]));
                }
            }
        }
    }
}

/// The training environment with every random draw given, in order.
fn training(inputs: &Inputs, file: &Value, tally: &mut Tally) {
    for case in file["cases"].as_array().expect("cases") {
        tally.cases += 1;
        let draws = case["rng_draws"].as_array().expect("draws");
        let of = |kind: &str| -> Vec<f64> {
            draws.iter().filter(|d| text(&d[0]) == kind).map(|d| number(&d[2])).collect()
        };
        let (mut noise, picks) = (of("uniform").into_iter(), of("randint"));
        let rows = case["rows"].as_array().expect("rows");
        for (video, (rows, pick)) in rows.chunks(48).zip(picks.chunks(2)).enumerate() {
            let name = text(&case["traces"][pick[0] as usize]);
            // The pointer counts samples; before sample p lies the start of period p - 1.
            let first = pick[1] as usize - 1;
            let start = inputs.traces[name].start_of(first);
            let mut link = Noise::new(inputs.link(name, start), noise);
            let mut log = inputs.log(name, Seconds::ZERO, first);
            let actions = rows.iter().map(|r| number(&r[0]) as usize).collect();
            let movie = &inputs.videos[text(&case["video"])];
            let mut player =
                Player::new(movie, Given(actions), inputs.profile.player.clone()).expect("valid options");
            drive(&mut player, &mut link, &mut log);
            noise = link.into_factors();
            compare(
                tally,
                &format!("{} video {video}", case["id"]),
                &log.chunks,
                &Value::from(rows.to_vec()),
            );
        }
    }
}

/// The plans of dp.cc replayed: their true reward, which is less than dp.cc claims.
fn plans(inputs: &Inputs, file: &Value, tally: &mut Tally) {
    for case in file["cases"].as_array().expect("cases").iter().filter(|c| c["path"].is_array()) {
        tally.cases += 1;
        let actions =
            case["path"].as_array().expect("a path").iter().map(|p| number(&p[6]) as usize).collect();
        let (log, _) = inputs.play(text(&case["trace"]), text(&case["video"]), Given(actions), Seconds::ZERO);
        let total: f64 = log.chunks.iter().map(|c| c.reward).sum();
        let want = number(&case["replay_on_fixed_env_48_chunks_total_reward"]);
        tally.close("replayed plans of dp.cc", total, want, || case["id"].to_string());
    }
}

#[test]
fn pensieve() {
    let inputs = inputs();
    let (mut tally, mut answers) = (Tally::default(), Answers::default());
    for path in files(&fixtures::golden("simulators"), "pensieve_") {
        let (name, file) = (path.file_stem().expect("a name").to_string_lossy().to_string(), read(&path));
        match name.as_str() {
            "pensieve_inputs" => {}
            "pensieve_bb_multi" => multi_logs(&inputs, &file, &mut tally),
            "pensieve_env_random" => training(&inputs, &file, &mut tally),
            "pensieve_dp" => plans(&inputs, &file, &mut tally),
            _ => policies(&inputs, &file, &mut tally, &mut answers),
        }
    }
    evidence("pensieve", &format!("{}\n{}", tally.to_markdown(), answers.to_markdown("Pensieve")));
    println!("pensieve: {} of {} numbers are identical to the last bit", tally.identical, tally.checks);
    println!("pensieve: {} cases, {} mismatches", tally.cases, tally.mismatches);
    assert!(tally.cases > 0, "no case found");
    assert_eq!(tally.mismatches, 0);
    // Of the public cases, as many numbers have the original's last bit as ever: the order of additions is kept.
    if tally.checks == 78_554 {
        assert_eq!(tally.identical, 55_918);
    }
}
