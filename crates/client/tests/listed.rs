//! Live events of HLS whose playlists are written by hand: levels that count otherwise and lag, discontinuities, damage, a window that is
//! left, an end that never comes, parts that are missing, reloads that are not held after all.

#![allow(clippy::disallowed_methods, reason = "servers live in real time")]

mod common;

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use abr::{AbrStrategy, BoxedRule, Decision, PlayerView};
use bytes::Bytes;
use client::{Config, Feed, Report, Sink, Streaming};
use common::timely;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use player::Options;
use qoe::{Outcome, RequestKind};
use units::Seconds;

/// An event in segments of half a second, on two levels.
#[derive(Clone)]
struct Event {
    began: Instant,
    /// Segments that were there when it was started.
    before: usize,
    /// Segments in all.
    all: usize,
    /// Segments that are listed, at most.
    window: usize,
    /// Nothing more is published after so many segments, and no end either.
    halts: usize,
    /// Media is refused in this span of time, in seconds after the start.
    out: (f64, f64),
    /// Every third answer for a playlist is none.
    damaged: bool,
    /// Each segment comes in two parts as well; of every third segment the second part is missing.
    in_parts: bool,
    /// Reloads that name a segment are refused, though the list says that they are held.
    refuses: bool,
}

const SEGMENT: f64 = 0.5;

/// The numbers of the first segments, by level.
const FIRST: [usize; 2] = [100, 7];

impl Event {
    fn new(before: usize, all: usize) -> Event {
        let (began, out) = (Instant::now(), (0.0, 0.0));
        Event {
            began,
            before,
            all,
            window: 100,
            halts: usize::MAX,
            out,
            damaged: false,
            in_parts: false,
            refuses: false,
        }
    }

    /// For how long a level has been going on: the higher one is behind by 0.2 s.
    fn time(&self, level: usize) -> f64 {
        (self.began.elapsed().as_secs_f64() - 0.2 * level as f64).max(0.0)
    }

    /// How many segments a level lists.
    fn listed(&self, level: usize) -> usize {
        (self.before + (self.time(level) / SEGMENT).floor() as usize).min(self.all).min(self.halts)
    }

    /// The parts of a segment, of one that is being made those that are there.
    fn parts(&self, level: usize, k: usize) -> String {
        let halves = (self.time(level) / SEGMENT * 2.0).floor() as usize;
        let there = (2 * self.before + halves).saturating_sub(2 * k).min(2);
        let part = |part: usize| {
            let gap = if part == 1 && k % 3 == 2 { ",GAP=YES" } else { "" };
            format!("#EXT-X-PART:DURATION=0.25,URI=\"{level}/{}.{part}.ts\"{gap}\n", FIRST[level] + k)
        };
        (0..there).map(part).collect()
    }

    /// When a list has what a reload names, in seconds after the start.
    fn has_at(&self, level: usize, query: &str) -> Option<f64> {
        let named = |name| query.split('&').find_map(|pair| pair.strip_prefix(name)?.parse::<usize>().ok());
        let (number, part) = (named("_HLS_msn=")?, named("_HLS_part=").unwrap_or(1));
        let halves = 2 * number.checked_sub(FIRST[level] + self.before)? + part + 1;
        Some(halves as f64 * SEGMENT / 2.0 + 0.2 * level as f64 + 0.01)
    }

