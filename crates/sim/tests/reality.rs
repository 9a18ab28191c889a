//! Whole sessions of real players, replayed by their stacks over the link on which they were recorded.
//!
//! The cases are in the folder `players_closed` of `fixtures/golden`, or of `SEGUE_GOLDEN`; its README says what the link does.

#![allow(clippy::print_stdout, reason = "the suite prints what it compared")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use abr::rules::hlsjs::{HlsJsOptions, HlsJsRule};
use media::{Ladder, Video};
use playbuf::BufferOptions;
use player::scheduling::{HlsJs, HlsJsBuffer};
use player::{Action, Ended, Options, Player, Request, What};
use serde_json::Value;
use units::{BitRate, Bits, Seconds};

/// The recorded sessions and their inputs, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = all
        .map(|f| f.expect("a directory entry").path())
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("closed_")))
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("not a number: {v}"))
}

/// The recorded link: all in ms and bytes. Time 0 is the first request of a segment.
struct Link {
    latency: Vec<f64>,
    rate: Vec<f64>,
    start: Vec<f64>,
    carried: Vec<f64>,
}

impl Link {
    fn new(trace: &Value) -> Link {
        let mut link = Link { latency: vec![], rate: vec![], start: vec![0.0], carried: vec![0.0] };
        for x in trace["intervals"].as_array().expect("intervals") {
            let (time, rate) = (number(&x["duration_ms"]), number(&x["bandwidth_kbps"]) / 8.0);
            link.latency.push(number(&x["latency_ms"]));
            link.rate.push(rate);
            link.start.push(link.start[link.start.len() - 1] + time);
            link.carried.push(link.carried[link.carried.len() - 1] + time * rate);
        }
        link
    }

    fn whole(&self) -> (f64, f64) {
        (self.start[self.rate.len()], self.carried[self.rate.len()])
    }

    /// The interval at an instant, and how far into the pass that is.
    fn at(&self, t: f64) -> (usize, f64) {
        let into = t.rem_euclid(self.whole().0);
        (self.start.partition_point(|s| *s <= into).clamp(1, self.rate.len()) - 1, into)
    }

    fn latency(&self, t: f64) -> f64 {
        self.latency[self.at(t).0]
    }

    /// Bytes since time 0.
    fn carried(&self, t: f64) -> f64 {
        let (i, into) = self.at(t);
        (t / self.whole().0).floor() * self.whole().1
            + self.carried[i]
            + (into - self.start[i]) * self.rate[i]
    }

    /// The first instant by which so many bytes were carried.
    fn when(&self, bytes: f64) -> f64 {
        let passes = (bytes / self.whole().1).floor();
        let rest = bytes - passes * self.whole().1;
        let i = self.carried.partition_point(|b| *b < rest).max(1);
        let within = self.start[i - 1] + (rest - self.carried[i - 1]) / self.rate[i - 1];
        passes * self.whole().0 + within
    }
}

/// A request under way, in ms and bytes.
struct Flight {
    request: Request,
    begun: f64,
    first: f64,
    end: f64,
    before: f64,
    heard: bool,
}

/// What the player asked for: segment, level and outcome; and the level of every segment at last.
type Outcome = (Vec<(usize, usize, bool)>, Vec<usize>);

/// How long before the first request of a segment the session began: a playlist takes 8 ms.
const PLAYLIST: f64 = 8.0;
/// The player sees the end of a transfer so much later.
const LATE: f64 = 6.0;

