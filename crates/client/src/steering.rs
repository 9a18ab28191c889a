//! Content steering: a server says from which location a player is to fetch (DASH-IF "Content Steering for DASH", 1.0; for HLS
//! draft-pantos-hls-rfc8216bis-18, section 7). The answers are the same, the questions differ in the names of their parts.
//!
//! Pure but for the request itself: time comes in, and the answer with the next question.

use bytes::Bytes;
use hyper::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::sync::mpsc;
use units::Seconds;

use crate::http::{Http, join};

/// What is encoded in a query: all but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Until the server is asked again, where it does not say.
const TTL: Seconds = Seconds::new(300.0);

/// The answer of a steering server, as far as it is heeded; locations are not cloned.
#[derive(Debug, Deserialize)]
struct Said {
    #[serde(rename = "VERSION")]
    version: u32,
    #[serde(rename = "TTL")]
    ttl: Option<f64>,
    #[serde(rename = "RELOAD-URI")]
    reload: Option<String>,
    #[serde(rename = "PATHWAY-PRIORITY", default)]
    priority: Vec<String>,
}

type Answer = Result<(StatusCode, Bytes), String>;

/// What a player that is steered knows.
#[derive(Debug)]
pub(crate) struct Steering {
    http: Http,
    server: String,
    is_hls: bool,
    /// The locations, by the number of their node.
    names: Vec<String>,
    /// Nodes that may be used, the preferred one first.
    order: Vec<usize>,
    /// When the server is asked next; never while it is being asked.
    due: Seconds,
    ttl: Seconds,
    tell: mpsc::UnboundedSender<Answer>,
    told: mpsc::UnboundedReceiver<Answer>,
}

impl Steering {
    /// Steered by this server between these locations, of which the first is the one to begin with.
    pub(crate) fn new(http: Http, server: String, names: Vec<String>, is_hls: bool) -> Steering {
        let (tell, told) = mpsc::unbounded_channel();
        let order = (0..names.len()).collect();
        Steering { http, server, is_hls, names, order, due: Seconds::ZERO, ttl: TTL, tell, told }
    }

    /// The nodes that may be used, the preferred one first.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Hears what the server has said, and asks it when it is time.
    pub(crate) fn poll(&mut self, mbps: Option<f64>, now: Seconds) {
        while let Ok(answer) = self.told.try_recv() {
            self.hear(answer, now);
        }
        if now >= self.due {
            self.due = Seconds::INFINITY;
            let (http, url, tell) = (self.http.clone(), self.url(mbps), self.tell.clone());
            tokio::spawn(async move {
                // Nobody listens any more once the session is over.
                let _ = tell.send(http.answer(&url).await);
            });
        }
    }

    /// Asks before the first segment, and waits for the answer.
    pub(crate) async fn ask_first(&mut self) {
        let answer = self.http.answer(&self.url(None)).await;
        self.hear(answer, Seconds::ZERO);
    }

    /// The server's address with where this player is, and how fast it gets there, in bit/s, once that is known.
    fn url(&self, mbps: Option<f64>) -> String {
        let here = self.order.first().and_then(|n| self.names.get(*n)).map_or("", String::as_str);
        let here = utf8_percent_encode(here, RESERVED);
        // DASH wants the name as a quoted string.
        let (protocol, quote) = if self.is_hls { ("HLS", "") } else { ("DASH", "%22") };
        let rate = mbps.map_or(String::new(), |r| format!("&_{protocol}_throughput={:.0}", r * 1e6));
        let joint = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{joint}_{protocol}_pathway={quote}{here}{quote}{rate}", self.server)
    }

    fn hear(&mut self, answer: Answer, now: Seconds) {
        match answer {
            // It steers no more.
            Ok((StatusCode::NOT_FOUND | StatusCode::GONE, _)) => {
                self.due = Seconds::INFINITY;
                return;
            }
            Ok((StatusCode::OK, body)) => self.obey(&body),
            // What was said before holds.
            Ok(_) | Err(_) => {}
        }
        self.due = now + self.ttl;
    }

    fn obey(&mut self, body: &[u8]) {
        let Some(said) = serde_json::from_slice::<Said>(body).ok().filter(|s| s.version == 1) else { return };
        self.ttl = said.ttl.filter(|s| s.is_finite() && *s > 0.0).map_or(TTL, |s| Seconds::new(s.max(1.0)));
        if let Some(uri) = said.reload {
            self.server = join(&self.server, &uri);
        }
        let order: Vec<usize> =
            said.priority.iter().filter_map(|name| self.names.iter().position(|n| n == name)).collect();
        // Who names nobody that is here does not say anything.
        if !order.is_empty() {
            self.order = order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steering() -> Steering {
        let names = ["alpha", "be ta"].map(str::to_string).to_vec();
        Steering::new(Http::new(&crate::Config::default()), "http://s/steer?id=7".to_string(), names, false)
    }

    fn said(body: &str) -> Answer {
        Ok((StatusCode::OK, Bytes::from(body.to_string())))
    }

    #[test]
    fn the_server_is_told_where_the_player_is() {
        let mut s = steering();
        assert_eq!(s.url(None), "http://s/steer?id=7&_DASH_pathway=%22alpha%22");
        let body =
            r#"{"VERSION":1,"TTL":20,"RELOAD-URI":"/next","PATHWAY-PRIORITY":["be ta","gamma","alpha"]}"#;
        s.hear(said(body), Seconds::new(5.0));
        assert_eq!((s.order(), s.due), (&[1, 0][..], Seconds::new(25.0)));
        assert_eq!(s.url(Some(2.5)), "http://s/next?_DASH_pathway=%22be%20ta%22&_DASH_throughput=2500000");
        s.is_hls = true;
        assert_eq!(s.url(Some(2.5)), "http://s/next?_HLS_pathway=be%20ta&_HLS_throughput=2500000");
        assert_eq!(s.url(None), "http://s/next?_HLS_pathway=be%20ta");
    }

    #[test]
    fn what_is_no_answer_changes_nothing() {
        for answer in [
            said("no JSON"),
            said(r#"{"VERSION":2,"TTL":1,"PATHWAY-PRIORITY":["be ta"]}"#),
            said(r#"{"VERSION":1,"PATHWAY-PRIORITY":["gamma"]}"#),
            Ok((StatusCode::TOO_MANY_REQUESTS, Bytes::new())),
            Err("no connection".to_string()),
        ] {
            let mut s = steering();
            s.hear(answer, Seconds::ZERO);
            assert_eq!((s.order(), s.due), (&[0, 1][..], TTL));
        }
        let mut s = steering();
        s.hear(Ok((StatusCode::GONE, Bytes::new())), Seconds::ZERO);
        assert_eq!(s.due, Seconds::INFINITY);
    }
}
