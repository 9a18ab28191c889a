//! Real players on the origin: dash.js, hls.js and Shaka Player play in headless Chromium, by DASH and by HLS, over a constant
//! link and over a 4G trace, without an error. The origin's log gives every decision.
//!
//! Needs Chromium, and npm for the players (`tests/players/package-lock.json`). What is missing is said loudly and counted.
//! `SEGUE_PLAY_S` is how long each plays, by default 60 s.
//!
//! A player plays in real time, in a browser that decodes video. A run that fails is made once more, alone. Where the browser falls
//! silent or cannot play such video, or where the clock of its page or of this process stands still again and again, that is no
//! verdict about the origin: the test is skipped, with these words. What is wrong for another reason fails.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]
#![allow(clippy::print_stdout, reason = "what the players did is what one wants to see")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::Host;
use fixtures::{Browser, Pulse};
use netmodel::{Link, LinkOptions, Trace};
use origin::{Content, Log, Served, Shape};
use serde_json::Value;
use units::Seconds;

const TEST: &str = "real players";
/// What each is served as, and where npm puts it.
const SCRIPTS: [(&str, &str); 3] = [
    ("/dash.js", "dashjs/dist/modern/umd/dash.all.min.js"),
    ("/hls.js", "hls.js/dist/hls.min.js"),
    ("/shaka.js", "shaka-player/dist/shaka-player.compiled.js"),
];
/// Which player plays what.
const RUNS: [(&str, &str); 4] =
    [("dash", "manifest.mpd"), ("hls", "master.m3u8"), ("shaka", "manifest.mpd"), ("shaka", "master.m3u8")];

/// For how long a browser may say nothing; it says that it is there every second.
const SILENCE: Duration = Duration::from_secs(60);
/// Which share of the time a page's timers may be late by, where what it does is to be judged.
const STARVED: f64 = 0.1;

