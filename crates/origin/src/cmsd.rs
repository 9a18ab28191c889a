//! Common Media Server Data (CTA-5006): what an answer tells of the object and of this origin.
//!
//! | header | keys |
//! |---|---|
//! | `CMSD-Static` | of segments of a synthetic video: `br` (kbit/s), `d` (ms), `ot`, `st`, and `ht` (ms that the answer waits for a live one) |
//! | `CMSD-Dynamic` | the name of the origin with `etp` (kbit/s: this request's share of the link as the answer begins), `rd` (ms until the body could begin, without the latency of the link), `rtt` (ms), and `mb` where a bitrate is suggested |

use sfv::{DictSerializer, Integer, KeyRef, ListSerializer, StringRef, TokenRef};
use units::{BitRate, Seconds};

/// The name of the header about the object.
pub(crate) const STATIC: &str = "cmsd-static";

/// The name of the header about the origin.
pub(crate) const DYNAMIC: &str = "cmsd-dynamic";

/// What is told of a segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object {
    /// `v` or `a`.
    pub(crate) kind: &'static str,
    pub(crate) bitrate: BitRate,
    pub(crate) duration: Seconds,
    pub(crate) live: bool,
    /// How long the answer waits until it exists.
    pub(crate) held: Seconds,
}

impl Object {
    pub(crate) fn header(&self) -> Option<String> {
        let held = Some(self.held).filter(|h| *h > Seconds::ZERO).map(Seconds::millis);
        let keys = [("br", Some(self.bitrate.kbps())), ("d", Some(self.duration.millis())), ("ht", held)];
        let mut out = DictSerializer::new();
        for (key, value) in keys {
            if let Some(value) = value {
                let _ = out.bare_item(KeyRef::from_str(key).ok()?, whole(value)?);
            }
        }
        for (key, value) in [("ot", self.kind), ("st", if self.live { "l" } else { "v" })] {
            let _ = out.bare_item(KeyRef::from_str(key).ok()?, TokenRef::from_str(value).ok()?);
        }
        out.finish()
    }
}

/// What is told of an origin with one answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server<'a> {
    pub(crate) id: &'a str,
    /// The share of the link; None where there is none.
    pub(crate) throughput: Option<BitRate>,
    pub(crate) delay: Seconds,
    pub(crate) round_trip: Seconds,
    pub(crate) suggested: Option<BitRate>,
}

impl Server<'_> {
    /// The header. A name that cannot be said in it is left out with it.
    pub(crate) fn header(&self) -> Option<String> {
        let keys = [
            ("etp", self.throughput.filter(|r| r.is_finite()).map(BitRate::kbps)),
            ("mb", self.suggested.map(BitRate::kbps)),
            ("rd", Some(self.delay.millis())),
            ("rtt", Some(self.round_trip.millis())),
        ];
        let mut out = ListSerializer::new();
        let mut server = out.bare_item(StringRef::from_str(self.id).ok()?);
        for (key, value) in keys {
            if let Some(value) = value {
                server = server.parameter(KeyRef::from_str(key).ok()?, whole(value)?);
            }
        }
        out.finish()
    }
}

/// A whole number, as the standard has them.
fn whole(value: f64) -> Option<Integer> {
    Integer::try_from(value.round().max(0.0) as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_the_form_of_the_standard() {
        let object = Object {
            kind: "v",
            bitrate: BitRate::from_kbps(2000.4),
            duration: Seconds::new(5.0),
            live: false,
            held: Seconds::ZERO,
        };
        assert_eq!(object.header().as_deref(), Some("br=2000, d=5000, ot=v, st=v"));
        let live = Object { live: true, held: Seconds::new(0.25), ..object };
        assert_eq!(live.header().as_deref(), Some("br=2000, d=5000, ht=250, ot=v, st=l"));
        let server = Server {
            id: "node \"1\"",
            throughput: Some(BitRate::from_mbps(3.0)),
            delay: Seconds::ZERO,
            round_trip: Seconds::from_millis(20.0),
            suggested: None,
        };
        assert_eq!(server.header().as_deref(), Some(r#""node \"1\"";etp=3000;rd=0;rtt=20"#));
        let capped =
            Server { id: "n", throughput: None, suggested: Some(BitRate::from_kbps(800.0)), ..server };
        assert_eq!(capped.header().as_deref(), Some(r#""n";mb=800;rd=0;rtt=20"#));
        assert_eq!(Server { id: "größe", ..server }.header(), None);
    }
}