    fn playlist(&self, level: usize) -> String {
        let end = self.listed(level);
        let first = end.saturating_sub(self.window);
        let number = FIRST[level] + first;
        let mut text = format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{number}\n#EXT-X-START:TIME-OFFSET=-1.5\n"
        );
        if self.in_parts {
            text += "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.75,HOLD-BACK=3\n#EXT-X-PART-INF:PART-TARGET=0.25\n";
        }
        for k in first..end {
            if k % 5 == 4 {
                text += "#EXT-X-DISCONTINUITY\n";
            }
            // An encoder whose clock is of last year.
            let (minute, second) = (k / 120, (k as f64 * SEGMENT) % 60.0);
            let _ = writeln!(text, "#EXT-X-PROGRAM-DATE-TIME:2023-05-06T07:{minute:02}:{second:06.3}Z");
            // Parts of the last three seconds.
            if self.in_parts && k + 6 >= end {
                text += &self.parts(level, k);
            }
            let _ = writeln!(text, "#EXTINF:{SEGMENT},\n{level}/{}.ts", FIRST[level] + k);
        }
        if end == self.all {
            text += "#EXT-X-ENDLIST\n";
        } else if self.in_parts {
            text += &self.parts(level, end);
        }
        text
    }

    /// A segment, or a part of it: what a whole one is begins with its first part and ends with its second.
    fn media(&self, level: usize, name: &str) -> Option<String> {
        let (number, part) = name.split_once('.').map_or((name, None), |(n, part)| (n, Some(part)));
        let number: usize = number.parse().ok()?;
        let (from, to) = self.out;
        let out = (from..to).contains(&self.began.elapsed().as_secs_f64());
        let k = number.checked_sub(FIRST[level])?;
        // What is listed no more is there for a little longer.
        let soon = usize::from(part.is_some());
        let there = self.listed(0).saturating_sub(self.window + 1)..self.listed(0) + soon;
        let whole = format!("[{level}/{k}]");
        let text = match part {
            None => whole,
            Some("0") => whole[..2].to_string(),
            Some("1") if k % 3 != 2 => whole[2..].to_string(),
            Some(_) => return None,
        };
        (there.contains(&k) && !out).then_some(text)
    }
}

const MASTER: &str =
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=300000\n0.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=800000\n1.m3u8?t=1\n";

/// What was asked for, and when.
type Asked = Arc<Mutex<Vec<(String, f64)>>>;

async fn serve(event: Event) -> (String, Asked) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/master.m3u8", listener.local_addr().expect("an address"));
    let asked: Asked = Arc::default();
    let all = asked.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (event, asked) = (event.clone(), all.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (event, asked) = (event.clone(), asked.clone());
                async move { Ok::<_, Infallible>(answer(&event, &asked, request.uri()).await) }
            });
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    (url, asked)
}

async fn answer(event: &Event, asked: &Asked, uri: &Uri) -> Response<Full<Bytes>> {
    let (path, query) = (uri.path().trim_start_matches('/'), uri.query().unwrap_or_default());
    let lists = {
        let mut asked = asked.lock().expect("no panic");
        asked.push((uri.to_string(), event.began.elapsed().as_secs_f64()));
        asked.iter().filter(|(p, _)| p.contains(".m3u8")).count()
    };
    let held = query.contains("_HLS_msn=");
    let answer = match path.split_once('/') {
        _ if path == "master.m3u8" => Some(MASTER.to_string()),
        None if event.refuses && held => None,
        None if event.damaged && lists > 3 && lists % 3 == 0 => Some("#EXTM3U\n#EXTINF:x".to_string()),
        None => match path.strip_suffix(".m3u8").and_then(|l| l.parse().ok()) {
            Some(level) => {
                if let Some(at) = event.has_at(level, query) {
                    let wait = at - event.began.elapsed().as_secs_f64();
                    tokio::time::sleep(Duration::from_secs_f64(wait.max(0.0))).await;
                }
                Some(event.playlist(level))
            }
            None => None,
        },
        Some((level, file)) => {
            level.parse().ok().zip(file.strip_suffix(".ts")).and_then(|(l, name)| event.media(l, name))
        }
    };
    let status = if answer.is_some() { 200 } else { 404 };
    let body = Full::new(Bytes::from(answer.unwrap_or_default()));
    Response::builder().status(status).body(body).expect("an answer")
}

/// One level, then the other.
struct InTurn;

impl AbrStrategy for InTurn {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        Decision::fetch(view.segment % 2)
    }
}