#[test]
fn real_players_play_without_an_error() {
    let Some(chromium) = fixtures::chromium(TEST) else { return };
    let Some(modules) = players() else { return };
    let seconds = std::env::var("SEGUE_PLAY_S").ok().and_then(|s| s.parse().ok()).unwrap_or(60.0);
    let constant = Trace::steps("constant 3 Mbit/s", &[(60.0, 3.0)], Seconds::ZERO).expect("a trace");
    // A quarter of a 4G link: of its whole rate every player takes the highest rung, and keeps it.
    let mobile = netmodel::generators::generate("preset:4g,duration=200", 4).expect("a preset");
    let steps: Vec<(f64, f64)> =
        mobile.periods().iter().map(|p| (p.duration.get(), p.rate.kbps() / 4000.0)).collect();
    let mobile = Trace::steps("a quarter of 4G", &steps, Seconds::ZERO).expect("a trace");
    let mut failed = Vec::new();
    for trace in [constant, mobile] {
        let trace = Arc::new(trace);
        let start = |(player, manifest)| Run::start(&chromium, &modules, &trace, player, manifest, seconds);
        // A process for each: tabs of one browser get in each other's way.
        let results = RUNS.map(start).map(|run| run.result(seconds));
        for ((name, result), again) in results.into_iter().zip(RUNS) {
            let Err(first) = result else { continue };
            println!("\nplayers: {name}: {first}; once more, alone");
            match start(again).result(seconds).1 {
                Ok(()) => {}
                Err(Fault::Wrong(why)) => failed.push(format!("{name}: {why}")),
                Err(Fault::Machine(why)) => return fixtures::skipped(&format!("{TEST}: {name}: {why}")),
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Why a run is none that one wants.
enum Fault {
    /// A player, or the origin, did what it must not.
    Wrong(String),
    /// The browser or the machine gave way, so that nothing can be said.
    Machine(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Wrong(why) | Fault::Machine(why) => f.write_str(why),
        }
    }
}

/// A browser with a player in it, and its origin.
struct Run {
    name: String,
    browser: Browser,
    page: Page,
    pulse: Pulse,
    host: Host,
    log: Arc<Mutex<Vec<Served>>>,
}

impl Run {
    fn start(
        chromium: &Path,
        modules: &Path,
        trace: &Arc<Trace>,
        player: &str,
        manifest: &str,
        seconds: f64,
    ) -> Run {
        let log = Arc::new(Mutex::new(Vec::new()));
        let video = media::presets::generate("vbr,segment=4,duration=200", 7).expect("a preset");
        let host = Host::with(Content::Video(video), |config| {
            let (trace, heard) = (trace.clone(), log.clone());
            config.shape = Shape::Origin(Arc::new(move |_| {
                let options = LinkOptions { latency: Some(Seconds::new(0.02)), ..LinkOptions::default() };
                Ok(Box::new(Link::new(trace.clone(), options)?))
            }));
            config.log = Log::new(move |served| heard.lock().expect("nobody panics").push(served.clone()));
        });
        let page = Page::serve(modules);
        let url = format!(
            "{}/page.html?player={player}&seconds={seconds}&source={}/{manifest}",
            page.url,
            host.url()
        );
        let browser = Browser::open(chromium, &url, &[]).expect("Chromium starts");
        let name = format!("{player} {manifest} over {}", trace.name());
        Run { name, browser, page, pulse: Pulse::start(), host, log }
    }

    /// Waits for what the player tells, and says what came of it.
    fn result(mut self, seconds: f64) -> (String, Result<(), Fault>) {
        let told = self.page.told(&mut self.browser);
        let said = self.browser.said();
        drop(self.browser);
        let late_by = self.pulse.stop().median;
        self.host.stop();
        let told = match told {
            Ok(told) => told,
            Err(silence) => {
                let why = format!("the browser {silence}; its last words: {said}");
                return (self.name, Err(Fault::Machine(why)));
            }
        };
        let served = self.log.lock().expect("nobody panics").clone();
        let segments: Vec<&Served> =
            served.iter().filter(|s| s.segment.is_some() && s.method == "GET").collect();
        let mut late: Vec<f64> = segments
            .iter()
            .filter(|s| s.complete)
            .filter_map(|s| Some((s.last_s? - s.due_s?).millis().abs()))
            .collect();
        late.sort_by(f64::total_cmp);
        let quantile = |q: f64| {
            late.get(((late.len() as f64 * q).ceil() as usize).max(1) - 1).copied().unwrap_or(f64::NAN)
        };
        let rungs: String = segments.iter().filter_map(|s| s.level).map(|l| l.to_string()).collect();
        let (played, startup) = (number(&told["played_s"]), number(&told["startup_s"]));
        let stalls = told["stalls"].as_array().map_or(0, Vec::len);
        println!(
            "\nplayers: {} ({}): played {played:.1} s, startup {startup:.2} s, {stalls} stalls, {} requests, {} aborted, \
             rungs {rungs}; error of the origin: median {:.1} ms, 95th percentile {:.1} ms",
            told["version"].as_str().unwrap_or_default(),
            self.name,
            segments.len(),
            segments.iter().filter(|s| !s.complete).count(),
            quantile(0.5),
            quantile(0.95),
        );
        let result = verdict(&told, &served, seconds, &late).map_err(|why| {
            let starved = number(&told["starved_s"]) / seconds;
            let weak = match told["why"].as_str() {
                Some("codec") => Some("this browser cannot play the origin's video".to_string()),
                _ if starved > STARVED => {
                    Some(format!("the page's clock stood still for {:.0} % of the time", 100.0 * starved))
                }
                _ if late_by > 10.0 => {
                    Some(format!("this process was woken {late_by:.0} ms late in the median"))
                }
                _ => None,
            };
            weak.map_or_else(|| Fault::Wrong(why.clone()), |weak| Fault::Machine(format!("{weak} ({why})")))
        });
        (self.name, result)
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// What is wrong with a run, if anything is.
fn verdict(told: &Value, served: &[Served], seconds: f64, late: &[f64]) -> Result<(), String> {
    if told["errors"].as_array().is_none_or(|e| !e.is_empty()) {
        return Err(format!("errors: {}", told["errors"]));
    }
    if told["why"] != "time" {
        return Err(format!("it ended by {}", told["why"]));
    }
    // The picture runs as the clock does, but while it stalls. Not all of a stall is told: Shaka goes on when it likes to, and
    // holds the picture by its rate.
    let played = number(&told["played_s"]);
    if !(seconds * 0.75..seconds + 2.0).contains(&played) {
        return Err(format!("{played:.1} s played of {seconds} s, stalls {}", told["stalls"]));
    }
    if let Some(bad) = served.iter().find(|s| !(200..400).contains(&s.status)) {
        return Err(format!("{} was answered with {}", bad.path, bad.status));
    }
    // Each segment that was played was sent whole, on the level that is in the log.
    let whole = |k: usize| served.iter().any(|s| s.segment == Some(k) && s.complete && s.level.is_some());
    if let Some(gap) = (0..(played / 4.0) as usize).find(|k| !whole(*k)) {
        return Err(format!("segment {gap} was never sent whole"));
    }
    // Browsers keep a machine busy; how exact the origin is by itself is `shaping.rs`'s matter.
    let median = late.get(late.len() / 2).copied().unwrap_or(f64::NAN);
    if median > 20.0 || median.is_nan() {
        return Err(format!("the origin's error is {median:.0} ms in the median"));
    }
    Ok(())
}

/// Where the page and the players come from: a server of static files beside the origin, so that the origin is another site
/// for the page, as it is in the world.
struct Page {
    url: String,
    /// What it says: null where it only says that it is there.
    said: Receiver<Value>,
    begun: Instant,
}

impl Page {
    fn serve(modules: &Path) -> Page {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (tell, said) = channel();
        let modules = modules.to_path_buf();
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, modules) = (tell.clone(), modules.clone());
                std::thread::spawn(move || {
                    if let Ok(Some(told)) = answer(&stream, &modules) {
                        let _ = tell.send(told);
                    }
                });
            }
        });
        Page { url, said, begun: Instant::now() }
    }

    /// Waits for what the player tells at its end.
    fn told(&self, browser: &mut Browser) -> Result<Value, String> {
        let mut heard = self.begun;
        loop {
            match self.said.recv_timeout(Duration::from_secs(1)) {
                Ok(Value::Null) => heard = Instant::now(),
                Ok(told) => return Ok(told),
                Err(_) if browser.ended() => return Err("ended".to_string()),
                Err(_) if heard.elapsed() > SILENCE => {
                    return Err(format!("said nothing for {} s", SILENCE.as_secs()));
                }
                Err(_) => {}
            }
        }
    }
}

/// Answers one request: a file, or what a player tells.
fn answer(stream: &TcpStream, modules: &Path) -> std::io::Result<Option<Value>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default();
    let file = |kind: &str, bytes: &[u8]| -> std::io::Result<()> {
        let mut writer = stream;
        let length = bytes.len();
        write!(
            writer,
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )?;
        writer.write_all(bytes)
    };
    if method == "POST" {
        let mut body = vec![0; length.min(1 << 24)];
        reader.read_exact(&mut body)?;
        file("text/plain", b"")?;
        return Ok(serde_json::from_slice(&body).ok());
    }
    match SCRIPTS.iter().find(|(name, _)| *name == path) {
        Some((_, place)) => file("text/javascript", &std::fs::read(modules.join(place))?)?,
        None => file("text/html", include_bytes!("players/page.html"))?,
    }
    Ok(None)
}

/// The folder with the players, as the lock file has them.
fn players() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("players");
    let modules = folder.join("node_modules");
    let lock = include_str!("players/package-lock.json");
    let complete = || SCRIPTS.iter().all(|(_, place)| modules.join(place).is_file());
    if complete() && std::fs::read_to_string(folder.join("installed")).is_ok_and(|l| l == lock) {
        return Some(modules);
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("package-lock.json"), lock).expect("written");
    std::fs::write(folder.join("package.json"), include_str!("players/package.json")).expect("written");
    let begun = Instant::now();
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    let installed = Command::new("npm").args(arguments).current_dir(&folder).status();
    if !installed.is_ok_and(|s| s.success()) || !complete() {
        fixtures::skipped(&format!("{TEST}: needs npm and its registry (tests/players/package-lock.json)"));
        return None;
    }
    println!("players: npm ci took {:.0} s", begun.elapsed().as_secs_f64());
    std::fs::write(folder.join("installed"), lock).expect("written");
    Some(modules)
}