fn replay(link: &Link, video: &Video, rule: HlsJsRule, buffer: HlsJsBuffer) -> Outcome {
    let options = Options {
        buffer: BufferOptions { start: Seconds::ZERO, resume: Seconds::ZERO, ..BufferOptions::default() },
        capacity: buffer.most_length,
        ..Options::default()
    };
    let mut player = Player::with(video, rule, HlsJs::new(buffer), options).expect("valid options");
    let (mut now, mut asked) = (-PLAYLIST, -PLAYLIST);
    let mut air: Option<Flight> = None;
    let (mut requests, mut finals) = (Vec::new(), vec![usize::MAX; video.segments()]);
    loop {
        match player.next(&mut ()) {
            Action::Fetch(id) => {
                let request = *player.request(id).expect("in flight");
                let (first, end, before) = match request.what {
                    What::Media => {
                        let first = now + link.latency(now);
                        let before = link.carried(first);
                        let last = link.when(before + request.size.bytes());
                        (first, now + (last - now - 1e-9).ceil() + LATE, before)
                    }
                    _ => (now + PLAYLIST / 2.0, now + PLAYLIST, 0.0),
                };
                air = Some(Flight { request, begun: now, first, end, before, heard: false });
                asked = now;
            }
            Action::Wait(most) => {
                asked = now;
                let mut next = now + most.millis();
                if let Some(f) = &mut air {
                    next = next.min(if f.heard { f.end } else { f.first });
                    now = next;
                    player.elapsed(Seconds::from_millis(now - asked));
                    if now >= f.end {
                        let request = f.request;
                        player.ended(request.id, Ended::Whole, &mut ());
                        if request.what == What::Media {
                            requests.push((request.segment, request.level, true));
                            finals[request.segment] = request.level;
                        }
                        air = None;
                    } else {
                        let media = f.request.what == What::Media && f.heard;
                        let loaded = if media { (link.carried(now) - f.before).floor() } else { 0.0 };
                        f.heard |= now >= f.first;
                        if f.heard {
                            let most = f.request.size.bytes() - 1.0;
                            player.received(f.request.id, Bits::from_bytes(loaded.clamp(0.0, most)), &mut ());
                        }
                    }
                } else {
                    now = next;
                    player.elapsed(Seconds::from_millis(now - asked));
                }
            }
            Action::Cancel(id) => {
                if let Some(f) = air.take() {
                    assert!(f.begun <= now);
                    requests.push((f.request.segment, f.request.level, false));
                }
                player.ended(id, Ended::Cancelled, &mut ());
            }
            Action::Decide => unreachable!("the rule is here"),
            Action::End => return (requests, finals),
        }
        let _ = asked;
    }
}

fn video(name: &str, v: &Value) -> Video {
    let numbers = |v: &Value| v.as_array().expect("numbers").iter().map(number).collect::<Vec<_>>();
    let ladder = Ladder::from_kbps(&numbers(&v["bitrates_kbps"])).expect("ascending");
    let rungs: Vec<Vec<f64>> = v["sizes_bytes"].as_array().expect("rungs").iter().map(numbers).collect();
    let sizes: Vec<Vec<Bits>> =
        (0..rungs[0].len()).map(|k| rungs.iter().map(|r| Bits::from_bytes(r[k])).collect()).collect();
    let duration = Seconds::from_millis(number(&v["segment_ms"]));
    Video::new(name, ladder, vec![duration; sizes.len()], &sizes).expect("a valid video")
}

/// The settings of hls.js by their own names.
fn settings(given: &Value) -> (HlsJsOptions, HlsJsBuffer) {
    let (mut rule, mut buffer) = (HlsJsOptions::default(), HlsJsBuffer::default());
    for (name, value) in given.as_object().expect("settings by name") {
        let seconds = || Seconds::new(number(value));
        match name.as_str() {
            "enableWorker" => {}
            "maxBufferLength" => buffer.length = seconds(),
            "maxMaxBufferLength" => buffer.most_length = seconds(),
            "maxBufferSize" => buffer.size = Bits::from_bytes(number(value)),
            "abrEwmaFastVoD" => rule.fast_vod = seconds(),
            "abrEwmaSlowVoD" => rule.slow_vod = seconds(),
            "abrEwmaDefaultEstimate" => rule.default_estimate = BitRate::from_kbps(number(value) / 1e3),
            "abrBandWidthFactor" => rule.keep_factor = number(value),
            "abrBandWidthUpFactor" => rule.up_factor = number(value),
            "maxStarvationDelay" => rule.starvation = seconds(),
            other => panic!("setting '{other}' is not known"),
        }
    }
    (rule, buffer)
}

