//! Real players on the origin: dash.js, hls.js and Shaka Player play in headless Chromium, by DASH and by HLS, over a constant
//! link and over a 4G trace, without an error. The origin's log gives every decision.
//!
//! Needs Chromium, and npm for the players (`tests/players/package-lock.json`). What is missing is said loudly and counted.
//! `SEGUE_PLAY_S` is how long each plays, by default 60 s.

#![allow(clippy::disallowed_methods, reason = "sockets live in real time")]
#![allow(clippy::print_stdout, reason = "what the players did is what one wants to see")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::Host;
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

#[test]
fn real_players_play_without_an_error() {
    let Some(chromium) = chromium() else { return };
    let Some(modules) = players() else { return };
    let seconds = std::env::var("SEGUE_PLAY_S").ok().and_then(|s| s.parse().ok()).unwrap_or(60.0);
    let constant = Trace::steps("constant 3 Mbit/s", &[(60.0, 3.0)], Seconds::ZERO).expect("a trace");
    // A quarter of a 4G link: of its whole rate every player takes the highest rung, and keeps it.
    let mobile = netmodel::generators::generate("preset:4g,duration=200", 4).expect("a preset");
    let steps: Vec<(f64, f64)> =
        mobile.periods().iter().map(|p| (p.duration.get(), p.rate.kbps() / 4000.0)).collect();
    let mobile = Trace::steps("a quarter of 4G", &steps, Seconds::ZERO).expect("a trace");
    for trace in [constant, mobile] {
        let trace = Arc::new(trace);
        // A process for each: tabs of one browser get in each other's way.
        let runs =
            RUNS.map(|(player, manifest)| Run::start(&chromium, &modules, &trace, player, manifest, seconds));
        let mut failed = Vec::new();
        for run in runs {
            let (name, result) = run.result(seconds);
            if let Err(why) = result {
                failed.push(format!("{name}: {why}"));
            }
        }
        assert!(failed.is_empty(), "over {}:\n{}", trace.name(), failed.join("\n"));
    }
}

/// A browser with a player in it, and its origin.
struct Run {
    name: String,
    browser: Child,
    profile: tempfile::TempDir,
    page: Page,
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
        let profile = tempfile::tempdir().expect("a folder");
        let url = format!(
            "{}/page.html?player={player}&seconds={seconds}&source={}/{manifest}",
            page.url,
            host.url()
        );
        let browser = Command::new(chromium)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--autoplay-policy=no-user-gesture-required",
                "--mute-audio",
                "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding",
                "--disable-backgrounding-occluded-windows",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Chromium is many processes: they end together.
            .process_group(0)
            .spawn()
            .expect("Chromium starts");
        Run { name: format!("{player} {manifest} over {}", trace.name()), browser, profile, page, host, log }
    }

    /// Waits for what the player tells, and says what came of it.
    fn result(mut self, seconds: f64) -> (String, Result<(), String>) {
        let told = self.page.results.recv_timeout(Duration::from_secs_f64(seconds + 60.0));
        let _ = Command::new("kill").args(["-9", "--", &format!("-{}", self.browser.id())]).status();
        let _ = self.browser.wait();
        self.host.stop();
        drop(self.profile);
        let Ok(told) = told else { return (self.name, Err("the browser tells nothing".to_string())) };
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
        (self.name.clone(), verdict(&told, &served, seconds, &late))
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
    results: Receiver<Value>,
}

impl Page {
    fn serve(modules: &Path) -> Page {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (tell, results) = channel();
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
        Page { url, results }
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

/// Where Chromium is.
fn chromium() -> Option<PathBuf> {
    let names = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = names.map(PathBuf::from).into_iter().find(|p| p.exists());
    found.or_else(|| {
        fixtures::skipped(&format!("{TEST}: needs Chromium (Debian: apt-get install chromium)"));
        None
    })
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