async fn play(url: String, rule: BoxedRule, limit: Option<f64>) -> (Report, String) {
    let sink = tempfile::NamedTempFile::new().expect("a file");
    let config = Config { idle_timeout: Seconds::new(1.0), give_up: Seconds::new(5.0), ..Config::default() };
    let streaming = Streaming {
        urls: vec![url],
        rule,
        player: Options { capacity: Seconds::new(4.0), ..Options::default() },
        config,
        sink: Sink::File(sink.path().into()),
        feed: Feed::default(),
        limit: limit.map(Seconds::new),
    };
    let report = tokio::time::timeout(Duration::from_secs(60), streaming.play()).await.expect("in time");
    let report = report.expect("it can be played");
    (report, std::fs::read_to_string(sink.path()).expect("what was handed on"))
}

/// The segments of the event that were played, and what was handed on of them; the record counts from the first that was listed at the
/// beginning.
fn done(report: &Report, media: &str, listed: usize) -> Vec<usize> {
    let done = report.session.downloads.iter().filter(|d| d.outcome == Outcome::Done);
    let done: Vec<(usize, usize)> = done.map(|d| (d.index + listed, d.level)).collect();
    let expected: String = done.iter().map(|(k, level)| format!("[{level}/{k}]")).collect();
    assert_eq!(media, expected);
    assert_eq!((report.transport.lost, report.transport.duplicated), (0, 0), "{done:?}");
    qoe::Session::parse("record", &serde_json::to_string(&report.session).expect("JSON")).expect("valid");
    done.into_iter().map(|(k, _)| k).collect()
}

#[test]
fn levels_that_count_otherwise_and_lag_are_one_event() {
    timely("levels_that_count_otherwise_and_lag_are_one_event", async || {
        let event = Event { damaged: true, ..Event::new(8, 20) };
        let (url, asked) = serve(event).await;
        let (report, media) = play(url, Box::new(InTurn), None).await;
        assert_eq!(report.incomplete, None);
        // Eight are listed: it begins 1.5 s before their end, and goes on to the last, level by level.
        assert_eq!(done(&report, &media, 0), (5..20).collect::<Vec<_>>());
        let levels: Vec<usize> = report.session.downloads.iter().map(|d| d.level).collect();
        assert_eq!(levels, (5..20).map(|k| k % 2).collect::<Vec<_>>());
        // A playlist is not read again before half of the target duration has passed, its query is kept, and all is in the record.
        let asked = asked.lock().expect("no panic").clone();
        let mut loads = 0;
        for list in ["/0.m3u8", "/1.m3u8?t=1"] {
            let times: Vec<f64> = asked.iter().filter(|(p, _)| p == list).map(|(_, t)| *t).collect();
            assert!(times.windows(2).skip(1).all(|t| t[1] - t[0] > 0.45), "{list}: {times:?}");
            loads += times.len().saturating_sub(1);
        }
        let recorded = report.session.others.iter().filter(|o| o.kind == RequestKind::Playlist);
        assert!(loads > 5 && recorded.count() >= loads - 1, "{loads}, {:?}", report.session.others);
        // The clock of the encoder says nothing: what was listed last happens now.
        let latency = report.session.latencies[0].latency_s.get();
        assert!((1.4..2.5).contains(&latency), "{latency}");
    });
}

#[test]
fn what_has_left_the_list_is_left_out() {
    timely("what_has_left_the_list_is_left_out", async || {
        let event = Event { window: 5, out: (1.0, 5.0), ..Event::new(8, 24) };
        let (url, _) = serve(event).await;
        let (report, media) = play(url, abr::rule("fixed:level=0").expect("a rule"), None).await;
        assert_eq!(report.incomplete, None);
        let played = done(&report, &media, 3);
        // Four seconds are eight segments; five are listed.
        let jumps: Vec<_> = played.windows(2).filter(|p| p[1] != p[0] + 1).collect();
        assert_eq!((jumps.len(), played.last()), (1, Some(&23)), "{played:?}");
        let live = report.live.as_ref().expect("a live event").summary().expect("played");
        assert_eq!(live.skips, 1);
        assert_eq!(report.session.stalls.iter().filter(|s| s.cause == qoe::StallCause::Rebuffer).count(), 1);
    });
}

