//! Common Media Server Data (CTA-5006): what an answer tells of the object and of its server, in two headers.
//!
//! | header | form (RFC 9651) | what is heeded |
//! |---|---|---|
//! | `CMSD-Static` | a dictionary | kept as it is, for the record |
//! | `CMSD-Dynamic` | a list of servers with parameters, the one nearest to the client last | `mb` caps the rung, `du` moves requests to other nodes, `rd` is no time of the network; `etp` and `rtt` are for the record |
//!
//! Of several servers the last one counts, as in dash.js 5.2.1. What cannot be read is as if it were not there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use abr::{AbrStrategy, Attention, Decision, Estimate, PlayerEvent, PlayerView, Progress, Verdict};
use hyper::HeaderMap;
use serde::Serialize;
use sfv::{BareItem, Dictionary, List, ListEntry, Parameters, Parser};
use units::{BitRate, Seconds};

/// What a node told with one of its answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cmsd {
    /// The server nearest to the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// `etp`: the throughput to this client as the server estimates it, in kbit/s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etp_kbps: Option<f64>,
    /// `rd`: from the request's arrival until the first byte could be sent, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rd_ms: Option<f64>,
    /// `rtt`: the round trip, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rtt_ms: Option<f64>,
    /// `mb`: the highest bitrate that should be played, in kbit/s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mb_kbps: Option<f64>,
    /// `du`: the server is under duress.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub duress: bool,
    /// What `CMSD-Static` says of the object, by key.
    #[serde(rename = "static", skip_serializing_if = "BTreeMap::is_empty")]
    pub of_object: BTreeMap<String, String>,
}

impl Cmsd {
    /// What the headers of an answer tell; None where they tell nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Cmsd> {
        let mut found = Cmsd::default();
        // A header in several lines is one list.
        let whole = |name: &str| {
            let lines: Vec<&str> = headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
            (!lines.is_empty()).then(|| lines.join(","))
        };
        if let Some(text) = whole("cmsd-static")
            && let Ok(object) = Parser::new(&text).parse::<Dictionary>()
        {
            for (key, entry) in &object {
                if let ListEntry::Item(item) = entry {
                    found.of_object.insert(key.as_str().to_string(), plain(&item.bare_item));
                }
            }
        }
        if let Some(text) = whole("cmsd-dynamic")
            && let Ok(servers) = Parser::new(&text).parse::<List>()
            && let Some(ListEntry::Item(last)) = servers.last()
        {
            let number = |key: &str| number(&last.params, key);
            found.server = Some(plain(&last.bare_item));
            (found.etp_kbps, found.rd_ms) = (number("etp"), number("rd"));
            (found.rtt_ms, found.mb_kbps) = (number("rtt"), number("mb"));
            found.duress = matches!(last.params.get("du"), Some(BareItem::Boolean(true)));
        }
        (found != Cmsd::default()).then_some(found)
    }

    /// How long the server thought, of a time that this was a part of.
    pub(crate) fn thought(&self, of: Seconds) -> Seconds {
        self.rd_ms.map_or(Seconds::ZERO, Seconds::from_millis).min(of)
    }
}

fn number(parameters: &Parameters, key: &str) -> Option<f64> {
    let number = match parameters.get(key)? {
        BareItem::Integer(n) => i64::from(*n) as f64,
        BareItem::Decimal(n) => f64::from(*n),
        _ => return None,
    };
    (number >= 0.0).then_some(number)
}

/// A value as text, without quotes; what has no place in CMSD is left out.
fn plain(item: &BareItem) -> String {
    match item {
        BareItem::Integer(n) => n.to_string(),
        BareItem::Decimal(n) => n.to_string(),
        BareItem::String(s) => s.as_str().to_string(),
        BareItem::Token(t) => t.as_str().to_string(),
        BareItem::Boolean(b) => b.to_string(),
        _ => String::new(),
    }
}

/// The highest bitrate that the server suggests, shared by who hears of it and by the rule.
#[derive(Clone, Debug)]
pub(crate) struct Cap(Arc<AtomicU64>);

impl Cap {
    /// Nothing was suggested yet.
    pub(crate) fn none() -> Cap {
        Cap(Arc::new(AtomicU64::new(f64::INFINITY.to_bits())))
    }

    /// A suggestion holds until the next one.
    pub(crate) fn suggest(&self, kbps: f64) {
        self.0.store(kbps.to_bits(), Ordering::Relaxed);
    }

    /// The highest level that it allows; the lowest one always.
    fn level(&self, ladder: &media::Ladder) -> usize {
        let cap = BitRate::from_kbps(f64::from_bits(self.0.load(Ordering::Relaxed)));
        ladder.bitrates().iter().rposition(|rate| *rate <= cap).unwrap_or(0)
    }
}

