//! The CMCD keys (CTA-5004) that tell of the object which is asked for.

/// What a request tells of its object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Keys {
    /// `br`, in kbit/s.
    pub(super) bitrate_kbps: Option<f64>,
    /// `d`, in ms.
    pub(super) duration_ms: Option<f64>,
    /// `ot`: v, a, av, i, m and others.
    pub(super) kind: Option<String>,
    /// `sid`.
    pub(super) session: Option<String>,
    /// `bs`: the buffer ran dry since the request before.
    pub(super) starved: bool,
}

impl Keys {
    /// Adds the keys of a list such as `br=3200,bs,d=4004,ot=v,sid="6e2f"`.
    pub(super) fn add(&mut self, list: &str) {
        for part in list.split(',').map(str::trim) {
            let (key, value) = part.split_once('=').unwrap_or((part, "true"));
            let number = || value.parse::<f64>().ok().filter(|x| *x > 0.0 && x.is_finite());
            match key {
                "br" => self.bitrate_kbps = number(),
                "d" => self.duration_ms = number(),
                "ot" => self.kind = Some(value.to_string()),
                "sid" => self.session = Some(value.trim_matches('"').chars().take(64).collect()),
                "bs" => self.starved = value == "true" || value == "?1",
                _ => {}
            }
        }
    }

    /// Whether the object is a segment that has the picture.
    pub(super) fn is_picture(&self) -> bool {
        match &self.kind {
            Some(kind) => kind == "v" || kind == "av",
            None => self.bitrate_kbps.is_some() && self.duration_ms.is_some(),
        }
    }
}