/// Means over cases.
#[derive(Default)]
struct Scores {
    cases: usize,
    finals: f64,
    sturdy: f64,
    leading: f64,
}

impl Scores {
    fn add(&mut self, finals: f64, sturdy: f64, leading: f64) {
        self.cases += 1;
        self.finals += finals;
        self.sturdy += sturdy;
        self.leading += leading;
    }

    fn line(&self) -> String {
        let percent = |x: f64| 100.0 * x / self.cases.max(1) as f64;
        format!(
            "{} cases, final rungs {:.1} %, without fragile {:.1} %, leading requests {:.1} %",
            self.cases,
            percent(self.finals),
            percent(self.sturdy),
            percent(self.leading)
        )
    }

    fn share(&self, of: f64) -> f64 {
        of / self.cases.max(1) as f64
    }
}

#[test]
fn hlsjs() {
    let folder = fixtures::golden("players_closed");
    let inputs = read(&folder.join("closed_inputs.json"));
    let (mut all, mut by): (Scores, BTreeMap<String, Scores>) = Default::default();
    for path in files(&folder) {
        let name = path.file_stem().expect("a name").to_string_lossy().replace("closed_", "");
        if name == "inputs" {
            continue;
        }
        if !name.starts_with("hlsjs") {
            println!("{name} closed: not built");
            continue;
        }
        for case in read(&path)["cases"].as_array().expect("cases") {
            let text = |key: &str| case[key].as_str().expect("a text").to_string();
            let link = Link::new(&inputs["traces"][text("trace")]);
            let video = video(&text("video"), &inputs["videos"][text("video")]);
            let (rule, buffer) = settings(&case["settings"]);
            let (requests, finals) = replay(&link, &video, HlsJsRule::new(rule), buffer);
            let fragile: Vec<usize> = case["agree"]["fragile_segments"]
                .as_array()
                .map_or(vec![], |f| f.iter().map(|x| number(x) as usize).collect());
            let want: Vec<usize> =
                case["final_rungs"].as_array().expect("rungs").iter().map(|r| number(r) as usize).collect();
            let equal = |keep: &dyn Fn(usize) -> bool| {
                let all: Vec<bool> =
                    (0..want.len()).filter(|i| keep(*i)).map(|i| finals.get(i) == want.get(i)).collect();
                all.iter().filter(|same| **same).count() as f64 / all.len().max(1) as f64
            };
            let recorded = case["requests"].as_array().expect("requests");
            let row = |r: &Value| (number(&r[0]) as usize, number(&r[1]) as usize, r[6] == "done");
            let leading = recorded.iter().zip(&requests).take_while(|(r, got)| row(r) == **got).count();
            let scores =
                (equal(&|_| true), equal(&|i| !fragile.contains(&i)), leading as f64 / recorded.len() as f64);
            if scores.1 < 1.0 {
                let apart = recorded.get(leading).map_or(String::new(), Value::to_string);
                println!(
                    "{}: final rungs {:.1} %, apart at request {leading}: {:?}, recorded {apart}",
                    text("id"),
                    100.0 * scores.0,
                    requests.get(leading)
                );
            }
            all.add(scores.0, scores.1, scores.2);
            by.entry(text("setting")).or_default().add(scores.0, scores.1, scores.2);
        }
    }
    println!("hlsjs closed: {}", all.line());
    for (setting, scores) in &by {
        println!("hlsjs closed, {setting}: {}", scores.line());
    }
    assert!(all.cases > 0, "no case found in {}", folder.display());
    for (setting, scores) in &by {
        match setting.as_str() {
            "default" => assert!(scores.share(scores.finals) >= 0.99, "{setting}: {}", scores.line()),
            _ => assert!(scores.share(scores.sturdy) >= 0.95, "{setting}: {}", scores.line()),
        }
    }
}