/// A rule that goes no higher than the server suggests.
pub(crate) struct Capped<R> {
    rule: R,
    cap: Cap,
}

impl<R: AbrStrategy> Capped<R> {
    pub(crate) fn new(rule: R, cap: Cap) -> Capped<R> {
        Capped { rule, cap }
    }
}

impl<R: AbrStrategy> AbrStrategy for Capped<R> {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.rule.begin(view);
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let top = self.cap.level(view.video.ladder());
        self.rule.decide(view).at_most(top, view.last_level)
    }

    fn attention(&self, level: usize) -> Attention {
        self.rule.attention(level)
    }

    fn progress(&mut self, view: &PlayerView<'_>, progress: &Progress) -> Verdict {
        match self.rule.progress(view, progress) {
            Verdict::Abandon { to } => Verdict::Abandon { to: to.min(self.cap.level(view.video.ladder())) },
            other => other,
        }
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        self.rule.event(view, event);
    }

    fn estimate(&self) -> Option<Estimate> {
        self.rule.estimate()
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut all = HeaderMap::new();
        for (name, value) in pairs {
            all.append(*name, HeaderValue::from_static(value));
        }
        all
    }

    #[test]
    fn the_server_nearest_to_the_client_counts() {
        let told = Cmsd::of(&headers(&[
            ("cmsd-static", r#"ot=v,sf=h,st=v,d=5000,br=2000,n="OriginProviderA""#),
            ("cmsd-dynamic", r#""CDNB-3ak1";etp=96;rtt=8;mb=1,"CDNB-w35k";etp=76;rtt=32"#),
            ("cmsd-dynamic", r#""CDNA-987.343";etp=48;rtt=30;rd=123;mb=5000;du"#),
        ]));
        let told = told.expect("they tell something");
        assert_eq!(told.server.as_deref(), Some("CDNA-987.343"));
        assert_eq!((told.etp_kbps, told.rtt_ms, told.rd_ms), (Some(48.0), Some(30.0), Some(123.0)));
        assert_eq!((told.mb_kbps, told.duress), (Some(5000.0), true));
        assert_eq!(told.of_object["ot"], "v");
        assert_eq!(told.of_object["br"], "2000");
        assert_eq!(told.of_object["n"], "OriginProviderA");
        assert_eq!(told.thought(Seconds::from_millis(100.0)), Seconds::from_millis(100.0));
        assert_eq!(told.thought(Seconds::new(1.0)), Seconds::from_millis(123.0));
    }

    #[test]
    fn what_cannot_be_read_tells_nothing() {
        for pairs in [
            &[][..],
            &[("cmsd-static", "ot=v,"), ("cmsd-dynamic", "\"a;etp=1")],
            &[("cmsd-dynamic", "")],
            &[("cmsd-dynamic", "(\"a\" \"b\");etp=1")],
        ] {
            assert_eq!(Cmsd::of(&headers(pairs)), None, "{pairs:?}");
        }
        // A value of another kind, or below nothing, is none.
        let told = Cmsd::of(&headers(&[("cmsd-dynamic", r#""a";etp=-1;mb="x";rd=tok;rtt=1.5;du=?0"#)]));
        let told = told.expect("a server");
        assert_eq!((told.etp_kbps, told.mb_kbps, told.rd_ms, told.duress), (None, None, None, false));
        assert_eq!(told.rtt_ms, Some(1.5));
    }

    #[test]
    fn a_node_under_duress_is_left_alone_for_a_while() {
        let config = crate::Config { node_health_timeout: Seconds::new(30.0), ..crate::Config::default() };
        let mut monitor = crate::NetworkMonitor::new(config);
        let node = monitor.node("http://a");
        assert!(monitor.healthy(node, Seconds::new(1.0)));
        monitor.under_duress(node, Seconds::new(1.0));
        assert!(!monitor.healthy(node, Seconds::new(30.9)) && monitor.healthy(node, Seconds::new(31.0)));
    }

    #[test]
    fn a_rule_goes_no_higher_than_suggested() {
        let ladder = media::Ladder::from_kbps(&[300.0, 800.0, 2000.0]).expect("a ladder");
        let cap = Cap::none();
        assert_eq!(cap.level(&ladder), 2);
        for (kbps, level) in [(2000.0, 2), (1999.0, 1), (800.0, 1), (300.0, 0), (1.0, 0), (1e9, 2)] {
            cap.suggest(kbps);
            assert_eq!(cap.level(&ladder), level, "{kbps} kbit/s");
        }
    }
}
