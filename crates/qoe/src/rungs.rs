//! What is known of the rungs of a ladder beside their bitrates.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is known of a rung beside its bitrate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RungDetails {
    /// The resolution in which it is coded, as `1280x720`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// Frames per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    /// The codec as the manifest names it (`avc1.640028`, `h264`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
}

impl From<&media::Rung> for RungDetails {
    fn from(rung: &media::Rung) -> RungDetails {
        let resolution = rung.resolution.map(|(w, h)| Resolution::new(w, h));
        RungDetails { resolution, fps: rung.fps, codec: rung.codec.clone() }
    }
}

/// A width and a height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resolution {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Resolution {
    /// From pixels across and down.
    pub const fn new(width: u32, height: u32) -> Resolution {
        Resolution { width, height }
    }

    /// How many pixels.
    pub fn pixels(self) -> f64 {
        f64::from(self.width) * f64::from(self.height)
    }

    /// From text like `1920x1080`.
    pub fn parse(text: &str) -> Option<Resolution> {
        let (w, h) = text.trim().split_once(['x', 'X'])?;
        let (width, height) = (w.trim().parse().ok()?, h.trim().parse().ok()?);
        (width > 0 && height > 0).then_some(Resolution { width, height })
    }
}

impl std::fmt::Display for Resolution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// As text like `1920x1080`.
impl Serialize for Resolution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Resolution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Resolution, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            || serde::de::Error::custom(format!("{text:?} is no resolution, expected one like 1920x1080"));
        Resolution::parse(&text).ok_or_else(wrong)
    }
}