#[test]
fn a_list_that_stands_still_ends_with_the_record() {
    timely("a_list_that_stands_still_ends_with_the_record", async || {
        let (url, _) = serve(Event { halts: 10, ..Event::new(8, 20) }).await;
        let (report, media) = play(url, abr::rule("fixed:level=0").expect("a rule"), None).await;
        assert!(
            report.incomplete.as_deref().is_some_and(|w| w.contains("nothing came")),
            "{:?}",
            report.incomplete
        );
        assert_eq!(done(&report, &media, 0).last(), Some(&9));
    });
}

#[test]
fn a_viewer_leaves_when_they_have_seen_enough() {
    timely("a_viewer_leaves_when_they_have_seen_enough", async || {
        for (limit, last) in [(1.0, 6), (4.0, 12)] {
            let (url, _) = serve(Event::new(8, 100)).await;
            let (report, media) = play(url, abr::rule("fixed:level=0").expect("a rule"), Some(limit)).await;
            assert_eq!(report.incomplete, None);
            assert_eq!(done(&report, &media, 0), (5..=last).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_segment_whose_part_is_missing_comes_whole() {
    timely("a_segment_whose_part_is_missing_comes_whole", async || {
        let (url, asked) = serve(Event { in_parts: true, ..Event::new(8, 20) }).await;
        let (report, media) = play(url, abr::rule("fixed:level=0").expect("a rule"), None).await;
        assert_eq!(report.incomplete, None);
        assert_eq!(done(&report, &media, 0), (5..20).collect::<Vec<_>>());
        let asked = asked.lock().expect("no panic").clone();
        let all_of = |k: usize, name: &str| {
            let path = format!("/0/{}{name}.ts", FIRST[0] + k);
            asked.iter().filter(|(p, _)| *p == path).count()
        };
        // No part is asked for that is not to be had, and what came in parts does not come once more.
        assert!((0..20).all(|k| k % 3 != 2 || all_of(k, ".1") == 0), "{asked:?}");
        let in_parts: Vec<usize> = (5..20).filter(|k| all_of(*k, ".0") + all_of(*k, ".1") == 2).collect();
        assert!(
            in_parts.len() >= 3 && in_parts.iter().all(|k| all_of(*k, "") == 0),
            "{in_parts:?}: {asked:?}"
        );
        let half = (8..20).filter(|k| k % 3 == 2 && all_of(*k, ".0") == 1).count();
        assert!(half >= 1, "{asked:?}");
    });
}

#[test]
fn a_reload_that_is_refused_is_asked_for_without_its_number() {
    timely("a_reload_that_is_refused_is_asked_for_without_its_number", async || {
        let (url, asked) = serve(Event { in_parts: true, refuses: true, ..Event::new(8, 16) }).await;
        let (report, media) = play(url, abr::rule("fixed:level=0").expect("a rule"), None).await;
        assert_eq!(report.incomplete, None);
        assert_eq!(done(&report, &media, 0), (5..16).collect::<Vec<_>>());
        let asked = asked.lock().expect("no panic").clone();
        let lists: Vec<&str> =
            asked.iter().filter(|(p, _)| p.starts_with("/0.m3u8")).map(|(p, _)| p.as_str()).collect();
        // After the first reading each is asked for with the number, then without it.
        let refused = lists.iter().filter(|p| p.contains("_HLS_msn=")).count();
        assert!(refused >= 3 && lists.len() - refused >= refused, "{lists:?}");
        // Four seconds; twice per half target duration at most where nothing is new, and once per part.
        assert!(lists.len() < 60, "{}", lists.len());
    });
}
