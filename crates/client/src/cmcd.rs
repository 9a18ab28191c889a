//! Common Media Client Data, version 1 (CTA-5004): what a request tells the server of its player, in four headers.

use units::{BitRate, Seconds};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Media {
    /// `v` or `a`.
    pub(crate) kind: char,
    pub(crate) bitrate: BitRate,
    pub(crate) top: BitRate,
    pub(crate) duration: Seconds,
}

/// What is told with one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cmcd {
    pub(crate) sid: String,
    pub(crate) cid: String,
    /// `d` DASH, `h` HLS.
    pub(crate) format: char,
    pub(crate) live: bool,
    /// Of media; a request without is one for a playlist.
    pub(crate) media: Option<Media>,
    pub(crate) buffer: Seconds,
    pub(crate) throughput: Option<BitRate>,
    /// Before the first frame, or after an interruption.
    pub(crate) startup: bool,
    /// The buffer ran dry since the request before.
    pub(crate) starved: bool,
}

impl Cmcd {
    /// The headers, keys in alphabetical order.
    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        let hundreds = |x: f64| (x / 100.0).round() * 100.0;
        let buffer = hundreds(self.buffer.millis().max(0.0));
        let mut request = match self.media {
            Some(_) => vec![format!("bl={buffer}"), format!("dl={buffer}")],
            None => Vec::new(),
        };
        request.extend(self.throughput.map(|t| format!("mtp={}", hundreds(t.kbps()))));
        request.extend(self.startup.then(|| "su".to_string()));
        let object = match &self.media {
            Some(media) => vec![
                format!("br={}", media.bitrate.kbps().round()),
                format!("d={}", media.duration.millis().round()),
                format!("ot={}", media.kind),
                format!("tb={}", media.top.kbps().round()),
            ],
            None => vec!["ot=m".to_string()],
        };
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let cid: String = self.cid.chars().filter(|c| (' '..='~').contains(c)).take(64).collect();
        let session = [
            format!("cid={}", quoted(&cid)),
            format!("sf={}", self.format),
            format!("sid={}", quoted(&self.sid)),
            format!("st={}", if self.live { 'l' } else { 'v' }),
        ];
        let mut headers = vec![
            ("cmcd-object", object.join(",")),
            ("cmcd-request", request.join(",")),
            ("cmcd-session", session.join(",")),
        ];
        headers.retain(|(_, value)| !value.is_empty());
        if self.starved {
            headers.push(("cmcd-status", "bs".to_string()));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_rounded_and_ordered_as_the_standard_says() {
        let cmcd = Cmcd {
            sid: "6e2fb550-c457-11e9-bb97-0800200c9a66".to_string(),
            cid: "a \"b\"".to_string(),
            format: 'd',
            live: false,
            media: Some(Media {
                kind: 'v',
                bitrate: BitRate::from_kbps(3200.4),
                top: BitRate::from_kbps(6000.0),
                duration: Seconds::new(4.004),
            }),
            buffer: Seconds::new(21.34),
            throughput: Some(BitRate::from_kbps(25_437.0)),
            startup: true,
            starved: true,
        };
        assert_eq!(
            cmcd.headers(),
            [
                ("cmcd-object", "br=3200,d=4004,ot=v,tb=6000".to_string()),
                ("cmcd-request", "bl=21300,dl=21300,mtp=25400,su".to_string()),
                (
                    "cmcd-session",
                    "cid=\"a \\\"b\\\"\",sf=d,sid=\"6e2fb550-c457-11e9-bb97-0800200c9a66\",st=v".to_string()
                ),
                ("cmcd-status", "bs".to_string()),
            ]
        );
        let playlist =
            Cmcd { live: true, media: None, throughput: None, startup: false, starved: false, ..cmcd };
        assert_eq!(
            playlist.headers(),
            [
                ("cmcd-object", "ot=m".to_string()),
                (
                    "cmcd-session",
                    "cid=\"a \\\"b\\\"\",sf=d,sid=\"6e2fb550-c457-11e9-bb97-0800200c9a66\",st=l".to_string()
                ),
            ]
        );
    }
}
