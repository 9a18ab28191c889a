//! The dashboard: its routes, and the page in headless Chromium, every number against the state that it was told.
//!
//! Where Chromium is missing, the test is skipped, loudly.

mod common;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use client::{Config, Dashboard, Shown, SmartClient};
use common::{Metadata, Mode, Node, chunks, manifest, timely};
use fixtures::Browser;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use units::Seconds;

type Http = Client<HttpConnector, Full<Bytes>>;

fn http() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn ask(http: &Http, method: &str, url: &str, body: &str) -> (u16, String) {
    let request = Request::builder().method(method).uri(url).body(Full::new(Bytes::from(body.to_string())));
    let answer = http.request(request.expect("a request")).await.expect("an answer");
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

fn config(url: &str) -> Config {
    Config {
        metadata_service_url: url.to_string(),
        target_buffer_sec: Seconds::new(3.0),
        low_water_mark_sec: Seconds::new(1.5),
        ping_interval: Seconds::new(0.5),
        ping_timeout: Seconds::new(0.5),
        node_health_timeout: Seconds::new(2.0),
        idle_timeout: Seconds::new(1.0),
        ..Config::default()
    }
}

struct Stage {
    nodes: Vec<Node>,
    _metadata: Metadata,
    client: SmartClient,
}

async fn stage(count: usize) -> Stage {
    let source = chunks(count, 60_000);
    let nodes = vec![Node::start(&source, 400_000, true).await, Node::start(&source, 300_000, true).await];
    let metadata = Metadata::start(manifest(&source, &nodes.iter().collect::<Vec<_>>(), 0.5)).await;
    let client = SmartClient::new(config(&metadata.url));
    Stage { nodes, _metadata: metadata, client }
}

#[test]
fn the_routes_are_those_of_v_stack() {
    timely("the_routes_are_those_of_v_stack", async || {
        let Stage { nodes, _metadata, client } = stage(6).await;
        let feed = client.feed().clone();
        let dashboard =
            Dashboard::start("127.0.0.1:0", Shown::Here(feed.clone(), Some(Box::new(client.clone()))))
                .await
                .expect("a port");
        let there =
            Dashboard::start("127.0.0.1:0", Shown::There(dashboard.url().to_string())).await.expect("a port");
        let http = http();
        let (code, text) = ask(&http, "GET", &format!("{}/health", dashboard.url()), "").await;
        assert_eq!(code, 503, "{text}");
        let (code, text) = ask(&http, "GET", &format!("{}/api/status", dashboard.url()), "").await;
        assert_eq!((code, text.contains("\"is_initialized\":false")), (200, true), "{text}");

        let begun = tokio::time::Instant::now();
        client.play_video("movie").await.expect("it can be played");
        for url in [dashboard.url(), there.url()] {
            let (code, text) = ask(&http, "GET", &format!("{url}/health"), "").await;
            assert_eq!((code, text.as_str()), (200, r#"{"status":"healthy"}"#), "{url}");
            let (_, text) = ask(&http, "GET", &format!("{url}/api/status"), "").await;
            let status: Value = serde_json::from_str(&text).expect("JSON");
            for key in [
                "is_initialized",
                "video_id",
                "playing",
                "startup_latency",
                "playback_duration",
                "buffer",
                "buffer_stats",
                "scheduler_stats",
                "network_stats",
                "node_scores",
            ] {
                assert!(!status[key].is_null(), "{url}: {key} in {text}");
            }
            for key in [
                "buffer_level_sec",
                "buffer_level_chunks",
                "buffer_health_percent",
                "state",
                "target_buffer_sec",
                "low_water_mark_sec",
                "current_position",
                "playback_started",
                "needs_more_chunks",
                "can_start_playback",
                "is_healthy",
                "memory_usage_bytes",
            ] {
                assert!(!status["buffer"][key].is_null(), "{url}: buffer.{key}");
            }
            let node = &status["network_stats"][0];
            for key in [
                "node_url",
                "latency_ms",
                "bandwidth_mbps",
                "success_rate",
                "score",
                "last_update",
                "measurements_count",
            ] {
                assert!(!node[key].is_null(), "{url}: network_stats.{key}");
            }
            assert_eq!(status["scheduler_stats"]["total_downloads"], 6);
            // The naive client is simulated, and says so.
            assert!(status["naive"]["kind"].as_str().is_some_and(|k| k.contains("simulated")), "{text}");
            let (_, text) = ask(&http, "GET", &format!("{url}/api/history"), "").await;
            let history: Value = serde_json::from_str(&text).expect("JSON");
            let samples = history["history"].as_array().expect("samples");
            // A sample a second.
            let most = begun.elapsed().as_secs_f64() + 2.0;
            assert!(samples.len() >= 3 && samples.len() as f64 <= most, "{} samples", samples.len());
            assert!(samples.windows(2).all(|w| w[1]["timestamp"].as_f64() >= w[0]["timestamp"].as_f64()));
            let (code, page) = ask(&http, "GET", url, "").await;
            assert_eq!(code, 200);
            // Nothing is loaded from elsewhere.
            assert!(
                !page.contains("src=") && !page.contains("@import") && !page.contains("cdn"),
                "the page needs a network"
            );
        }
        // A session by HTTP: the chunks back to back.
        let url = format!("{}/api/stream/movie", dashboard.url());
        let answer = http.get(url.parse().expect("a URL")).await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "video/mp4");
        let media = answer.into_body().collect().await.expect("media").to_bytes();
        let source: Vec<u8> = chunks(6, 60_000).values().flat_map(|b| b.to_vec()).collect();
        assert_eq!(common::sha256(&media), common::sha256(&source));

        for (method, path, body, code) in [
            ("GET", "/api/stream/none", "", 404),
            ("GET", "/nothing", "", 404),
            ("GET", "/../../etc/passwd", "", 404),
            ("POST", "/api/control", "{}", 400),
            ("POST", "/api/control", "no JSON", 400),
            ("POST", "/api/control", r#"{"command":"play","video_id":"movie"}"#, 200),
            ("POST", "/api/control", r#"{"command":"stop"}"#, 200),
            ("DELETE", "/api/status", "", 405),
        ] {
            let (got, text) = ask(&http, method, &format!("{}{path}", dashboard.url()), body).await;
            assert_eq!(got, code, "{method} {path}: {text}");
        }
        let gone = Dashboard::start("127.0.0.1:0", Shown::There("http://127.0.0.1:9".to_string()))
            .await
            .expect("a port");
        let (code, text) = ask(&http, "GET", &format!("{}/api/status", gone.url()), "").await;
        assert_eq!((code, text.contains("127.0.0.1:9")), (502, true), "{text}");
        drop(nodes);
    });
}

/// What the page under test says: the state that it was told and what it shows of it, one after the other.
const WATCHER: &str = r##"<!doctype html><meta charset="utf-8"><title>watcher</title>
<iframe id="f" src="/" style="width:100vw;height:96vh;border:0"></iframe>
<iframe id="phone" src="/" style="width:400px;height:800px;border:0"></iframe>
<script>
const phone = document.getElementById("phone").contentWindow;
// Whether a phone must scroll sideways to see all of a table, or of the page.
const cut = () => { const d = phone.document; return [...d.querySelectorAll(".scroll"), d.documentElement].some(e => e.scrollWidth > e.clientWidth); };
const frame = document.getElementById("f"), post = x => fetch("/result", { method: "POST", body: JSON.stringify(x) });
frame.onload = () => {
  const w = frame.contentWindow, d = w.document;
  w.onerror = (m, f, l) => post({ error: String(m) + ":" + l });
  w.console.error = (...a) => post({ error: a.map(String).join(" ") });
  w.addEventListener("unhandledrejection", e => post({ error: String(e.reason) }));
  const seen = () => ({ shown: Object.fromEntries([...d.querySelectorAll("[data-key]")].map(e => [e.dataset.key, [e.textContent, e.dataset.digits || "0", e.dataset.times || "1", e.dataset.unit || ""]])),
    state: d.getElementById("state").textContent, gone: d.body.classList.contains("gone"), wide: d.documentElement.scrollWidth > d.documentElement.clientWidth,
    nodes: [...d.querySelectorAll("#nodes tr")].map(r => [r.dataset.node, r.dataset.state, [...r.children].map(c => c.textContent)]),
    sources: [...d.querySelectorAll("#grid span")].map(e => e.title), stalled: d.getElementById("stalled").textContent,
    naive: d.getElementById("versusnote").textContent, cut: cut(), onPhone: phone.document.querySelectorAll("#nodes td").length });
  const show = w.show, gone = w.gone;
  w.show = s => { show(s); post({ told: s, ...seen() }); };
  w.gone = why => { gone(why); post({ ...seen() }); };
};
</script>"##;

const TEST: &str = "the_page_shows_what_is_told_and_nothing_else";

type Records = Arc<Mutex<Vec<Value>>>;
type Answer = Response<UnsyncBoxBody<Bytes, hyper::Error>>;

/// The dashboard, with a page beside it that watches, on one address.
async fn watched(dashboard: String) -> (String, Records) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let records: Records = Arc::default();
    let all = records.clone();
    let http = http();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (records, http, dashboard) = (all.clone(), http.clone(), dashboard.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (records, http, dashboard) = (records.clone(), http.clone(), dashboard.clone());
                async move { Ok::<Answer, Infallible>(pass(request, &records, &http, &dashboard).await) }
            });
            tokio::spawn(async move {
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (url, records)
}

async fn pass(request: Request<Incoming>, records: &Records, http: &Http, dashboard: &str) -> Answer {
    let own = |kind: &str, text: &str| {
        let body = Full::new(Bytes::from(text.to_string())).map_err(|e| match e {}).boxed_unsync();
        Response::builder().header("content-type", kind).body(body).expect("an answer")
    };
    match (request.method(), request.uri().path()) {
        (_, "/watch") => own("text/html", WATCHER),
        (&Method::POST, "/result") => {
            let body = request.into_body().collect().await.expect("a body").to_bytes();
            records.lock().expect("no panic").push(serde_json::from_slice(&body).expect("JSON"));
            own("text/plain", "")
        }
        (_, path) => match http.get(format!("{dashboard}{path}").parse().expect("a URL")).await {
            Ok(answer) => answer.map(|b| b.boxed_unsync()),
            Err(_) => {
                Response::builder().status(502).body(own("text/plain", "").into_body()).expect("an answer")
            }
        },
    }
}

/// The last record of which something holds, within so many seconds.
async fn seen(records: &Records, seconds: u64, holds: impl Fn(&Value) -> bool) -> Option<Value> {
    for _ in 0..seconds * 10 {
        let found = records.lock().expect("no panic").iter().rev().find(|r| holds(r)).cloned();
        if found.is_some() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None
}

async fn wait_for(records: &Records, seconds: u64, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    if let Some(found) = seen(records, seconds, holds).await {
        return found;
    }
    let last = records.lock().expect("no panic").last().cloned();
    panic!("not seen within {seconds} s: {what}; last {last:?}");
}

/// Every number that is shown is the one that was told, rounded as it is shown.
fn compare(record: &Value) -> usize {
    let told = &record["told"];
    let mut compared = 0;
    for (key, shown) in record["shown"].as_object().expect("what is shown") {
        let value = key.split('.').fold(told, |v, k| &v[k]);
        let part = |i: usize| shown[i].as_str().unwrap_or_default();
        let want = match value.as_f64() {
            Some(x) => {
                let times: f64 = part(2).parse().expect("a factor");
                let digits: usize = part(1).parse().expect("digits");
                format!("{:.digits$}{}", x * times, part(3))
            }
            None => value.as_str().unwrap_or("none").to_string(),
        };
        // Halves may be rounded up or to even.
        let number = |t: &str| t.trim_end_matches(part(3)).parse::<f64>().ok();
        let near = number(part(0)).zip(number(&want)).is_some_and(|(a, b)| {
            (a - b).abs() <= 10f64.powi(-part(1).parse::<i32>().unwrap_or(0)) * 1.001 && a.fract() != 0.0
        });
        assert!(part(0) == want || near, "{key}: {} shown, {want} told", part(0));
        compared += 1;
    }
    for node in record["nodes"].as_array().expect("nodes") {
        let url = node[0].as_str().expect("a node");
        let score = told["node_scores"][url].as_f64().expect("a score");
        let shown: f64 = node[2][2].as_str().and_then(|t| t.parse().ok()).expect("a score");
        assert!((shown - score).abs() <= 0.006, "{url}: {shown} shown, {score} told");
        compared += 1;
    }
    for source in record["sources"].as_array().expect("sources") {
        let text = source.as_str().expect("a title");
        let (segment, url) = text.trim_start_matches("segment ").split_once(" from ").expect("both");
        assert_eq!(told["chunk_sources"][segment], json!(url));
        compared += 1;
    }
    let stalled: f64 = told["buffer_stats"]["rebuffering"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|r| r["duration_s"].as_f64().expect("a number"))
        .sum();
    let shown: f64 =
        record["stalled"].as_str().and_then(|t| t.trim_end_matches(" s").parse().ok()).expect("a time");
    assert!((shown - stalled).abs() <= 0.006, "{shown} shown, {stalled} told");
    compared + 1
}

#[test]
fn the_page_shows_what_is_told_and_nothing_else() {
    timely("the_page_shows_what_is_told_and_nothing_else", async || {
        let Some(chromium) = fixtures::chromium(TEST) else { return };
        let Stage { nodes, _metadata, client } = stage(90).await;
        let listen = {
            let port = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            port.local_addr().expect("an address").to_string()
        };
        let shown = Shown::Here(client.feed().clone(), None);
        let of_client = Dashboard::start(&listen, shown.clone()).await.expect("a port");
        // A process of its own in between, as `segue dashboard --client` is.
        let between =
            Dashboard::start("127.0.0.1:0", Shown::There(format!("http://{listen}"))).await.expect("a port");
        let (url, records) = watched(between.url().to_string()).await;
        let browser = Browser::open(&chromium, &format!("{url}/watch"), &["--window-size=1280,1000"]);
        let browser = browser.expect("it starts");
        // Whether this browser shows pages at all is no matter of the dashboard.
        if seen(&records, 120, |_| true).await.is_none() {
            let why =
                format!("{TEST}: {} shows no page within 120 s: {}", chromium.display(), browser.said());
            return fixtures::skipped(&why);
        }
        let playing = tokio::spawn(async move { client.play_video("movie").await });
        wait_for(&records, 60, "playback", |r| r["state"] == "playing").await;
        // A killed node is down within ten seconds.
        let killed = std::time::Duration::from_secs(10);
        nodes[0].set(Mode::Down);
        let since = tokio::time::Instant::now();
        let down = |r: &Value| {
            r["nodes"]
                .as_array()
                .is_some_and(|n| n.iter().any(|n| n[0] == nodes[0].url.as_str() && n[1] == "down"))
        };
        wait_for(&records, 10, "the killed node as down", down).await;
        assert!(since.elapsed() < killed, "{:?}", since.elapsed());
        nodes[0].set(Mode::Good);
        let back = |r: &Value| {
            r["nodes"].as_array().is_some_and(|n| n.iter().all(|n| n[1] != "down"))
                && r["told"]["playing"] == true
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        records.lock().expect("no panic").clear();
        wait_for(&records, 30, "the node back", back).await;
        // All numbers, of a session on its way: as soon as there are enough.
        let mut compared = 0;
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_secs(3)).await;
            let records = records.lock().expect("no panic").clone();
            compared = records.iter().filter(|r| !r["told"]["buffer"].is_null()).map(compare).sum();
            if compared > 50 {
                break;
            }
        }
        assert!(compared > 50, "{compared} numbers");
        // The client goes, and comes again.
        drop(of_client);
        wait_for(&records, 30, "the client as gone", |r| r["gone"] == true && r["state"] == "gone").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let _of_client = Dashboard::start(&listen, shown).await.expect("the port is free again");
        records.lock().expect("no panic").clear();
        let last =
            wait_for(&records, 30, "the client again", |r| r["gone"] == false && !r["told"].is_null()).await;
        compare(&last);
        let report = playing.await.expect("no panic").expect("it can be played");
        assert_eq!(report.incomplete, None);
        let last = wait_for(&records, 60, "the end", |r| r["state"] == "completed").await;
        assert_eq!(last["told"]["buffer_stats"]["total_chunks_played"], 90);
        compare(&last);
        let all = records.lock().expect("no panic").clone();
        let errors: Vec<&Value> = all.iter().filter(|r| !r["error"].is_null()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert!(all.iter().all(|r| r["wide"] != true), "the page is wider than its window");
        assert!(all.iter().all(|r| r["cut"] != true), "a phone does not show all");
        let cells = 7 * nodes.len();
        assert!(all.iter().any(|r| r["onPhone"] == cells), "the phone shows no nodes");
        drop(browser);
    });
}
